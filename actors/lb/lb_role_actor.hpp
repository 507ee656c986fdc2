#pragma once
/// How a node starts its L&B server: the settings from its configuration.
#include "actors/lb/lb_actor.hpp"
#include "runtime/node/running_node.hpp"

namespace trellis {

lb_config lb_config_of(const config::node& x);

caf::strong_actor_ptr start_lb(const role_start& x);

} // namespace trellis
