#pragma once
#include "runtime/node/running_node.hpp"

namespace trellis {

/// The roles that this program has, one row each.
std::span<const role_service> node_roles();

} // namespace trellis
