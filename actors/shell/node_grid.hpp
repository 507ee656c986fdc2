#pragma once
/// A grid behind the control socket of a node. A connection that broke is made anew by the next
/// exchange. Errors: those of link::control_client.
#include "actors/shell/grid.hpp"

#include <memory>

namespace trellis::shell {

result<std::unique_ptr<grid>> attach_to_node(const std::string& socket);

} // namespace trellis::shell
