#pragma once
/// The state of a job as its events tell it (L&B User's Guide, job states; branch rules of
/// shallow and deep resubmission). A pure fold: no clock, no disk, no chance, so that a restart,
/// a dump or a replay give the same answer. It owns no data: the caller keeps the record and
/// stores it beside the events.
///
/// The order of arrival does not matter for what a job's page shows: every attribute that two
/// events could fight over is decided by sequence codes. Not folded twice: repeats are the
/// caller's to drop (`identity`), since an attempt counts once.
#include "actors/lb/order.hpp"

#include <vector>

namespace trellis::lb {

/// What was heard of one pass through the workload manager.
struct branch_record {
  std::uint32_t wm = 0;
  std::string destination, ce_node, matched_jdl;
};
TRELLIS_INSPECT(branch_record, wm, destination, ce_node, matched_jdl)

struct tag_mark {
  std::string name; // in lower case
  mark at;
};
TRELLIS_INSPECT(tag_mark, name, at)

/// Everything about one job: the public status, and what the fold must remember. One row on disk.
struct job_record {
  job_status status;
  order_memory order;
  std::optional<mark> wrapper_said;       // who last moved jw_status and payload_running
  std::optional<mark> done_said;          // the Done that set code and exit_code
  std::vector<branch_record> branches;    // by WM counter
  std::vector<tag_mark> tags;             // beside status.user_tags
  std::vector<std::string> matched_hosts; // of every CE a Match named, for admission
  std::vector<change_acl> acl;            // in force, for access
  std::uint64_t registered = 0;           // arrival number of the RegJob
  std::string seen; // identities of its events, 8 bytes each; empty in rows of old
};
TRELLIS_INSPECT(job_record, status, order, wrapper_said, done_said, branches, tags, matched_hosts,
                acl, registered, seen)

/// More passes than this are forgotten, the oldest first.
inline constexpr std::size_t most_branches = 100;

struct folded {
  judgement how;
  bool state_changed = false;
};

/// Takes an event into the record. The first one of a job must be its RegJob.
folded fold(job_record& job, const event& e);

/// Equal for two events that are the same (job, type, source, host, time, level, user, code): the
/// second is a repeat. 64 bits among the events of one job.
std::uint64_t identity(const event& e);

} // namespace trellis::lb
