#include "runtime/link/links.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

namespace trellis::link {

link_directory_actor spawn_directory(caf::actor_system& in, host_name here) {
  return in.spawn(directory, std::move(here));
}

gateways spawn_gateways(caf::actor_system& in, const node_context& ctx,
                        const link_directory_actor& names, const links_config& config,
                        const post_actor& post) {
  gateways out;
  for (const auto& peer : config.peers) {
    gateway_config c;
    c.peer = peer;
    c.roles = config.roles;
    c.credit = config.credit;
    c.call_limit = config.call_limit;
    c.clocks_shown = config.clocks_shown;
    c.clocks_refused = config.clocks_refused;
    auto gate = in.spawn(gateway, ctx, std::move(c), post);
    caf::anon_send(names, attach{peer, gate});
    out[peer.host] = gate;
  }
  return out;
}

} // namespace trellis::link
