#pragma once
/// A grid of a hundred sites under the virtual clock: a hundred thousand jobs from submission to
/// Done through the actors of production, in one thread.
#include "tests/bench/bench.hpp"

namespace trellis::bench {

result<rows> replay(const options& x);

} // namespace trellis::bench
