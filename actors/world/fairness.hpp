#pragma once
/// Fair share as users see it: a VO is given no slot while another waits that has less.
///
/// Of one WMS: one that knows nothing of another's jobs cannot weigh them.
///
/// The rule, looked at whenever the WMS hands over a job of a VO A while a job of another VO B,
/// which every CE would have taken, waits for its first hand-over from `settling` before that
/// until `settling` after: what A held before, per share, is at most
///
///   what B holds, per share + what B used, per share, an hour of it for one held slot
///
/// That is the tolerance: nothing is added to it but the slots that B lost within these seconds,
/// since it may have held them still. What A used is not taken off, what B used does not decay, so
/// the rule says less than the WMS does (actors/wms/fair_share.hpp), and never more.
///
/// "Held" is from the hand-over to the end of the attempt, at a CE that is lost, too. Not looked at
/// are grids in which a CE takes some VOs only, or a job more than one slot; a job whose JDL says
/// more than how often it may be tried does not count as waiting.
///
/// No CAF, no clock. Times are the run's.
#include "actors/world/truth.hpp"

#include <deque>
#include <set>

namespace trellis::world {

class fairness {
public:
  static constexpr scenario::milliseconds settling{2'000};

  explicit fairness(const scenario::story& story);

  fairness(const fairness&) = delete;
  fairness& operator=(const fairness&) = delete;

  /// A job as it is now.
  void look(job_index which, const job_facts& x, scenario::milliseconds now);

  /// Nothing more changes until `now`.
  void pass(scenario::milliseconds now);

  /// The first slot given against the rule.
  const std::optional<std::string>& unfair() const { return unfair_; }

  /// How many slots were given while another VO waited.
  std::uint64_t judged() const { return judged_; }

private:
  using milliseconds = scenario::milliseconds;

  struct account {
    std::string vo;
    std::uint32_t share = 1;
    std::int64_t held = 0;
    double used_s = 0; // until `as_of`, of what is held now, too
    milliseconds as_of{0};
    std::set<std::pair<milliseconds, job_index>> waiting; // since when
    std::deque<milliseconds> lost;                        // the last ends of attempts
  };

  struct part { // of a job
    account* of = nullptr;
    bool known = false, plain = false; // `of` and `plain` are as its first look found them
    bool waits = false, holds = false;
    std::uint32_t attempt = 0;
    milliseconds since{0};
  };

  struct given {
    std::size_t to;
    std::string job;
    milliseconds at;
  };

  account* account_of(const std::string& vo);
  void take(account& a, milliseconds now);
  void give_back(account& a, milliseconds now);
  void judge(const given& x);

  bool applies_ = true;
  std::set<std::string> plain_; // names of jobs that every CE takes
  std::vector<account> accounts_;
  std::vector<part> parts_;
  std::deque<given> given_; // not judged yet
  std::optional<std::string> unfair_;
  std::uint64_t judged_ = 0;
};

} // namespace trellis::world
