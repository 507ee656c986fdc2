#pragma once
/// What every actor of a node may use: its names, its store, its clock, its chance. Copied by
/// value; the things behind the handles belong to the node and outlive its actors.
#include "runtime/interfaces/directory.hpp"
#include "runtime/interfaces/store.hpp"
#include "runtime/node/clock.hpp"
#include "runtime/node/random.hpp"
#include "storage/engine.hpp"

#include <string>

namespace trellis {

struct node_context {
  host_name host;
  std::string site;
  std::string directory_path;            // the node's directory on disk; empty in simulation
  std::string birth, incarnation;        // of the store
  const storage::engine* rows = nullptr; // read at will; written through `store` alone
  store_actor store;
  directory_actor directory;
  node_clock clock;
  std::uint64_t seed = 0; // of everything random here; in production drawn from the system
  bool simulated = false; // no threads, no processes, no files

  /// A generator of one's own: the same name under the same seed gives the same numbers.
  random_source chance(std::string_view name) const { return random_source{seed, name}; }

  address at(role which) const { return {which, host, 0}; }
};

} // namespace trellis
