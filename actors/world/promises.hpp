#pragma once
/// What must hold in every run, whatever its story: no acknowledged job is lost, at most one
/// payload start per deep cycle, never two payloads of a job at once, no CE over its slots and no
/// queue over its bound, a request makes one job, every job ends, and L&B says of it what happened;
/// no VO is given a slot while another waits that has less (fairness.hpp has the tolerance); and
/// without any fault, nothing is resubmitted.
///
/// A broken promise is a sentence that begins with its name and a colon.
#include "actors/world/fairness.hpp"
#include "protocols/scenario/scenario.hpp"

#include <optional>
#include <span>

namespace trellis::world {

class promises {
public:
  promises(const scenario::story& story, const truth& facts);

  /// A node with this role runs on an old backup: what it had acknowledged since is gone.
  void forgot(role which);

  /// The promise that a batch system breaks which has so many.
  static std::optional<std::string> slots(const scenario::ce& of, const lrms_facts& now);

  /// Somebody else has found this.
  void say(std::string what);

  /// After a step that changed these jobs.
  void look(std::span<const job_index> changed, scenario::milliseconds now);

  /// The run is over. `calm`: every node is up and hears every other; `ran_out`: it was not cut
  /// short, so that every job had the time to end.
  void end(bool calm, bool ran_out, scenario::milliseconds now);

  /// The first promise that was broken.
  const std::optional<std::string>& broken() const { return broken_; }

  /// How often the fair share was put to the test: slots given while another VO waited.
  std::uint64_t shares_judged() const;

private:
  bool may_run_twice(const job_facts& x) const;
  void end_of_quiet_run(const job_facts& x);
  void end(const job_facts& x, bool calm, bool ran_out);
  void look_at_shares(std::span<const job_index> changed, scenario::milliseconds now);

  const scenario::story& story_;
  const truth& facts_;
  std::deque<fairness> fair_; // of each WMS: what others give it does not know
  bool wms_forgot_ = false, lb_forgot_ = false;
  bool nothing_happens_ = false; // but work: no fault, no cancel, no CE that fails
  std::optional<std::string> broken_;
};

} // namespace trellis::world
