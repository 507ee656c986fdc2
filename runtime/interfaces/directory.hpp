#pragma once
/// From an address to a handle: the local actor, or a stub that carries what it hears over the
/// link. Handles stay good for as long as the node runs: they are of routers and supervisors.
#include "runtime/interfaces/base.hpp"

#include <caf/actor_control_block.hpp>

namespace trellis::directory {

struct find {
  using stays_at_home = void;
  address who;
};

/// Cast `handle` to the interface of the role that was asked for:
/// caf::actor_cast<ce_actor>(handle).
struct found {
  using stays_at_home = void;
  caf::strong_actor_ptr handle;
};

/// From now on `handle` answers for this role (and instance) of this node.
struct serve {
  using stays_at_home = void;
  role which{};
  std::uint32_t instance = 0;
  caf::strong_actor_ptr handle;
};

struct serving {};

} // namespace trellis::directory

namespace trellis {

/// Errors: `no_such_address` for a host that is no peer of ours, or a local role that is not
/// served.
using directory_actor = caf::typed_actor<asked<directory::find, directory::found>,
                                         asked<directory::serve, directory::serving>>;

} // namespace trellis
