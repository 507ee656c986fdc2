#include "protocols/voms/admin.hpp"

namespace trellis::voms {

std::string_view word(act_kind x) {
  constexpr std::string_view words[]
      = {"add_vo",       "remove_vo", "add_user",     "remove_user", "suspend_user",
         "restore_user", "add_alias", "remove_alias", "add_fqan",    "remove_fqan",
         "grant",        "revoke",    "set_attribute"};
  return known(x) ? words[static_cast<std::size_t>(x) - 1] : "?";
}

} // namespace trellis::voms
