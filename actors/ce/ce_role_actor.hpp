#pragma once
/// How a node plays the role `ce`: from its configuration to the actors.
#include "runtime/node/running_node.hpp"

#include <caf/actor_control_block.hpp>

namespace trellis {

/// The CE's router; what runs its jobs is started and ends with it.
caf::strong_actor_ptr spawn_ce(const role_start& x);

} // namespace trellis
