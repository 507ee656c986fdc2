#pragma once
/// The nodes of a story as processes, and the relay between them: everything that happens to nodes
/// and links.
#include "bin/replay/directories.hpp"
#include "bin/replay/processes.hpp"
#include "bin/replay/relay.hpp"
#include "runtime/node/random.hpp"

namespace trellis::real {

class real_world {
public:
  struct settings {
    scale by;
    std::string base, node_binary, node_log;
    std::uint64_t seed = 1;
    std::function<bool()> interrupted;
  };

  /// Makes the directories and starts all nodes; returns when every one of them answers, the links
  /// are up and all queues are known. Errors: `timed_out`, with what is missing.
  static result<std::unique_ptr<real_world>> make(const scenario::story& told, settings s);

  processes& nodes() { return nodes_; }

  const grid_plan& plan() const { return plan_; }

  /// The first node, in the order of the story, that plays `which`.
  node_process* playing(role which);

  void act_on_links(const scenario::action& x, const std::vector<host_name>& from,
                    const std::vector<host_name>& to);

private:
  real_world(const scenario::story& told, settings s);

  result<done> open_relay();
  result<done> wait_for_all();
  std::string what_is_missing(); // empty: nothing
  std::string links_missing(std::size_t node);
  void act_on_way(const scenario::action& x, std::size_t pair, relay::direction way);
  weather calm(const host_name& a, const host_name& b) const;

  const scenario::story& story_;
  settings settings_;
  grid_plan plan_;
  std::unique_ptr<relay> relay_;
  std::vector<std::array<weather, 2>> air_; // by pair: forth, back
  processes nodes_;
};

} // namespace trellis::real
