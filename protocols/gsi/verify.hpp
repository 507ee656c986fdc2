#pragma once
/// Who stands behind a chain of certificates: RFC 5280 (by OpenSSL) and all of RFC 3820, which
/// OpenSSL leaves half open. Each refusal names the certificate and the rule.
///
/// Errors: `expired` for time, `unauthenticated` for the rest.
#include "protocols/gsi/dn.hpp"
#include "protocols/gsi/proxy.hpp"
#include "protocols/gsi/trust_anchors.hpp"

#include <variant>

namespace trellis::gsi {

/// Rules of a chain; the words are for logs and tests. The first nine are RFC 3820's.
enum class chain_rule : std::uint8_t {
  issued_by_signer = 1, // each proxy is issued and signed by the next certificate
  subject_adds_one_cn,  // a proxy's subject is its issuer's and one CN
  signer_is_no_ca,      // a proxy is signed by a user or a proxy
  no_other_names,       // a proxy has no alternative names and is no CA
  info_is_critical,     // exactly one ProxyCertInfo, critical, and no old form of it
  path_length,          // not more proxies below than pCPathLenConstraint
  signer_may_sign,      // keyUsage of a signer, if present, has digitalSignature
  known_language,       // inheritAll or limited; independent and unknown ones give no rights here
  no_policy,            // those languages carry no policy
  limited_stays,        // (a mark, never refused) below a limited proxy all are limited
  ends_first,           // (a value, never refused) the chain ends with its first certificate
  bounds,               // proxies, certificates, bytes
  identity_is_no_ca,    // the first certificate that is no proxy is a user's or host's
  strength,             // keys and signatures
  purpose,              // extended key usage fits the end that it is used for
  time,                 // valid at this time
  anchored,             // leads to a trust anchor, by certificates that hold (RFC 5280)
  revoked,              // not revoked, and the CRL is there and fresh
  name_space,           // the CA may sign this subject
};

std::string_view word(chain_rule x);

enum class chain_use : std::uint8_t {
  client = 0,
  server,
  any, // what signs attribute certificates
};

struct verified_chain {
  dn identity;            // subject of the end entity, never of a proxy
  dn issuer;              // its CA
  certificate end_entity; // a user's or host's
  certificate leaf;       // what TLS showed: the end entity or a proxy
  std::size_t proxies = 0;
  bool limited = false;          // some proxy is limited, so all are
  instant ends;                  // the first notAfter of all
  std::vector<certificate> path; // leaf first, trust anchor last
};

struct refused_chain {
  error why;
  chain_rule rule = chain_rule::bounds;
};

/// `chain` as TLS or a file gave it: the leaf first, the rest in any order, a root or not.
std::variant<verified_chain, refused_chain> judge_chain(const std::vector<certificate>& chain,
                                                        const trust_anchors& anchors, instant now,
                                                        chain_use use = chain_use::client);

/// The same, for those who do not ask for the rule.
result<verified_chain> verify_chain(const std::vector<certificate>& chain,
                                    const trust_anchors& anchors, instant now,
                                    chain_use use = chain_use::client);

} // namespace trellis::gsi
