#pragma once
/// Which attributes a visitor of a VOMS server gets, and in which order: those that were asked for
/// first, in that order, then the other groups by name. All groups of a user, always; a role only
/// when it was asked for. What is not held is refused, never left out in silence.
#include "actors/voms/membership.hpp"
#include "protocols/gsi/voms_ac.hpp"
#include "protocols/voms/messages.hpp"

namespace trellis::voms {

/// Who asks, by the certificate of the end entity.
struct asker {
  certificate_name name;                        // as `gsi::normal_slash` writes it
  std::optional<std::vector<std::string>> most; // FQANs in the proxy that is used: not more
};

/// Where the server is to be found, for the attribute certificate.
struct place {
  std::string host;
  std::uint16_t port = 0;
};

struct grant {
  std::string vo;
  std::vector<gsi::fqan> fqans; // the first is the primary one
  std::vector<gsi::generic_attribute> attributes;
  std::vector<std::string> targets;
  std::chrono::seconds lifetime{0};
};

/// A refusal or a list in `answer`, or a grant to be signed with the warnings in `answer`.
struct decision {
  reply answer;
  std::optional<grant> to_sign;
};

decision decide(const book& vos, const asker& who, const request& what, const place& here);

/// A refusal with its text.
reply refuse(refusal code, std::string why);

} // namespace trellis::voms
