#pragma once
/// Runs outside commands for actors: a bounded queue before a few threads. A command that hangs is
/// killed at its own time limit, so a thread is never lost.
#include "runtime/interfaces/base.hpp"
#include "runtime/process/command.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>

namespace trellis {

namespace process {

struct run_command {
  using stays_at_home = void;
  command what;
};

struct command_ended {
  using stays_at_home = void;
  finished how;
};

} // namespace process

/// Errors: those of process::run; `busy` when too many wait; `timed_out` with the program's name.
using process_actor = caf::typed_actor<asked<process::run_command, process::command_ended>>;

namespace process {

struct pool_config {
  std::size_t workers = 4;   // too few: commands wait for each other; each is a thread
  std::size_t waiting = 500; // beyond that commands are refused as busy
};

class pool_shell {
public:
  using pointer = process_actor::stateful_pointer<pool_shell>;

  void start(pointer self, pool_config cfg);
  caf::result<command_ended> on_run(run_command& x);

  static inline const char* name = "process";

private:
  using promise = caf::typed_response_promise<command_ended>;

  void give(const process_actor& worker, run_command x, promise answer);
  void next(const process_actor& worker);

  pointer self_ = nullptr;
  pool_config cfg_;
  std::vector<process_actor> idle_;
  std::deque<std::pair<run_command, promise>> queue_;
};

process_actor::behavior_type command_pool(pool_shell::pointer self, pool_config cfg);

} // namespace process

} // namespace trellis
