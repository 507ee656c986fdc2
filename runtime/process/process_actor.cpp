#include "runtime/process/process_actor.hpp"

#include <fmt/format.h>

namespace trellis::process {
namespace {

/// After the command's own limit, for what the machine needs to start and bury it.
constexpr auto slack = std::chrono::seconds{60};

process_actor::behavior_type worker(process_actor::pointer) {
  return {[](const run_command& x) -> caf::result<command_ended> {
    auto end = run(x.what);
    if (!end)
      return to_caf(end.why());
    if (end->timed_out)
      return to_caf({errc::timed_out, fmt::format("{} did not end within {} s", x.what.arguments[0],
                                                  x.what.time_limit.count() / 1000)});
    return command_ended{std::move(*end)};
  }};
}

} // namespace

void pool_shell::start(pointer self, pool_config cfg) {
  self_ = self;
  cfg_ = cfg;
  for (std::size_t i = 0; i < cfg_.workers; ++i)
    idle_.push_back(self_->spawn<caf::detached + caf::linked>(worker));
}

caf::result<command_ended> pool_shell::on_run(run_command& x) {
  if (idle_.empty() && queue_.size() >= cfg_.waiting)
    return to_caf({errc::busy, fmt::format("{} commands wait already", queue_.size())});
  auto answer = self_->make_response_promise<command_ended>();
  if (idle_.empty()) {
    queue_.emplace_back(std::move(x), answer);
  } else {
    auto who = idle_.back();
    idle_.pop_back();
    give(who, std::move(x), answer);
  }
  return answer;
}

void pool_shell::give(const process_actor& worker, run_command x, promise answer) {
  auto limit = x.what.time_limit + slack;
  self_->request(worker, limit, std::move(x))
      .then(
          [this, worker, answer](command_ended& end) mutable {
            answer.deliver(std::move(end));
            next(worker);
          },
          [this, worker, answer](caf::error& e) mutable {
            answer.deliver(std::move(e));
            next(worker);
          });
}

void pool_shell::next(const process_actor& worker) {
  if (queue_.empty()) {
    idle_.push_back(worker);
    return;
  }
  auto [x, answer] = std::move(queue_.front());
  queue_.pop_front();
  give(worker, std::move(x), std::move(answer));
}

process_actor::behavior_type command_pool(pool_shell::pointer self, pool_config cfg) {
  auto& shell = self->state;
  shell.start(self, cfg);
  return {[&shell](run_command& x) { return shell.on_run(x); }};
}

} // namespace trellis::process
