#pragma once
/// From the configuration of a node to its links.
///
///   auto names = link::spawn_directory(system, config.host);               // ctx.directory
///   auto gates = link::spawn_gateways(system, ctx, names, link::links_of(config), post);
///   auto links = link::start_links(config, gates, join);                   // sockets
#include "runtime/link/links.hpp"
#include "runtime/net/link_service.hpp"
#include "runtime/node/config.hpp"

namespace trellis::link {

links_config links_of(const config::node& config);

/// Without `join`, nobody can join here.
result<std::unique_ptr<net::link_service>>
start_links(const config::node& config, const gateways& gates,
            std::function<std::string(std::string request)> join = nullptr);

/// What the service tells is told to the gateways. They must outlive it.
net::link_callbacks callbacks_to(const gateways& gates);

} // namespace trellis::link
