#pragma once
/// A stub has the interface of a role and carries what it hears to that role on another node.
#include "runtime/link/gateway.hpp"

#include <caf/fwd.hpp>

namespace trellis::link {

/// A stub for `to`, whose host is the peer of `gate`; null for a role without an interface.
caf::strong_actor_ptr spawn_stub(caf::actor_system& in, gateway_actor gate, address to);

} // namespace trellis::link
