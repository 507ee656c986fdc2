#include "runtime/link/wiring.hpp"

#include <caf/send.hpp>

namespace trellis::link {

peer_rights rights_of(const config::peer& x) {
  peer_rights out;
  out.host = x.host;
  out.roles = x.roles;
  out.vos.insert(x.vos.begin(), x.vos.end());
  return out;
}

links_config links_of(const config::node& config) {
  links_config out;
  for (const auto& x : config.peers)
    out.peers.push_back(rights_of(x));
  out.roles = config.roles;
  out.credit = config.limits.open_calls;
  out.clocks_shown = config.limits.clock_warn;
  out.clocks_refused = config.limits.clock_refuse;
  return out;
}

net::link_callbacks callbacks_to(const find_gateway& gate) {
  net::link_callbacks out;
  out.up = [gate](const host_name& peer, std::uint64_t number, std::shared_ptr<connection> via,
                  std::string direction, std::string remote) {
    if (auto to = gate(peer))
      caf::anon_send(to, link_up{number, std::move(via), std::move(direction), std::move(remote)});
  };
  out.down = [gate](const host_name& peer, std::uint64_t number, std::string why) {
    if (auto to = gate(peer))
      caf::anon_send(to, link_down{number, std::move(why)});
  };
  out.arrived = [gate](const host_name& peer, std::uint64_t number, std::string bytes) {
    if (auto to = gate(peer))
      caf::anon_send(to, arrived{number, std::move(bytes)});
  };
  out.dial_failed = [gate](const host_name& peer, const error& why) {
    if (auto to = gate(peer))
      caf::anon_send(to, dial_failed{why.text});
  };
  return out;
}

result<std::unique_ptr<net::link_service>>
start_links(const config::node& config, const find_gateway& gate,
            std::function<std::string(std::string request)> join, net::reception front) {
  net::link_service_config c;
  c.host = config.host;
  c.listen = config.listen;
  for (const auto& x : config.peers)
    c.peers.push_back({x.host, x.connect});
  auto crl = config.crl.empty() ? "" : config.path(config.crl);
  c.files = {config.path(config.ca), config.path(config.cert), config.path(config.key), crl};
  c.handshake = config.limits.handshake;
  c.idle = config.limits.link_idle;
  c.reconnect = config.limits.reconnect;
  c.visitors = config.edge.connections;
  c.connections_per_host = config.limits.connections_per_host;
  auto callbacks = callbacks_to(gate);
  callbacks.join = std::move(join);
  callbacks.front = std::move(front);
  return net::link_service::start(std::move(c), std::move(callbacks));
}

} // namespace trellis::link
