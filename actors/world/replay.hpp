#pragma once
/// Plays a story: the work is sent, what happens happens, what must hold is judged at every step.
/// The same story with the same seed plays the same way on every machine. A small one needs one
/// thread; a large one lives on several islands (runtime/simulation/islands.hpp), and is judged
/// after each window, by what happened at each of its moments.
///
/// Errors before the start: `usage`, with the place of a statement that needs what is not there.
#include "actors/world/judge.hpp"
#include "actors/world/traces.hpp"
#include "protocols/scenario/agenda.hpp"

#include <memory>

namespace trellis::world {

using scenario::milliseconds;

/// A look at a run, for people who wait for it.
struct progress {
  milliseconds now{0};
  std::uint64_t steps = 0;
  std::map<lb::job_state, std::uint64_t> jobs;
};

struct replay_options {
  std::optional<std::uint64_t> seed; // else the story's
  std::optional<milliseconds> until; // else the story's
  scenario::log_reader read;
  /// Called every so many steps.
  std::function<void(const progress&)> tell;
  std::uint64_t tell_every = 50'000;
  std::size_t shuffle = 8; // see simulation::virtual_system
  bool stop_at_failure = false;
  unsigned threads = 0; // of a large story; 0: one for each processor. They change nothing else
};

struct replay_result {
  bool held = false; // every expectation, every trace, every promise
  std::vector<verdict> verdicts;
  std::vector<traced> traces;
  std::optional<std::string> broken; // a promise (promises.hpp); the run ended there
  std::uint64_t hash = 0;            // of all L&B events
  progress end;
  std::uint64_t frames = 0, events = 0;
  std::uint64_t shares_judged = 0; // slots given while another VO waited
};

class replay {
public:
  /// The story must outlive the run.
  static result<std::unique_ptr<replay>> make(const scenario::story& told, replay_options options);
  ~replay();

  replay_result run();

  const truth& facts() const;

  /// The events of a job that L&B has, in the order of their arrival.
  std::vector<lb::stored_event> events_of(const job_id& job) const;

  /// All events of all jobs.
  std::vector<lb::stored_event> all_events() const;

private:
  struct parts;
  explicit replay(std::unique_ptr<parts> x);
  std::unique_ptr<parts> parts_;
};

} // namespace trellis::world
