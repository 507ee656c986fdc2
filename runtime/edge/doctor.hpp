#pragma once
/// Why a credential does not work: one check after the other, over bytes and time that somebody
/// else has collected. Each finding names what was looked at, and a fault its true cause: what has
/// to change, not where it was noticed.
#include "protocols/gsi/verify.hpp"
#include "protocols/gsi/vomsdir.hpp"
#include "protocols/names/host_name.hpp"

#include <optional>
#include <string>
#include <vector>

namespace trellis::edge {

enum class cause : std::uint8_t {
  none = 0, // all is well
  no_credential,
  file_mode,
  no_key,
  wrong_key,
  unreadable,
  no_anchors,
  clock,
  ca_expired,
  user_expired,
  proxy_expired,
  crl_expired,
  revoked,
  unknown_ca,
  chain_refused,
  no_attributes,
  attributes_expired,
  wrong_lsc,
  attributes_refused,
  suspended,
  voms_refused,
  unreachable,
  host_expired,
  host_name,
  host_untrusted,
  refused,
};

/// "user-expired"
std::string_view word(cause x);

struct finding {
  std::string check; // "credential", "clock", "server", ...
  cause what = cause::none;
  std::string text; // one sentence
  std::string next; // what to do; empty where all is well

  friend bool operator==(const finding&, const finding&) = default;
};

/// Whom this side trusts, and where it was read.
struct believed {
  gsi::trust_anchors anchors;
  std::string anchors_place;
  std::optional<gsi::vomsdir> voms; // nothing: there is no such directory here
  std::string voms_place;
};

/// The texts of the certificate's file and of the key's, which may be one.
finding examine_key(const std::string& path, std::string_view cert_pem, std::string_view key_pem);

/// `their`: what the other side's clock said. A certificate of the chain that is not valid yet is a
/// clock's fault, too.
finding examine_clock(gsi::instant now, std::optional<gsi::instant> their, const std::string& url,
                      const std::vector<gsi::certificate>& chain);

finding examine_chain(const std::vector<gsi::certificate>& chain, const believed& by,
                      gsi::instant now);

finding examine_attributes(const std::vector<gsi::certificate>& chain, const believed& by,
                           gsi::instant now);

finding examine_server(const std::vector<gsi::certificate>& chain, const std::string& host,
                       const believed& by, gsi::instant now);

/// What a VOMS server said to a request for attributes.
finding examine_voms_refusal(const std::string& vo, const error& why);

/// The first fault, or null.
const finding* cause_of(const std::vector<finding>& all);

} // namespace trellis::edge
