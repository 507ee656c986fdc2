#pragma once
/// Access control lists in the form of GridSite (GACL 0.9.0), for jobs and catalogues:
///
///   <gacl version="0.9.0">
///     <entry><person><dn>/C=XX/CN=Alice</dn></person><allow><read/><write/></allow></entry>
///     <entry><voms><fqan>/vo/prod</fqan></voms><allow><read/></allow><deny><admin/></deny></entry>
///     <entry><any-user/><deny><write/></deny></entry>
///   </gacl>
///
/// An entry is about those who have all of its credentials. What somebody may do is the union of
/// what entries about them allow, without what any of these denies. Nothing is inferred: a FQAN is
/// that group and that role. What is not known is an error, since a `deny` could be lost with it.
///
/// Bounds: 64 KiB, 512 entries. Errors: `malformed`, with the byte or the element.
#include "protocols/base/result.hpp"
#include "protocols/gsi/fqan.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::gacl {

/// A set of rights, as bits.
enum right : std::uint8_t {
  may_nothing = 0,
  may_read = 1,
  may_exec = 2,
  may_list = 4,
  may_write = 8,
  may_admin = 16,
  may_all = 31,
};

using rights = std::uint8_t;

enum class credential_kind : std::uint8_t {
  person = 0, // <dn>, a slash form
  voms,       // <fqan>
  dn_list,    // <url>, of a list of names that the service knows
  host,       // <hostname>, in <dns>
  any_user,   // also without a name
  auth_user,  // anybody with a name
};

struct credential {
  credential_kind kind = credential_kind::any_user;
  std::string value;

  friend bool operator==(const credential&, const credential&) = default;
};

struct entry {
  std::vector<credential> about;
  rights allow = may_nothing, deny = may_nothing;

  friend bool operator==(const entry&, const entry&) = default;
};

struct acl {
  static constexpr std::size_t max_bytes = 64 * 1024, max_entries = 512;

  std::vector<entry> entries;

  friend bool operator==(const acl&, const acl&) = default;
};

/// Who asks.
struct subject {
  std::string dn; // slash form; empty: nobody is known
  std::vector<gsi::fqan> fqans;
  std::string host;               // where from, verified; empty: unknown
  std::vector<std::string> lists; // URLs of the lists of names that hold the DN
};

result<acl> parse(std::string_view xml);
std::string print(const acl& x);

rights evaluate(const acl& x, const subject& who);

/// For that one person, all.
acl owned_by(std::string dn);

} // namespace trellis::gacl
