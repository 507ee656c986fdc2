#pragma once
/// One actor system in one thread, with a clock that moves only when it is told to. Which of the
/// actors that have something to do comes next is drawn from a seed: each draw is an order in which
/// threads could have run them.
///
/// What lives in it must have ended, or be ended with `end`, before it goes.
#include "runtime/node/random.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <optional>
#include <vector>

namespace trellis::simulation {

struct virtual_config : caf::actor_system_config {
  virtual_config();
};

class virtual_system {
public:
  using time_point = caf::actor_clock::time_point;

  /// `shuffle`: how many of those that wait longest the draw is made among; 1: always the first.
  explicit virtual_system(std::uint64_t seed, std::size_t shuffle = 8);
  ~virtual_system();

  virtual_system(const virtual_system&) = delete;
  virtual_system& operator=(const virtual_system&) = delete;

  caf::actor_system& system() { return system_; }

  time_point now() const { return scheduler_.clock().now(); }

  /// One actor handles one message; false when there is nothing to do at this moment.
  bool step();

  /// Until there is nothing to do at this moment.
  void settle();

  /// Somebody has something to do at this moment.
  bool busy() const { return !scheduler_.jobs.empty(); }

  /// When the next timer fires, if there is one.
  std::optional<time_point> next_timer() const;

  /// The clock moves on to the next timer, and it fires.
  void fire();

  /// The clock moves on to `when`; no timer may be due before.
  void wait_until(time_point when);

  /// All there is to do, and what timers want before `end`; then the clock stands there.
  void run_until(time_point end);

  std::uint64_t steps() const { return steps_; }

  /// Kills these, and what they leave behind.
  void end(std::vector<caf::strong_actor_ptr> all);

private:
  virtual_config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  random_source chance_;
  std::size_t shuffle_;
  std::uint64_t steps_ = 0;
};

} // namespace trellis::simulation
