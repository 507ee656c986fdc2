#pragma once
/// `trellis-replay swarm`: plays drawn stories one after the other until one breaks a promise.
#include <cstdint>
#include <string>

namespace trellis {

struct swarm_options {
  std::string where; // a scenario, or a directory of them; empty: drawn grids alone
  std::string keep;  // a directory for what is found; empty: printed only
  std::uint64_t first = 1, seeds = 1'000;
  double minutes = 0; // 0: as long as it takes
  bool shrink = true, hashes = false;
};

/// `trellis-replay swarm`. The exit code.
int run_swarm(const swarm_options& x);

} // namespace trellis
