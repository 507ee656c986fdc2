#pragma once
/// The expectations of a story, judged while it runs. Each looks only at jobs that have changed:
/// what a whole grid of jobs says costs no more than what one says.
#include "actors/world/truth.hpp"
#include "protocols/scenario/grid.hpp"

#include <functional>

namespace trellis::world {

/// What the judge asks about nodes.
struct node_facts {
  std::function<bool(const host_name&, scenario::node_state)> is;
  std::function<std::uint64_t(const host_name&)> outbox; // letters that wait
};

struct verdict {
  const scenario::expectation* what = nullptr;
  bool decided = false, held = false;
  scenario::milliseconds when{0}; // it was decided
  std::string found;              // what was there instead, when it did not hold
  std::optional<job_index> job;   // a job that shows it
};

class judge {
public:
  judge(const scenario::story& story, const truth& facts, node_facts nodes);

  /// These jobs have changed; anything else may have.
  void look(std::span<const job_index> changed, scenario::milliseconds now);

  /// `by` and `at` of this moment, before anything else happens at it.
  void clock(scenario::milliseconds now);

  /// The run is over.
  void end(scenario::milliseconds now);

  const std::vector<verdict>& verdicts() const { return verdicts_; }

  bool all_held() const;
  bool anything_failed() const;

  /// The next `by` or `at` that is not decided.
  std::optional<scenario::milliseconds> next() const;

private:
  /// Which jobs a condition is about, and which of them it is true of.
  struct tally {
    std::vector<signed char> known; // by job: -1 not about it, else 0 or 1
    std::uint64_t about = 0, yes = 0;
    std::optional<job_index> last_yes, last_no;
  };

  void count(std::size_t i, job_index job);
  bool holds(std::size_t i, scenario::milliseconds now, bool at_any) const;
  void decide(std::size_t i, bool held, scenario::milliseconds now);
  std::string found(std::size_t i, scenario::milliseconds now) const;
  bool of_nodes(const scenario::condition& x, scenario::milliseconds now, bool any) const;

  const scenario::story& story_;
  const truth& facts_;
  node_facts nodes_;
  std::vector<verdict> verdicts_;
  std::vector<tally> tallies_;
  bool failed_ = false;
};

} // namespace trellis::world
