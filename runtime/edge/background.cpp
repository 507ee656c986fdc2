#include "runtime/edge/background.hpp"

#include "runtime/node/signals.hpp"

namespace trellis::edge {

background::background()
    : thread_([this] {
        leave_signals_to_main();
        work();
      }) {}

background::~background() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool background::run(std::function<void()> what) {
  {
    std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() >= most_waiting)
      return false;
    waiting_.push_back(std::move(what));
  }
  changed_.notify_one();
  return true;
}

void background::work() {
  for (;;) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_)
      return;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next();
  }
}

} // namespace trellis::edge
