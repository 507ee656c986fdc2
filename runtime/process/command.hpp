#pragma once
/// Running outside programs. Arguments are a vector and never pass a shell; nothing of ours is
/// inherited but what is named here. Blocking: for threads of their own (process_actor).
#include "protocols/base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trellis::process {

struct command {
  std::vector<std::string> arguments; // the first is the program: a path, or a name for PATH
  std::vector<std::pair<std::string, std::string>>
      environment;                    // beside PATH, HOME and LANG of ours
  std::vector<std::string> inherited; // names of variables of ours that go along when they are set
  std::string input;                  // its standard input
  std::chrono::milliseconds time_limit{60'000}; // then it is killed
  std::size_t output_limit = 16u << 20;         // of each stream; the rest is dropped
};

struct finished {
  int exit_code = 0; // 128+n for signal n
  std::string output, errors;
  bool timed_out = false;
  bool cut = false; // there was more output than the limit
};

/// Errors: `not_found` when there is no such program, `internal` when no process can be made.
result<finished> run(const command& x);

/// Which process: a number alone may be given to another one later.
struct process_id {
  int pid = 0;
  std::uint64_t born = 0; // field 22 of /proc/PID/stat, ticks since the boot; 0: not known

  friend bool operator==(const process_id&, const process_id&) = default;
};

/// Starts a program that nobody waits for; see `reap`. Its standard input is a descriptor of ours,
/// or nothing (-1).
result<process_id> start(const command& x, int input = -1);

/// Takes the exit status of a process that `start` made, if it has ended.
bool reap(int pid);

/// Whether this very process lives; a zombie does not.
bool alive(const process_id& x);

/// To the group that `x` leads, if it is still the same process. False: it is gone.
bool signal_group(const process_id& x, int signal);

/// What /proc/PID/stat says of a process: its birth, and whether it is a zombie.
struct process_stat {
  std::uint64_t born = 0;
  bool zombie = false;
};

std::optional<process_stat> read_stat(std::string_view text);

} // namespace trellis::process
