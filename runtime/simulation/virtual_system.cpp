#include "runtime/simulation/virtual_system.hpp"

#include <caf/atom.hpp>
#include <caf/send.hpp>

#include <algorithm>

namespace trellis::simulation {

virtual_config::virtual_config() { set("scheduler.policy", caf::atom("testing")); }

virtual_system::virtual_system(std::uint64_t seed, std::size_t shuffle)
    : system_(config_),
      scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())),
      chance_(seed, "interleaving"), shuffle_(shuffle) {}

virtual_system::~virtual_system() { end({}); }

bool virtual_system::step() {
  auto& jobs = scheduler_.jobs;
  if (jobs.empty())
    return false;
  if (auto choice = chance_.below(std::min(shuffle_, jobs.size())); choice > 0) {
    auto at = jobs.begin() + static_cast<std::ptrdiff_t>(choice);
    std::rotate(jobs.begin(), at, at + 1);
  }
  ++steps_;
  return scheduler_.try_run_once();
}

void virtual_system::settle() {
  while (step()) {
  }
}

std::optional<virtual_system::time_point> virtual_system::next_timer() const {
  const auto& timers = scheduler_.clock().schedule();
  return timers.empty() ? std::nullopt : std::optional{timers.begin()->first};
}

void virtual_system::fire() { scheduler_.clock().trigger_timeout(); }

void virtual_system::wait_until(time_point when) {
  auto& clock = scheduler_.clock();
  clock.current_time = std::max(clock.current_time, when);
}

void virtual_system::run_until(time_point end) {
  settle();
  for (auto next = next_timer(); next && *next < end; next = next_timer()) {
    fire();
    settle();
  }
  wait_until(end);
}

void virtual_system::end(std::vector<caf::strong_actor_ptr> all) {
  for (auto& x : all)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  all.clear();
  scheduler_.run();
  scheduler_.clock().cancel_all();
  scheduler_.run();
}

} // namespace trellis::simulation
