#pragma once
/// From the configuration of a node to its links.
///
///   auto names = link::spawn_directory(system, config.host);               // ctx.directory
///   auto gates = link::spawn_gateways(system, ctx, names, link::links_of(config), post);
///   auto links = link::start_links(config, find, join);                   // sockets
#include "runtime/link/links.hpp"
#include "runtime/net/link_service.hpp"
#include "runtime/node/config.hpp"

namespace trellis::link {

links_config links_of(const config::node& config);

peer_rights rights_of(const config::peer& x);

/// The gateway of a peer; null for one that has none. Called by several threads at once.
using find_gateway = std::function<gateway_actor(const host_name& peer)>;

/// Without `join`, nobody can join here; without `front`, no user comes over HTTPS.
result<std::unique_ptr<net::link_service>>
start_links(const config::node& config, const find_gateway& gate,
            std::function<std::string(std::string request)> join = nullptr,
            net::reception front = nullptr);

/// What the service tells is told to the gateways.
net::link_callbacks callbacks_to(const find_gateway& gate);

} // namespace trellis::link
