#pragma once
/// The time of a node. CAF's actor clock is steady and one a system (virtual in simulation); the
/// wall clock is a base plus what the steady one has run, plus the node's own skew.
#include <chrono>

namespace trellis {

using wall_time = std::chrono::sys_time<std::chrono::microseconds>;
using steady_time = std::chrono::steady_clock::time_point;

class node_clock {
public:
  node_clock() = default;

  /// `wall` is the time at the steady instant `at`.
  node_clock(wall_time wall, steady_time at, std::chrono::microseconds skew = {})
      : base_(wall), at_(at), skew_(skew) {}

  /// The wall time at a steady instant: `clock.wall(self->clock().now())`.
  wall_time wall(steady_time now) const {
    return base_ + std::chrono::duration_cast<std::chrono::microseconds>(now - at_) + skew_;
  }

private:
  wall_time base_{};
  steady_time at_{};
  std::chrono::microseconds skew_{};
};

} // namespace trellis
