#include "protocols/voms/messages.hpp"

namespace trellis::voms {

std::string text(const wish& x) {
  switch (x.kind) {
  case wish_kind::everything:
    return "A";
  case wish_kind::group:
    return "G" + x.group;
  case wish_kind::role:
    return "R" + x.role;
  case wish_kind::group_role:
    return "B" + x.group + ":" + x.role;
  }
  return {};
}

warning_kind guess(std::string_view text) {
  auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
  if (has("validity"))
    return warning_kind::lifetime;
  if (has("selected"))
    return warning_kind::order;
  return has("contains attributes") ? warning_kind::attribute : warning_kind::other;
}

} // namespace trellis::voms
