#pragma once
/// The time of a node. CAF's actor clock is steady and one a system (virtual in simulation); the
/// wall clock is a base plus what the steady one has run, plus the node's own skew.
#include <chrono>
#include <memory>

namespace trellis {

using wall_time = std::chrono::sys_time<std::chrono::microseconds>;
using steady_time = std::chrono::steady_clock::time_point;

class node_clock {
public:
  node_clock() = default;

  /// How far a clock is off; shared by all copies: a simulated one can be set while it runs.
  using skew = std::shared_ptr<const std::chrono::microseconds>;

  /// `wall` is the time at the steady instant `at`.
  node_clock(wall_time wall, steady_time at, skew off = nullptr)
      : base_(wall), at_(at), skew_(std::move(off)) {}

  /// The wall time at a steady instant: `clock.wall(self->clock().now())`.
  wall_time wall(steady_time now) const {
    auto true_time = base_ + std::chrono::duration_cast<std::chrono::microseconds>(now - at_);
    return skew_ ? true_time + *skew_ : true_time;
  }

private:
  wall_time base_{};
  steady_time at_{};
  skew skew_;
};

} // namespace trellis
