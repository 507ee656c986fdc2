#pragma once
/// Attribute certificates from a real node: with a full mutual handshake for each, beside bare
/// OpenSSL that gives a fixed answer after the same handshakes; on kept connections; and the
/// processor time that verifying one takes.
#include "tests/bench/bench.hpp"

namespace trellis::bench {

result<rows> voms(const options& x);

} // namespace trellis::bench
