#pragma once
/// What a VOMS server is asked for and what it answers, whichever of its two protocols carries it.
/// The text of both stands in rest.hpp and legacy.hpp.
#include "protocols/gsi/fqan.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::voms {

enum class wish_kind : std::uint8_t {
  everything = 0, // all groups and all roles
  group,          // all groups, and this one must be held
  role,           // a role wherever it is held
  group_role,     // a role in a group
};

struct wish {
  wish_kind kind = wish_kind::everything;
  std::string group, role;

  friend bool operator==(const wish&, const wish&) = default;
};

/// As the legacy protocol and texts for users name it: A, G/vo/a, Rrole, B/vo/a:role.
std::string text(const wish& x);

struct request {
  static constexpr std::size_t max_wishes = 512, max_targets = 64;

  std::vector<wish> wishes;                     // in order; none: to be a member
  std::vector<gsi::fqan> order;                 // which shall come first
  std::vector<std::string> targets;             // hosts
  std::optional<std::chrono::seconds> lifetime; // more than 0
  bool list = false;                            // only tell, do not sign (legacy)
  std::vector<std::string> unknown;             // parameters that mean nothing to us

  friend bool operator==(const request&, const request&) = default;
};

/// Why a server gives no attributes. Each has a word, an HTTP status and a number.
enum class refusal : std::uint8_t {
  no_such_user = 0,
  suspended_user,
  bad_request, // a group or role that is not held, or what cannot be read
  internal_error,
};

struct refusal_row {
  refusal code;
  std::string_view word;
  int http_status, number;
};

inline constexpr refusal_row refusal_rows[] = {
    {refusal::no_such_user,   "NoSuchUser",    403, 1001},
    {refusal::suspended_user, "SuspendedUser", 403, 1004},
    {refusal::bad_request,    "BadRequest",    400, 1005},
    {refusal::internal_error, "InternalError", 500, 1006},
};

constexpr const refusal_row& row_of(refusal x) { return refusal_rows[static_cast<std::size_t>(x)]; }

static_assert(row_of(refusal::internal_error).code == refusal::internal_error);

/// What the user should know although there are attributes. Clients tell them apart by number, and
/// the Java client by a word in the text, which must therefore hold it.
enum class warning_kind : std::uint8_t {
  none = 0,
  order,     // 1: "selected"
  lifetime,  // 2: "validity"
  attribute, // 3: "contains attributes"
  other,     // 4
};

struct warning {
  warning_kind kind = warning_kind::other;
  std::string text;

  friend bool operator==(const warning&, const warning&) = default;
};

/// Attributes with warnings, or a refusal with its text.
struct reply {
  std::string ac; // DER of one attribute certificate; empty for a refusal
  std::vector<warning> warnings;
  std::optional<refusal> refused;
  std::string why;  // what the user reads
  std::string list; // legacy, for a request that only lists

  friend bool operator==(const reply&, const reply&) = default;
};

/// The number that goes with a text, as clients guess it.
warning_kind guess(std::string_view text);

} // namespace trellis::voms
