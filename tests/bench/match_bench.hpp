#pragma once
/// Matches a CPU second: queue, fair share, requirements, rank and room, without actors and disks.
#include "tests/bench/bench.hpp"

namespace trellis::bench {

result<rows> match(const options& x);

} // namespace trellis::bench
