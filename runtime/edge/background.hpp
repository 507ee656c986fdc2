#pragma once
/// A thread for what may wait for a disk, so that the links never do. First come, first served.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace trellis::edge {

class background {
public:
  static constexpr std::size_t most_waiting = 256;

  background();
  ~background(); // what waits is dropped

  background(const background&) = delete;
  background& operator=(const background&) = delete;

  /// False when too much waits already.
  bool run(std::function<void()> what);

private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace trellis::edge
