#pragma once
/// Following jobs by L&B's long poll: nothing is asked on a timer. Errors: those of L&B.
#include "actors/shell/session.hpp"

#include <functional>
#include <map>

namespace trellis::shell {

struct follow_request {
  std::vector<job_id> jobs; // at least one
  std::optional<std::chrono::milliseconds> limit;
  std::function<bool(const lb::job_status&)> enough; // this job needs no more
  /// Each new event, once; may be empty.
  std::function<void(const lb::stored_event&)> on_event;
  /// Each new status; may be empty.
  std::function<void(const lb::job_status&)> on_status;
  /// Looks between two answers whether to go on, at least this often.
  std::chrono::milliseconds pace{30'000};
  std::function<bool()> go_on; // may be empty
};

struct followed {
  std::map<job_id, lb::job_status> last; // by job
  bool timed_out = false;
};

/// Returns when every job has had enough, the limit is over, or nobody wants to go on.
result<followed> follow(session& s, const follow_request& what);

} // namespace trellis::shell
