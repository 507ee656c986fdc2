#pragma once
/// Who a visitor is: the chain that TLS was shown, judged by the trust anchors and the VOMS servers
/// that are trusted at this moment. A plain function of bytes and time.
///
/// A user is known by the subject of the end entity, in slash form, and never by that of a proxy.
/// The VO and the FQANs are those of the first attribute certificate; those of further ones of the
/// same VO follow. Without any the user is of no VO. Whoever comes with a limited proxy has the
/// capability `limited`.
#include "protocols/gsi/jwt.hpp"
#include "protocols/gsi/trust_anchors.hpp"
#include "protocols/gsi/verify.hpp"
#include "protocols/gsi/vomsdir.hpp"
#include "protocols/names/host_name.hpp"
#include "protocols/names/principal.hpp"
#include "runtime/edge/withdrawals.hpp"

namespace trellis::edge {

/// Immutable; a change makes a new one.
struct trusted {
  gsi::trust_anchors anchors;
  gsi::vomsdir voms;
  host_name here;             // for attribute certificates with targets
  gsi::token_settings tokens; // of whom, and for whom
  withdrawals taken_back;     // by VOMS servers
};

/// Who the certificates say it is, without a look at attributes. Errors: as below.
result<gsi::verified_chain> verified(const std::vector<std::string>& chain, const trusted& by,
                                     gsi::instant now);

/// `chain` is DER, the leaf first. Errors: `unauthenticated` and `expired`, with certificate and
/// rule; `unauthenticated` for an empty chain; `denied` for attributes that were taken back.
result<principal> principal_of(const std::vector<std::string>& chain, const trusted& by,
                               gsi::instant now);

} // namespace trellis::edge
