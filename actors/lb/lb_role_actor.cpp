#include "actors/lb/lb_role_actor.hpp"

#include <caf/actor_cast.hpp>

namespace trellis {

lb_config lb_config_of(const config::node& x) {
  lb_config out;
  for (const auto& peer : x.peers)
    for (auto which : peer.roles)
      out.peers[peer.host] |= roles(which);
  out.query_jobs = x.lb.query_jobs;
  out.query_events = x.lb.query_events;
  out.hold_early = x.lb.hold_early;
  return out;
}

caf::strong_actor_ptr start_lb(const role_start& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(spawn_lb(x.system, x.ctx, lb_config_of(x.config)));
}

} // namespace trellis
