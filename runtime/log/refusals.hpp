#pragma once
/// Lines about strangers who were refused. Ports are open to the world, and what is said there must
/// not fill the disk: at most 100 lines a second, and how many more there were. From any thread.
#include "protocols/base/result.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>

namespace trellis::log {

class refusals {
public:
  using clock = std::chrono::steady_clock;
  static constexpr unsigned lines_a_second = 100;

  /// `what` is refused: connections, requests.
  explicit refusals(std::string_view what) : what_(what) {}

  void say(std::string_view id, std::string_view remote, const trellis::error& why,
           clock::time_point now = clock::now());

private:
  /// How many were not said in the second that is over; nothing when this one is not to be said.
  std::optional<unsigned> count(clock::time_point now);

  const std::string_view what_;
  std::mutex mutex_;
  clock::time_point since_{};
  unsigned lines_ = 0;
};

} // namespace trellis::log
