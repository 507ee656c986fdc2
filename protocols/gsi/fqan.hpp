#pragma once
/// A fully qualified attribute name of VOMS: a group, and perhaps a role in it.
///
///   fqan  = group [ "/Role=" role ] [ "/Capability=" cap ]
///   group = "/" vo *( "/" name )      name, role = [A-Za-z0-9_.-]+ but not "." or ".."
///
/// Role=NULL and Capability=NULL mean none; a capability is read and forgotten. To be a member of
/// /vo/a says nothing about /vo: a verifier never infers groups. Errors: `malformed`.
#include "protocols/base/result.hpp"

#include <string>
#include <string_view>

namespace trellis::gsi {

struct fqan {
  static constexpr std::size_t max_bytes = 255;

  std::string group; // /vo/a
  std::string role;  // empty: none

  static result<fqan> parse(std::string_view text);

  std::string vo() const;
  std::string text() const;      // /vo/a/Role=r
  std::string long_text() const; // /vo/a/Role=NULL/Capability=NULL, as AC carry it

  friend auto operator<=>(const fqan&, const fqan&) = default;
};

/// Whether it may name a VO: [A-Za-z0-9._-]+, no "..", not "." — it becomes part of a path.
bool is_vo_name(std::string_view text);

} // namespace trellis::gsi
