#pragma once
/// One attempt of a job on a CE: what each thing that happens makes of it, and what is to be told
/// then. No clock, no files: the shell (attempt_actor) brings what happened, writes the row and the
/// letters in one step, and acts.
#include "actors/ce/lifecycle.hpp"
#include "actors/ce/records.hpp"
#include "protocols/ce/attempt_record.hpp"
#include "protocols/lb/events.hpp"

#include <vector>

namespace trellis::ce {

/// What an attempt has to say after something happened. `changed` without words: the row alone.
struct said {
  bool changed = false;
  std::vector<attempt_facts> reports; // to the WMS, one a state
  std::vector<lb::event> events;      // to the job's L&B server
  bool ask_token = false;             // the wrapper wants to start the payload
  bool answer_token = false;          // the wrapper may hear what the WMS said
  bool over = false;                  // the wrapper's last word was read: `finish` comes next
};

class attempt {
public:
  attempt() = default;

  explicit attempt(attempt_record row) : row_(std::move(row)) {}

  const attempt_record& row() const { return row_; }

  attempt_state state() const { return row_.facts.state; }

  bool live() const { return !is_final(state()); }

  /// Taken over from the WMS: registered, and on its way.
  said accept(moment now);

  /// Nothing happened, and this takes longer than usual.
  said tell() const;

  /// The CE or its batch system does not take it.
  said refuse(failure_class why, std::string reason, moment now);

  said queued(std::string local_id, moment now);

  /// In the order of the file. What was seen before changes nothing.
  said take(const std::vector<worker_record>& records, moment now);

  /// The wrapper is over and these files are left; or the batch system knows the job no more.
  said finish(std::vector<sandbox_file> output, moment now);
  said lost(std::string reason, std::vector<sandbox_file> output, moment now);

  said held(std::string reason, moment now);
  said resumed(moment now);

  /// From now on it is to end. Before it is with the batch system it ends at once.
  said end(end_cause cause, std::string reason, moment now);

  said token(bool granted);

  said release();

private:
  bool step(ce::step by, moment at, said& out);
  bool fail(failure_class why, std::string reason, moment at, said& out);
  void take(const worker_record& x, moment now, said& out);
  void close(moment now, said& out);
  lb::event event(lb::event_body what, moment at);

  attempt_record row_;
};

/// A leaf name that is the attempt's own on this CE.
std::string session_name(const attempt_id& x);

} // namespace trellis::ce
