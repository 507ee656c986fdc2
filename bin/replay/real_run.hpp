#pragma once
/// Plays a story with real trellis-node processes on the loopback, in real time: what happens is
/// done with signals, through control sockets and by a relay between the nodes; what must hold is
/// judged by what L&B says and payloads note. A step is a look at all of it, some ten a second.
///
/// Errors: `usage` for what a log says; `internal` when the nodes do not come up, with their words.
#include "actors/world/replay.hpp"
#include "bin/replay/playable.hpp"

namespace trellis::real {

struct real_options {
  std::optional<std::uint64_t> seed;           // else the story's
  std::optional<scenario::milliseconds> until; // else the story's
  scale by;
  std::string base;        // an empty directory, for the nodes
  std::string node_binary; // trellis-node
  std::string node_log = "info";
  scenario::log_reader read;
  std::function<void(const world::progress&)> tell; // about once a second
  std::function<bool()> interrupted;                // true: the run is to end here
};

class real_run {
public:
  /// The story must outlive the run, and be playable. All nodes run and know each other then.
  static result<std::unique_ptr<real_run>> make(const scenario::story& told, real_options options);
  ~real_run();

  /// All nodes have ended when it returns.
  world::replay_result play();

  bool interrupted() const;

  const world::truth& facts() const;

  /// Of jobs, as L&B had them at the end.
  std::vector<lb::stored_event> events_of(const job_id& job) const;
  std::vector<lb::stored_event> all_events() const;

  /// When this was, in the time of the story.
  scenario::milliseconds told(lb::moment x) const;

private:
  struct parts;
  explicit real_run(std::unique_ptr<parts> x);
  std::unique_ptr<parts> parts_;
};

} // namespace trellis::real
