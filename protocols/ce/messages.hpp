#pragma once
/// What one asks of a computing element, and what it tells. A CE owns attempts: one attempt is one
/// try to run a job there. Every message about a job carries the attempt number, so that a late
/// word of an old attempt is known for what it is.
#include "protocols/lb/sequence_code.hpp"
#include "protocols/names/ce_id.hpp"
#include "protocols/names/job_id.hpp"
#include "protocols/names/principal.hpp"
#include "protocols/sandbox/chunk.hpp"

#include <chrono>
#include <map>
#include <optional>

namespace trellis::ce {

using moment = std::chrono::sys_time<std::chrono::microseconds>;

/// An attempt of a job: numbers run from 1, given by the WMS that owns the job.
struct attempt_id {
  job_id job;
  std::uint32_t number = 0;

  friend auto operator<=>(const attempt_id&, const attempt_id&) = default;
};
TRELLIS_INSPECT(attempt_id, job, number)

inline bool complete(const attempt_id& x) { return !x.job.empty(); }

/// The states of CREAM (CREAM user guide), of one attempt.
enum class attempt_state : std::uint8_t {
  registered = 0,
  pending,        // input is being fetched, then handed to the batch system
  idle,           // queued in the batch system
  running,        // the wrapper began
  really_running, // the payload began
  held,
  done_ok,     // the payload ended, whatever its exit code
  done_failed, // the wrapper or the batch system failed
  cancelled,
  aborted, // never properly executed
  purged,
};

constexpr bool known(attempt_state x) { return x <= attempt_state::purged; }

std::string_view word(attempt_state x); // REGISTERED, PENDING, ..., REALLY-RUNNING, ...
bool is_final(attempt_state x);

/// What a job needs of the batch system; 0 means: as the queue gives.
struct resources {
  std::uint32_t cpus = 1;
  std::uint64_t memory_mib = 0, disk_mib = 0;
  std::chrono::seconds wall_time{0}, cpu_time{0};
  std::uint32_t gpus = 0;
  std::string gpu_model, container_image;
};
TRELLIS_INSPECT(resources, cpus, memory_mib, disk_mib, wall_time, cpu_time, gpus, gpu_model,
                container_image)

/// All that the wrapper needs.
struct work {
  std::string executable, arguments, std_input, std_output, std_error;
  std::vector<std::string> environment; // NAME=value
  std::vector<sandbox_file> input;      // to pull from the WMS, or there from the JDL's own names
  std::vector<std::string> output;      // names and wildcards, relative to the job's directory
  std::string prologue, prologue_arguments, epilogue, epilogue_arguments;
  std::uint64_t max_output_bytes = 100'000'000;
};
TRELLIS_INSPECT(work, executable, arguments, std_input, std_output, std_error, environment, input,
                output, prologue, prologue_arguments, epilogue, epilogue_arguments,
                max_output_bytes)

/// How the payload's start is guarded (jobs.md 4.7): whoever takes the token starts the payload.
enum class token_mode : std::uint8_t {
  ask = 0, // the CE asks the WMS when the wrapper wants to start
  granted, // granted in advance with the lease: the CE answers itself
  none,    // no token (ShallowRetryCount = -1)
};

constexpr bool known(token_mode x) { return x <= token_mode::none; }

/// A letter from the WMS: run this. A repeat of an attempt that is known changes nothing.
struct hand_over {
  principal who; // the job's owner
  attempt_id attempt;
  ce_id queue;
  host_name wms; // who is told, and asked for files
  lb::sequence_code seqcode;
  work what;
  resources needs;
  std::chrono::seconds lease{1800};
  bool idempotent = false; // a lapsed lease does not kill
  token_mode token = token_mode::ask;
  /// The WMS's clock when it gave the lease, plus the lease. A letter may wait long in an outbox:
  /// one that arrives later than this starts nothing and ends as lease_lapsed, and the first lease
  /// ends here at the latest. The epoch: no such end.
  moment valid_until{};
  /// The id of the proxy that the owner has delegated to the WMS; the CE asks there for one of its
  /// own (wms::sign_proxy). Empty: the payload gets none.
  std::string delegation;
};
TRELLIS_INSPECT(hand_over, who, attempt, queue, wms, seqcode, what, needs, lease, idempotent, token,
                valid_until, delegation)

inline bool complete(const hand_over& x) { return !x.queue.empty() && !x.wms.empty(); }

/// A letter from the WMS. An attempt nobody knows is noted as cancelled, so that a hand-over that
/// comes after it does not run.
struct cancel_attempt {
  attempt_id attempt;
  std::string reason;
};
TRELLIS_INSPECT(cancel_attempt, attempt, reason)

/// A letter from the WMS: the answer to ask_token.
struct token_answer {
  attempt_id attempt;
  bool granted = false;
  std::string reason; // when refused
};
TRELLIS_INSPECT(token_answer, attempt, granted, reason)

/// A letter from the WMS: it has the output on disk; the session directory may go.
struct release {
  attempt_id attempt;
};
TRELLIS_INSPECT(release, attempt)

/// The WMS renews the leases of all its attempts on this CE. `time_left` counts from the arrival.
struct renew_leases {
  host_name wms;
  std::vector<attempt_id> attempts;
  std::chrono::seconds time_left{1800};
};
TRELLIS_INSPECT(renew_leases, wms, attempts, time_left)

struct leases_renewed {
  std::vector<attempt_id> unknown; // never heard of, or over long since
};
TRELLIS_INSPECT(leases_renewed, unknown)

/// A file of a session directory: the output when it is over, the standard streams while it runs.
struct read_file {
  attempt_id attempt;
  std::string file;
  std::uint64_t offset = 0;
  std::uint32_t size = chunk_limit_bytes;
};
TRELLIS_INSPECT(read_file, attempt, file, offset, size)

/// What the payload used, from wait4 where the starter ran it, else from the batch system.
struct usage {
  double wall_s = 0, user_s = 0, system_s = 0;
  std::uint64_t max_rss_kib = 0;
  std::optional<double> energy_j;
};
TRELLIS_INSPECT(usage, wall_s, user_s, system_s, max_rss_kib, energy_j)

/// Who failed, when an attempt did.
enum class failure_class : std::uint8_t {
  none = 0,
  before_payload, // the site's fault; the payload never began
  after_payload,  // the payload had begun
  lease_lapsed,   // killed because the WMS could not be heard
  token_refused,  // another attempt has the token
  gave_up_token,  // the wait for the token ended; the token counts as taken when granted later
  job_fault,      // the job's own: executable missing
};

constexpr bool known(failure_class x) { return x <= failure_class::job_fault; }

/// The present state of an attempt and the facts known so far; each report carries them all.
struct attempt_facts {
  attempt_state state = attempt_state::registered;
  moment at{};
  std::string local_id, worker_node, reason;
  failure_class failure = failure_class::none;
  std::int32_t exit_code = -1; // of the payload; 128+n for signal n; -1: not known
  usage used;
  std::vector<sandbox_file> output; // what can be pulled, once it is over
  lb::sequence_code seqcode;        // the CE's last one
};
TRELLIS_INSPECT(attempt_facts, state, at, local_id, worker_node, reason, failure, exit_code, used,
                output, seqcode)

struct list_attempts {
  principal who;
};
TRELLIS_INSPECT(list_attempts, who)

struct attempt_row {
  attempt_id attempt;
  attempt_facts facts;
  std::chrono::seconds lease_left{0};
};
TRELLIS_INSPECT(attempt_row, attempt, facts, lease_left)

struct attempt_rows {
  std::vector<attempt_row> attempts;
};
TRELLIS_INSPECT(attempt_rows, attempts)

/// An operator's act: no new attempts from now on (or again, with `on` false).
struct drain {
  principal who;
  bool on = true;
  std::string reason;
};
TRELLIS_INSPECT(drain, who, on, reason)

struct drained {};

} // namespace trellis::ce
