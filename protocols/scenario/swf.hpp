#pragma once
/// Logs in the Standard Workload Format of the Parallel Workloads Archive: 18 numbers a line, `;`
/// begins a comment, -1 says that nothing is known. Plain or compressed by gzip. The reader takes
/// bytes; whoever has the file reads it.
///
/// Errors: `malformed`, with the line; `busy` when a bound is passed.
#include "protocols/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace trellis::scenario {

/// The columns of use here. Times in seconds; less than 0: not known.
struct swf_job {
  std::int64_t number = 0;
  std::int64_t submitted_s = 0; // since the start of the log
  std::int64_t waited_s = -1, ran_s = -1;
  std::int64_t processors = -1; // used, or else asked for
  std::int64_t asked_time_s = -1;
  std::int64_t status = -1; // 0 failed, 1 completed, 5 cancelled
  std::int64_t user = -1, group = -1, queue = -1, partition = -1;

  friend bool operator==(const swf_job&, const swf_job&) = default;
};

struct swf_limits {
  std::uint64_t max_bytes = 1u << 30; // after decompression
  std::uint64_t skip = 0;             // jobs passed over
  std::uint64_t most = 10'000'000;    // jobs taken; the rest of the log is not looked at
};

/// Jobs in the order of submission, as the format demands; a log that goes back in time is refused.
result<std::vector<swf_job>> read_swf(std::string_view bytes, const swf_limits& limits = {});

} // namespace trellis::scenario
