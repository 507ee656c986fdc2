#pragma once
/// What the WMS keeps of a job: the terms it was accepted on, which never change, and where it
/// stands. Both are rows (storage/wms_jobs.hpp); whoever changes the second is
/// actors/wms/job_rules.hpp.
#include "protocols/ce/messages.hpp"

namespace trellis::wms {

enum class job_phase : std::uint8_t {
  registering = 0, // the row is here; the L&B server has not confirmed yet
  registered,      // known, not started
  idle,            // waits for a match
  handed_over,     // an attempt is on its way to, or queued at, its CE
  running,         // the attempt's wrapper began
  lost_contact,    // the CE of the attempt cannot be heard
  pulling,         // the payload ended; its output comes here
  done,            // over, whatever the exit code
  aborted,
  cancelled,
  cleared, // the output was fetched or thrown away
};

constexpr bool known(job_phase x) { return x <= job_phase::cleared; }

/// As `why` says it: "idle", "handed over", "lost contact", ...
std::string_view word(job_phase x);

/// An attempt lives: the WMS renews its lease.
constexpr bool has_attempt(job_phase x) {
  return x == job_phase::handed_over || x == job_phase::running || x == job_phase::lost_contact
         || x == job_phase::pulling;
}

/// Nothing but a purge moves it any more.
constexpr bool is_over(job_phase x) { return x >= job_phase::done; }

enum class token_state : std::uint8_t {
  none = 0, // the job has none (ShallowRetryCount = -1): every resubmission is deep
  free,     // nobody took it in this deep cycle
  taken,    // by attempt `token_owner`: its payload may have started
};

constexpr bool known(token_state x) { return x <= token_state::taken; }

/// Fixed when the job is accepted.
struct job_terms {
  job_id job;
  principal who;
  std::string request; // the client's own id of the submission
  std::string vo, group, user;
  std::int32_t retry_count = 0, max_retry_count = 0;
  std::int32_t shallow_retry_count = 0, max_shallow_retry_count = 0;
  ce::moment accepted{}, expires{}; // expires: a job that still waits then is aborted
  std::chrono::seconds lease{1800};
  bool idempotent = false;
  bool fuzzy_rank = false;
  std::string jdl;          // what matchmaking compiles: checked, with defaults
  std::string requirements; // joined with the policy
  std::string rank;
  std::string cluster; // jobs of one cluster match alike
  ce::work work;       // its `input` is filled in when it is handed over
  ce::resources needs;
  std::vector<std::string> upload; // what the client has to send before the start
  bool start = true;               // to be started once it is registered
  std::string delegation;          // of the owner's proxy at this node; empty: none
  ce::moment proxy_ends{};         // as it was at the submission; the epoch: none
};
TRELLIS_INSPECT(job_terms, job, who, request, vo, group, user, retry_count, max_retry_count,
                shallow_retry_count, max_shallow_retry_count, accepted, expires, lease, idempotent,
                fuzzy_rank, jdl, requirements, rank, cluster, work, needs, upload, start,
                delegation, proxy_ends)

/// Where the job stands.
struct job_state {
  job_phase phase = job_phase::registering;
  job_phase before_lost = job_phase::handed_over; // what lost_contact returns to
  std::uint32_t attempt = 0;                      // the last one; 0: none yet
  std::optional<ce_id> ce;                        // of the last attempt
  ce::moment handed_over{};
  token_state token = token_state::free;
  std::uint32_t token_owner = 0; // an attempt
  bool granted = false;          // in advance, with the hand-over
  std::uint32_t deep = 0;        // resubmissions
  std::uint32_t shallow = 0;     // since the last deep one
  bool cancelling = false;
  std::string cancel_reason;
  lb::sequence_code seqcode;
  std::vector<host_name> previous; // CEs that failed, the youngest last
  std::string last_error;
  ce::attempt_facts facts; // of the last attempt, as far as reported
  ce::moment since{};      // in this phase
  std::string acl;         // a GACL; empty: only the owner and operators
};
TRELLIS_INSPECT(job_state, phase, before_lost, attempt, ce, handed_over, token, token_owner,
                granted, deep, shallow, cancelling, cancel_reason, seqcode, previous, last_error,
                facts, since, acl)

} // namespace trellis::wms
