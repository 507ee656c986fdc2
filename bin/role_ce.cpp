#include "actors/ce/ce_role_actor.hpp"
#include "bin/roles.hpp"

namespace trellis {

caf::strong_actor_ptr start_ce(const role_start& x) { return spawn_ce(x); }

} // namespace trellis
