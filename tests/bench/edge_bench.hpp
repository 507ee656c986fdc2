#pragma once
/// Users over HTTPS: durable submissions a second with a VOMS proxy, over one connection and over
/// 64, beside the same submissions over the control socket of the same node; whole connections with
/// their mutual handshakes; and what an honest user feels of a crowd that connects and is silent.
#include "tests/bench/bench.hpp"

namespace trellis::bench {

result<rows> edge(const options& x);

} // namespace trellis::bench
