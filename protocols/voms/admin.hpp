#pragma once
/// What operators do to the VOs of a VOMS server, and see of them.
#include "protocols/names/principal.hpp"
#include "protocols/voms/membership.hpp"

#include <optional>

namespace trellis::voms {

/// Numbers are on the wire and never reused.
enum class act_kind : std::uint8_t {
  add_vo = 1,    // vo, lifetime: makes it or changes its settings
  remove_vo,     // vo, with all in it
  add_user,      // vo, certificate
  remove_user,   // vo, certificate
  suspend_user,  // vo, certificate, text: why
  restore_user,  // vo, certificate
  add_alias,     // vo, certificate; text: a subject of the user who has this one, too
  remove_alias,  // vo, certificate
  add_fqan,      // vo, fqan: a group or a role
  remove_fqan,   // vo, fqan, with the groups and roles below
  grant,         // vo, fqan, certificate
  revoke,        // vo, fqan, certificate
  set_attribute, // vo, name, text: of the certificate's user, else of the fqan; no text: none
};

constexpr bool known(act_kind x) { return x >= act_kind::add_vo && x <= act_kind::set_attribute; }

std::string_view word(act_kind x);

struct act {
  act_kind what = act_kind::add_vo;
  std::string vo, fqan;
  certificate_name certificate; // without an issuer: of the only user with this subject
  std::string name, text;
  std::optional<std::chrono::seconds> lifetime;
};
TRELLIS_INSPECT(act, what, vo, fqan, certificate, name, text, lifetime)

/// All of them or, if one is refused, none.
struct change {
  static constexpr std::size_t max_acts = 100'000;

  principal who;
  std::vector<act> acts;
};
TRELLIS_INSPECT(change, who, acts)

/// How many of them were not true before.
struct changed {
  std::uint64_t acts = 0;
};
TRELLIS_INSPECT(changed, acts)

struct list_vos {
  principal who;
};
TRELLIS_INSPECT(list_vos, who)

struct vo_row {
  std::string name, uri;
  std::uint64_t users = 0, suspended = 0, groups = 0, roles = 0;
  std::chrono::seconds max_lifetime{0};
};
TRELLIS_INSPECT(vo_row, name, uri, users, suspended, groups, roles, max_lifetime)

struct vo_list {
  std::vector<vo_row> vos;
};
TRELLIS_INSPECT(vo_list, vos)

/// Lists come in pages that fit into a message: while there is more, ask for what comes after the
/// last row.
inline constexpr std::size_t page_bytes = 512 * 1024;

struct list_users {
  principal who;
  std::string vo;
  std::uint64_t after = 0; // a member's number
};
TRELLIS_INSPECT(list_users, who, vo, after)

struct user_list {
  std::vector<member> users;
  bool more = false;
};
TRELLIS_INSPECT(user_list, users, more)

/// Groups, or roles.
struct list_fqans {
  principal who;
  std::string vo;
  bool roles = false;
  std::string after; // an FQAN
};
TRELLIS_INSPECT(list_fqans, who, vo, roles, after)

struct fqan_row {
  static constexpr std::size_t max_holders = 200;

  std::string fqan;
  attribute_map attributes;
  std::vector<std::string> holders; // subjects of the first of them
  std::uint64_t held = 0;           // by how many users
};
TRELLIS_INSPECT(fqan_row, fqan, attributes, holders, held)

struct fqan_list {
  std::vector<fqan_row> fqans;
  bool more = false;
};
TRELLIS_INSPECT(fqan_list, fqans, more)

} // namespace trellis::voms
