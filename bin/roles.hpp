#pragma once
/// How each role starts: from what the operator set to the actor. Called again at each restart of
/// the role; what it spawns beside the role's actor ends with that actor.
#include "runtime/node/running_node.hpp"

#include <caf/actor_control_block.hpp>

namespace trellis {

caf::strong_actor_ptr start_info(const role_start& x);
caf::strong_actor_ptr start_wms(const role_start& x);
caf::strong_actor_ptr start_lb(const role_start& x);
caf::strong_actor_ptr start_ce(const role_start& x);
caf::strong_actor_ptr start_voms(const role_start& x);

} // namespace trellis
