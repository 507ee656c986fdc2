#pragma once
/// Whether an event is late, judged by its sequence code alone: no clock of any host decides (L&B
/// Developer's Guide, sequence codes; the branch rules of shallow and deep resubmission).
///
/// A branch is one pass through the workload manager; the WM counter tells them apart. While
/// nothing is known to run, the newest code wins. Once a payload really runs, only its branch
/// speaks.
#include "protocols/lb/event_table.hpp"
#include "protocols/lb/status.hpp"

namespace trellis::lb {

/// A place in the order of a job's events. Equal codes are ordered by the sender's time.
struct mark {
  sequence_code code;
  moment at{};

  friend auto operator<=>(const mark&, const mark&) = default;
};
TRELLIS_INSPECT(mark, code, at)

inline mark mark_of(const event& e) { return {e.seqcode, e.timestamp}; }

/// The same place with the LM counter left out: where an event of the log monitor stands among
/// those of the worker node, which never know the LM counter.
mark without_lm(mark x);

inline bool same_branch(const mark& a, const mark& b) {
  return a.code[counter::wm] == b.code[counter::wm];
}

inline bool older_branch(const mark& a, const mark& b) {
  return a.code[counter::wm] < b.code[counter::wm];
}

/// What is remembered of the order of events already seen.
struct order_memory {
  std::optional<mark> last;          // the newest event that counted
  std::optional<mark> last_lm;       // the newest of the log monitor, its LM counter kept
  std::optional<mark> last_cancel;   // cancellations are ordered among themselves
  std::optional<mark> branch_tag;    // the branch on which the payload really runs
  std::optional<mark> last_branch;   // the newest event that counted on that branch
  std::optional<mark> deep_resubmit; // where the last deep resubmission began
};
TRELLIS_INSPECT(order_memory, last, last_lm, last_cancel, branch_tag, last_branch, deep_resubmit)

enum class verdict : std::uint8_t {
  ok,      // may change the state
  late,    // only fills in what is not known
  suspect, // this source does not log such an event: stored, without effect
};

enum class branch : std::uint8_t { none, too_old, good, bad };

struct judgement {
  verdict res = verdict::ok;
  branch fine = branch::none;

  friend bool operator==(const judgement&, const judgement&) = default;
};

judgement judge(const order_memory& seen, job_state now, const event& e);

/// A new pass through the front of the WMS: the branches of the pass before no longer matter.
void forget_older_pass(order_memory& seen, const event& e);

/// After an event that counted. `favour_lrms`: events of the worker node may still follow it.
void remember(order_memory& seen, const event& e, const judgement& j, bool favour_lrms);

/// These stand outside the order: people send them at any time, with a code of their own making.
constexpr bool outside_order(kind x) {
  return x == kind::change_acl || x == kind::user_tag || x == kind::remark;
}

} // namespace trellis::lb
