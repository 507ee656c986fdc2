#pragma once
/// Named instants at which a test lets this very process die as a power cut would: in the middle
/// of a commit, between a hand-over and its record. Without `arm` a point costs one load and does
/// nothing.
#include <atomic>
#include <string_view>

namespace trellis {

/// "name" or "name:3" (the third time). The process ends there with SIGKILL. Empty: none. Called
/// once by main, before any actor runs.
void arm_crash_point(std::string_view spec);

namespace detail {
extern std::atomic<bool> crash_point_armed;
void reach_crash_point(std::string_view name);
} // namespace detail

/// Points are: store-before-commit, store-after-commit, wms-before-hand-over, wms-after-hand-over,
/// ce-before-submit, ce-after-submit, ce-after-report.
inline void crash_point(std::string_view name) {
  if (detail::crash_point_armed.load(std::memory_order_relaxed))
    detail::reach_crash_point(name);
}

} // namespace trellis
