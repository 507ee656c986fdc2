#pragma once
/// Processes of benchmarks: the programs that stand beside trellis-bench.
#include <string>
#include <sys/types.h>
#include <vector>

namespace trellis::bench {

/// The path of a program of ours.
std::string beside(const char* program);

/// The process, with its output in `log`; -1 when it could not be started.
pid_t spawn(const std::vector<std::string>& words, const std::string& log);

/// Waits for its end.
bool ends_well(pid_t pid);

} // namespace trellis::bench
