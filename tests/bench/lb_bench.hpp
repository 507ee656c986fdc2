#pragma once
/// Durable events a second through the L&B actor and the store, acknowledged one by one.
#include "tests/bench/bench.hpp"

namespace trellis::bench {

result<rows> lb(const options& x);

} // namespace trellis::bench
