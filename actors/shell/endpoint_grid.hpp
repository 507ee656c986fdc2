#pragma once
/// A grid behind the HTTPS front of a node. Errors: those of edge::rest_client.
#include "actors/shell/grid.hpp"
#include "runtime/edge/rest_client.hpp"

#include <memory>

namespace trellis::shell {

/// Asks the node who it is.
result<std::unique_ptr<grid>> attach_to_front(edge::client_config config);

} // namespace trellis::shell
