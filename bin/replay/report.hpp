#pragma once
/// What trellis-replay prints and writes of a run, whichever way it was played.
#include "actors/world/replay.hpp"

namespace trellis::replaying {

/// What the command line says.
struct options {
  std::string file, trace_file;
  std::optional<std::uint64_t> seed;
  std::string until, log;
  bool rewrite = false, quiet = false;
  bool nodes = false; // real ones
  unsigned threads = 0;
  double speed = 20;
  std::string keep; // where directories and logs stay
};

/// A run that is over.
struct played {
  const scenario::story& story;
  const std::string& text; // of the file
  const world::replay_result& result;
  const world::truth& facts;
  world::events_reader events_of;
  std::function<std::vector<lb::stored_event>()> all_events;
  std::function<scenario::milliseconds(lb::moment)> time_of; // in the time of the story
};

std::optional<std::string> read(const std::string& path);

/// Reads `swf=` files beside the scenario.
scenario::log_reader reader_beside(const std::string& file);

/// One sentence on standard error.
int fail(const std::string& what, int code = 1);

std::string clock_of(scenario::milliseconds x);

/// `  Running 3  Done 7`
std::string counts_of(const world::progress& x);

/// One line on a terminal, rewritten.
void show(const std::string& line);
bool shows_progress(const options& o);

/// Each expectation and trace with its verdict; a failure with what was found and the last events.
void print_verdicts(const options& o, const played& x);

/// Does what the options ask for beyond that. The exit code of the program.
int conclude(const options& o, const played& x, const std::string& again);

} // namespace trellis::replaying
