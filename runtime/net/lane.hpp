#pragma once
/// A context and the only thread that runs it, so that what lives on it needs no locks.
#include "runtime/node/signals.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <thread>

namespace trellis::net {

/// A session shares the context and may outlive the lane.
class lane {
public:
  ~lane() { stop(); }

  const std::shared_ptr<boost::asio::io_context>& io() const { return io_; }

  void start() {
    thread_ = std::thread{[io = io_] {
      leave_signals_to_main();
      auto work = boost::asio::make_work_guard(*io);
      io->run();
    }};
  }

  /// After all that was posted before.
  void stop() {
    if (!thread_.joinable())
      return;
    boost::asio::post(*io_, [io = io_.get()] { io->stop(); });
    thread_.join();
  }

  /// Once no thread runs any more: cancelled operations hold the last handles of their sessions.
  void drain() {
    io_->restart();
    io_->poll();
  }

  std::size_t connections = 0; // in the books of the service

private:
  std::shared_ptr<boost::asio::io_context> io_ = std::make_shared<boost::asio::io_context>(1);
  std::thread thread_;
};

} // namespace trellis::net
