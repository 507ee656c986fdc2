#pragma once
/// What monitoring reads of a node, in the text format of Prometheus (version 0.0.4).
#include "protocols/lb/messages.hpp"
#include "protocols/node/messages.hpp"

#include <array>
#include <atomic>
#include <optional>

namespace trellis::edge {

/// What the front has done since it began. Written by all its visitors, read by any thread.
struct front_counters {
  std::array<std::atomic<std::uint64_t>, 6> answers{}; // by the first digit of their status
  std::atomic<std::uint64_t> visitors = 0;             // at this moment
  std::atomic<std::uint64_t> refused = 0;              // with a line in the log, or without room
};

/// `front` may be null, and `jobs` missing: then there are no lines of them.
std::string metrics_text(const node::status& node, const front_counters* front,
                         const std::optional<lb::job_counts>& jobs);

} // namespace trellis::edge
