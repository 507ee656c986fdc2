#pragma once
/// What one asks of the workload management (users through the control socket or the HTTPS front,
/// CEs over the link). The WMS alone decides whether and where a job runs.
#include "protocols/ce/messages.hpp"
#include "protocols/names/principal.hpp"
#include "protocols/sandbox/chunk.hpp"

namespace trellis::wms {

// --- users -------------------------------------------------------------------------------------

/// Registers a job and, without files to upload or with `start`, starts it. `request` is chosen by
/// the client; a repeat returns the first answer. Errors: `usage` with all JDL problems, a line
/// each.
struct submit {
  principal who;
  std::string request;
  std::string jdl;
  bool start = true;
  bool dry_run = false; // only check
  /// A proxy that `who` has delegated to the node of the WMS, by its id: the payload gets one made
  /// from it. Empty: it gets none.
  std::string delegation = {};
};
TRELLIS_INSPECT(submit, who, request, jdl, start, dry_run, delegation)

struct submitted {
  job_id job;
  std::vector<std::string> upload;   // leaf names the client has to send before `start`
  std::vector<std::string> warnings; // what was changed or ignored in the JDL
};
TRELLIS_INSPECT(submitted, job, upload, warnings)

/// A piece of an input sandbox file, in order; a piece that is there already is taken as a repeat.
struct put_input {
  principal who;
  job_id job;
  std::string file;
  chunk piece;
  bool executable = false;
};
TRELLIS_INSPECT(put_input, who, job, file, piece, executable)

/// How much of the file the WMS has on disk: the offset to send from.
struct input_taken {
  std::uint64_t size = 0;
};
TRELLIS_INSPECT(input_taken, size)

/// Starts a registered job. `illegal_transition` when it is started or over already.
struct start {
  principal who;
  job_id job;
};
TRELLIS_INSPECT(start, who, job)

struct started {};

struct cancel {
  principal who;
  job_id job;
  std::string reason;
};
TRELLIS_INSPECT(cancel, who, job, reason)

struct cancel_taken {};

/// Which CEs would take this JDL now. Errors: `no_match`.
struct list_match {
  principal who;
  std::string jdl;
};
TRELLIS_INSPECT(list_match, who, jdl)

struct candidate {
  std::string ce;
  double rank = 0;
};
TRELLIS_INSPECT(candidate, ce, rank)

/// One top-level conjunct of the requirements, and what it does to the CEs.
struct clause_verdict {
  std::string clause;
  std::uint32_t excludes = 0;      // CEs for which it is false or an error
  std::uint32_t undefined = 0;     // CEs for which it is undefined
  std::string undefined_attribute; // the first attribute that was missing
};
TRELLIS_INSPECT(clause_verdict, clause, excludes, undefined, undefined_attribute)

struct matches {
  std::vector<candidate> ces; // best first
  std::uint32_t considered = 0;
  std::vector<clause_verdict> clauses;
};
TRELLIS_INSPECT(matches, ces, considered, clauses)

/// Why is this job where it is?
struct why {
  principal who;
  job_id job;
};
TRELLIS_INSPECT(why, who, job)

struct explanation {
  std::string state;     // of the WMS: registered, idle, handed over, lost contact, ...
  std::string waits_for; // one sentence; empty: for nothing
  std::string last_error;
  std::uint32_t attempt = 0;
  std::string ce;
  matches now;             // for an idle job: against the present information
  std::uint32_t ahead = 0; // idle jobs before it in the queue
  std::vector<std::pair<std::string, double>> shares; // VO, group, user: effective priority
};
TRELLIS_INSPECT(explanation, state, waits_for, last_error, attempt, ce, now, ahead, shares)

/// What of the output there is. While the job runs only the standard streams can be read, live.
struct list_output {
  principal who;
  job_id job;
};
TRELLIS_INSPECT(list_output, who, job)

struct output_files {
  bool final = false; // the job is over and all is here
  std::vector<sandbox_file> files;
  std::string std_output, std_error; // which of them are the standard streams
};
TRELLIS_INSPECT(output_files, final, files, std_output, std_error)

struct read_output {
  principal who;
  job_id job;
  std::string file;
  std::uint64_t offset = 0;
  std::uint32_t size = chunk_limit_bytes;
};
TRELLIS_INSPECT(read_output, who, job, file, offset, size)

/// The user has the output (or does not want it): L&B hears Clear, the sandboxes go.
struct purge {
  principal who;
  job_id job;
};
TRELLIS_INSPECT(purge, who, job)

struct purged {};

/// Who else may do what with a job, as a GACL (protocols/gacl/job_access.hpp). An empty text takes
/// it away. The owner and operators may do everything whatever it says. Errors: `malformed`.
struct set_acl {
  principal who;
  job_id job;
  std::string acl;
};
TRELLIS_INSPECT(set_acl, who, job, acl)

struct acl_set {};

struct get_acl {
  principal who;
  job_id job;
};
TRELLIS_INSPECT(get_acl, who, job)

struct job_acl {
  std::string owner; // the subject
  std::string acl;   // empty: there is none
};
TRELLIS_INSPECT(job_acl, owner, acl)

// --- computing elements ------------------------------------------------------------------------

/// A step of an attempt, from its CE. A letter: it arrives, once, in order.
struct report {
  ce::attempt_id attempt;
  ce::attempt_facts facts;
};
TRELLIS_INSPECT(report, attempt, facts)

/// The wrapper of this attempt wants to start the payload.
struct ask_token {
  ce::attempt_id attempt;
};
TRELLIS_INSPECT(ask_token, attempt)

/// The CE pulls an input file. Only the one where the job's present attempt is.
struct read_input {
  ce::attempt_id attempt;
  std::string file;
  std::uint64_t offset = 0;
  std::uint32_t size = chunk_limit_bytes;
  principal who; // the CE's node
};
TRELLIS_INSPECT(read_input, attempt, file, offset, size, who)

/// A proxy for the payload: the CE has made a key and asks for the signature of the job's delegated
/// proxy. Only the one where the job's present attempt is. Errors: `not_found` when nothing was
/// delegated or it was taken back, `expired`.
struct sign_proxy {
  ce::attempt_id attempt;
  std::string csr; // PEM
  principal who;   // the CE's node
};
TRELLIS_INSPECT(sign_proxy, attempt, csr, who)

/// A limited proxy for the key of the request, and the chain below it.
struct signed_proxy {
  std::string chain; // PEM
};
TRELLIS_INSPECT(signed_proxy, chain)

/// All attempts that a CE holds for this WMS: after a link came up, and after a store was restored.
/// The answer names those that are stale and to be killed.
struct inventory {
  host_name ce;
  std::vector<ce::attempt_id> attempts;
};
TRELLIS_INSPECT(inventory, ce, attempts)

struct inventory_answer {
  std::vector<ce::attempt_id> stale;
};
TRELLIS_INSPECT(inventory_answer, stale)

} // namespace trellis::wms
