#pragma once
/// A VO as a value: who belongs to it, in which groups, with which roles and attributes. FQANs are
/// texts as `gsi::fqan::text` writes them: /vo/a, /vo/a/Role=r. Names of certificates are in slash
/// form, as `gsi::normal_slash` writes them.
#include "protocols/wire/codec.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace trellis::voms {

/// A subject means nobody without the CA that gave it.
struct certificate_name {
  std::string subject, issuer;

  friend auto operator<=>(const certificate_name&, const certificate_name&) = default;
};
TRELLIS_INSPECT(certificate_name, subject, issuer)

using attribute_map = std::map<std::string, std::string>;

struct member {
  std::uint64_t number = 0;                   // never used again
  std::vector<certificate_name> certificates; // the first is the name that lists show
  std::set<std::string> holds;                // FQANs of groups and roles, the VO's own among them
  attribute_map attributes;
  std::string suspended; // why; empty: is not

  friend bool operator==(const member&, const member&) = default;
};
TRELLIS_INSPECT(member, number, certificates, holds, attributes, suspended)

struct vo_settings {
  std::chrono::seconds max_lifetime{86'400}; // of an attribute certificate
  std::uint64_t next_member = 1;

  friend bool operator==(const vo_settings&, const vo_settings&) = default;
};
TRELLIS_INSPECT(vo_settings, max_lifetime, next_member)

struct vo {
  std::string name;
  vo_settings settings;
  std::map<std::string, attribute_map> fqans; // groups, the VO's own among them, and roles
  std::map<std::uint64_t, member> members;
  std::map<certificate_name, std::uint64_t> by_certificate;

  const member* find(const certificate_name& x) const {
    auto i = by_certificate.find(x);
    return i == by_certificate.end() ? nullptr : &members.at(i->second);
  }
};

} // namespace trellis::voms
