#pragma once
/// The directories of a story's nodes: made and joined as an operator does it, then configured for
/// the story's speed. Node number i listens at port `first_port` + i of the loopback; whoever dials
/// a peer dials the relay at `relay_port` + the number of the pair.
///
/// Errors: those of runtime/node/node_directory.hpp and joining.hpp.
#include "bin/replay/playable.hpp"
#include "protocols/scenario/grid.hpp"

namespace trellis::real {

inline constexpr std::uint16_t first_port = 10'000, relay_port = 20'000;

/// Two nodes that talk: the first dials.
struct pair_of_nodes {
  std::size_t dials = 0, dialled = 0; // in the order of `nodes_of`
};

/// All pairs of which one plays more than CEs.
std::vector<pair_of_nodes> pairs_of(const std::vector<scenario::node_plan>& nodes);

/// An account of this machine, and who it is to the grid.
struct account {
  std::uint32_t uid = 0;
  std::string user; // of the story
};

/// As root everybody has a number of their own; else all are this user.
std::vector<account> accounts_of(const scenario::story& x, std::uint32_t uid);

struct grid_plan {
  const scenario::story& story;
  scale by;
  std::string base; // directory of the nodes' directories
  std::vector<scenario::node_plan> nodes;
  std::vector<pair_of_nodes> pairs;
  std::uint32_t uid = 0; // of this process
  std::string log_level = "info";

  std::string directory(std::size_t node) const { return base + "/" + nodes[node].host.text(); }
};

result<done> make_directories(const grid_plan& x);

/// node.toml of one node.
std::string config_text(const grid_plan& x, std::size_t node);

} // namespace trellis::real
