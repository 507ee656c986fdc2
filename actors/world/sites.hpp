#pragma once
/// The nodes of a story: the actors that run in production, under production's
/// supervision, on disks in memory, with simulated links between them and simulated batch systems
/// behind the CEs. What a node survives its disk survives; batch systems outlive their nodes.
///
/// A node that falls (its disk fails, an actor cannot be started again) is down, and is started
/// again after `restart_pause`, as a service manager does.
///
/// A large story lives on several islands: each node with a central role on one of its own, as long
/// as there are any, the others dealt out over the rest. Threads take islands from both ends, so
/// the central nodes stand there.
#include "actors/world/lrms_actor.hpp"
#include "protocols/scenario/grid.hpp"
#include "runtime/interfaces/ce.hpp"
#include "runtime/interfaces/wms.hpp"
#include "runtime/node/context.hpp"
#include "runtime/simulation/islands.hpp"
#include "runtime/simulation/network.hpp"
#include "storage/memory_engine.hpp"
#include "storage/meta.hpp"

namespace trellis::wms {
class sandbox_files;
}

namespace trellis::world {

inline constexpr auto restart_pause = std::chrono::seconds{5};

/// From the first step of a batch until it is on disk. What comes meanwhile shares it; a node that
/// is killed meanwhile has written nothing of it.
inline constexpr auto disk_time = std::chrono::milliseconds{1};

/// All clocks of a run begin here, so that runs are alike.
inline constexpr wall_time first_moment{std::chrono::seconds{1'136'073'600}}; // 2006-01-01

struct queue {
  std::size_t plan = 0; // index into `story::ces`
  batch_actor lrms;
  std::shared_ptr<lrms_facts> facts = std::make_shared<lrms_facts>();
};

struct node {
  scenario::node_plan plan;
  std::size_t island = 0;
  storage::memory_engine disk;
  std::optional<storage::memory_engine> backup;
  std::shared_ptr<std::chrono::microseconds> skew = std::make_shared<std::chrono::microseconds>();
  std::vector<queue> queues;
  std::shared_ptr<wms::sandbox_files> sandboxes;
  node_context context;
  std::map<role, caf::strong_actor_ptr> roles; // who answers for a role, while it is up
  bool up = false, fallen = false, draining = false;
  std::optional<steady_time> starts_again;

  std::vector<caf::strong_actor_ptr> actors; // in the order of their start
};

/// How many islands a story lives on.
std::size_t islands_for(const scenario::story& x);

class sites {
public:
  /// How the payload of an attempt at the story's CE of this index behaves. Called on the island of
  /// `at`.
  using planner
      = std::function<payload_plan(const node& at, std::size_t ce, const ce::hand_over& task)>;

  sites(simulation::islands& time, const scenario::story& story, std::uint64_t seed, planner plan);
  ~sites();

  sites(const sites&) = delete;
  sites& operator=(const sites&) = delete;

  std::map<host_name, node>& all() { return nodes_; }

  node& at(const host_name& name) { return nodes_.at(name); }

  simulation::network& net() { return net_; }

  void start_all();
  void start(const host_name& name);
  void kill(const host_name& name);                 // SIGKILL
  void stop(const host_name& name);                 // SIGTERM
  void restore(const host_name& name);              // its last backup; it is started on it
  void cut(const host_name& a, const host_name& b); // both ways; the ends hear of it
  void heal(const host_name& a, const host_name& b);
  void calm(const host_name& from, const host_name& to); // weather as the story began with

  /// Starts what is due to start again, and ends what fell. The next such moment, if any.
  std::optional<steady_time> look_after();

private:
  void deal_out();

  simulation::virtual_system& home_of(const node& x) { return time_.at(x.island); }

  void spawn_core(node& x);
  void spawn_roles(node& x);
  void spawn_role(node& x, role which);
  caf::strong_actor_ptr spawn_child(node& x, role which);
  std::uint64_t draw(const host_name& name);
  const scenario::site* site_of(const node& x) const;
  void reconnect(const node& x);

  simulation::islands& time_;
  const scenario::story& story_;
  std::uint64_t seed_;
  simulation::network net_;
  std::map<host_name, node> nodes_;
  std::vector<host_name> order_;
  std::vector<node*> in_order_; // looked through at every step: no name is compared
  std::set<std::pair<host_name, host_name>> severed_; // by the story
  std::vector<caf::strong_actor_ptr> batch_systems_;
  std::uint64_t starts_ = 0;
};

} // namespace trellis::world
