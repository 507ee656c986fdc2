#pragma once
/// Whole nodes under one virtual clock: store on a map that loses what was not synced, directory,
/// post, gateways, and the simulated links between them. A node can be killed at any moment and
/// started again on what its disk holds. What roles a node plays the test says.
#include "runtime/link/links.hpp"
#include "runtime/link/post_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "runtime/simulation/network.hpp"
#include "storage/memory_engine.hpp"
#include "tests/runtime/deterministic.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace trellis {

inline host_name host(std::string_view text) { return *host_name::parse(text); }

struct grid_node {
  host_name name;
  std::vector<role> roles;
  storage::memory_engine disk;
  storage::identity who;
  node_context context;
  std::vector<caf::strong_actor_ptr> actors;
  std::optional<link_directory_actor> names;
  bool up = false;
};

struct grid : deterministic {
  /// Spawns the roles of a node: `keep_at` what it spawns, and `serve` it.
  using role_maker = std::function<void(grid&, grid_node&)>;

  std::uint64_t seed;
  simulation::network net;
  std::map<host_name, std::unique_ptr<grid_node>> nodes;
  role_maker make_roles;
  mail_limits limits;
  post_config post;

  explicit grid(std::uint64_t seed = 2006) : seed(seed), net(system, seed) {}

  ~grid() {
    for (auto& [name, node] : nodes)
      kill(name.text());
    stop();
  }

  grid_node& add(std::string_view name, std::vector<role> roles) {
    auto& node = nodes[host(name)];
    node = std::make_unique<grid_node>();
    node->name = host(name);
    node->roles = std::move(roles);
    return *node;
  }

  grid_node& at(std::string_view name) { return *nodes.at(host(name)); }

  template <class Actor>
  Actor keep_at(grid_node& node, Actor x) {
    node.actors.push_back(caf::actor_cast<caf::strong_actor_ptr>(x));
    return x;
  }

  template <class Actor>
  void serve(grid_node& node, role which, Actor x) {
    caf::anon_send(caf::actor_cast<directory_actor>(*node.names),
                   directory::serve{which, 0, caf::actor_cast<caf::strong_actor_ptr>(x)});
  }

  /// What a node needs before its roles: then the roles, then the links.
  void start(std::string_view name) {
    auto& node = at(name);
    auto fresh = random_source{seed, node.name.text() + std::to_string(++starts_)}.next();
    node.who = *storage::identify(node.disk, {std::to_string(fresh), std::to_string(fresh + 1)});
    node.names = keep_at(node, link::spawn_directory(system, node.name));
    auto& x = node.context;
    x.host = node.name;
    x.site = node.name.text();
    x.birth = node.who.birth;
    x.incarnation = node.who.incarnation;
    x.rows = &node.disk;
    x.store = keep_at(node, spawn_store(system, {&node.disk, node.who, limits}, true));
    x.directory = caf::actor_cast<directory_actor>(*node.names);
    x.clock = node_clock{wall_time{std::chrono::hours{24 * 365 * 36}}, steady_time{}};
    x.seed = fresh;
    x.simulated = true;
    auto post_office = keep_at(node, spawn_post(system, x, post));
    link::links_config links;
    links.roles = node.roles;
    for (const auto& [other, peer] : nodes)
      if (other != node.name)
        links.peers.push_back({
            other, other.text(), peer->roles, {"biomed", "atlas"},
               false
        });
    for (auto& [peer, gate] : link::spawn_gateways(system, x, *node.names, links, post_office)) {
      net.attach(node.name, peer, gate);
      keep_at(node, gate);
    }
    node.up = true;
    if (make_roles)
      make_roles(*this, node);
    run();
    for (const auto& [other, peer] : nodes)
      if (peer->up && other != node.name) {
        net.heal(node.name, other);
        net.connect(node.name, other);
      }
  }

  void start_all() {
    for (auto& [name, node] : nodes)
      start(name.text());
  }

  /// SIGKILL: no actor says another word, the disk keeps what was synced.
  void kill(std::string_view name) {
    auto& node = at(name);
    if (!std::exchange(node.up, false))
      return;
    net.cut_host(node.name);
    net.forget(node.name);
    node.disk.crash();
    for (auto& x : std::exchange(node.actors, {}))
      caf::anon_send_exit(x, caf::exit_reason::kill);
    node.context = {};
    node.names.reset();
    run();
  }

private:
  unsigned starts_ = 0;
};

} // namespace trellis
