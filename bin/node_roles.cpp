#include "bin/node_roles.hpp"

#include "bin/roles.hpp"

namespace trellis {

std::span<const role_service> node_roles() {
  static constexpr role_service rows[] = {
      {role::info, start_info},
      {role::wms,  start_wms },
      {role::ce,   start_ce  },
  };
  return rows;
}

} // namespace trellis
