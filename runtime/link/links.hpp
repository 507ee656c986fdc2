#pragma once
/// How a node gets its links: first the directory, then (when store and post are there) the
/// gateways.
///
///   auto names = link::spawn_directory(system, host);       // ctx.directory = names
///   auto gates = link::spawn_gateways(system, ctx, names, {peers, roles}, post);
///
/// The connections come from `net::link_service`, or from `simulation::network`.
#include "runtime/link/directory_actor.hpp"
#include "runtime/link/gateway_actor.hpp"

namespace trellis::link {

struct links_config {
  std::vector<peer_rights> peers;
  std::vector<role> roles; // of this node
  std::uint32_t credit = 1024;
  std::chrono::seconds call_limit{60};
  std::chrono::milliseconds clocks_shown{5'000};     // further apart than this is logged
  std::chrono::milliseconds clocks_refused{300'000}; // further apart: no new work is taken
};

using gateways = std::map<host_name, gateway_actor>;

link_directory_actor spawn_directory(caf::actor_system& in, host_name here);

gateways spawn_gateways(caf::actor_system& in, const node_context& ctx,
                        const link_directory_actor& names, const links_config& config,
                        const post_actor& post);

} // namespace trellis::link
