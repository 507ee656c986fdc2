#include "bin/node_roles.hpp"

namespace trellis {

std::span<const role_service> node_roles() { return {}; }

} // namespace trellis
