#pragma once
/// Several virtual systems with one time. Within a window each runs by itself, on as many threads
/// as there are; between windows all clocks stand at the same moment, and whoever owns the islands
/// may touch what lives in them. What one sends another must arrive after the window (network.hpp).
///
/// The same seed plays the same way with any number of threads.
#include "runtime/simulation/virtual_system.hpp"

#include <memory>

namespace trellis::simulation {

class islands {
public:
  using time_point = virtual_system::time_point;

  /// `threads` in all, the caller's among them; 0: one for each processor. `shuffle`: of each
  /// (virtual_system.hpp).
  islands(std::uint64_t seed, std::size_t count, unsigned threads, std::size_t shuffle = 8);
  ~islands();

  islands(const islands&) = delete;
  islands& operator=(const islands&) = delete;

  std::size_t size() const { return all_.size(); }

  virtual_system& at(std::size_t i) { return *all_[i]; }

  std::vector<caf::actor_system*> systems();

  time_point now() const { return all_.front()->now(); }

  /// Somebody has something to do at this moment.
  bool busy() const;

  /// When the next timer fires anywhere, if there is one.
  std::optional<time_point> next_timer() const;

  std::uint64_t steps() const;

  /// A window: every island does what it has to do, and what its timers want before `end`. All
  /// clocks stand at `end` then.
  void run_until(time_point end);

  /// All clocks move on to `when`; no timer may be due before.
  void wait_until(time_point when);

  /// Kills these, and what they leave behind.
  void end(std::vector<caf::strong_actor_ptr> all);

private:
  class crew;

  std::vector<std::unique_ptr<virtual_system>> all_;
  std::unique_ptr<crew> crew_;
};

} // namespace trellis::simulation
