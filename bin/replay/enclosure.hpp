#pragma once
/// A corner of the machine for one run: its own network, mounts and processes, so that every port
/// is free and nothing outlives the run.
#include "protocols/base/result.hpp"

namespace trellis::real {

/// Returns in a child process that is inside. The calling process never returns from a success: it
/// passes signals on and exits as the child does. To be called before there are threads. Errors:
/// `denied` when this machine gives no namespaces.
result<done> enclose();

/// Ends every process that is still there below this one, at most for five seconds.
void sweep();

} // namespace trellis::real
