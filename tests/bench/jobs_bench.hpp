#pragma once
/// Real jobs, `/bin/true`, through a real node: submitted over the control socket, matched,
/// handed over, run by wrapper and starter on `fork`, and Done at L&B, each transition durable.
/// Beside it what the machine gives at best: processes one by one, and the bare wrapper chain at
/// the same parallelism.
#include "tests/bench/bench.hpp"

namespace trellis::bench {

result<rows> jobs(const options& x);

} // namespace trellis::bench
