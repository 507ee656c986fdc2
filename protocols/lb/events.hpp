#pragma once
/// What can happen to a job: one struct an event, and the frame that each comes in. The field names
/// and words are those of the L&B User's Guide, so that ULM text and queries read as they always
/// did.
///
/// Adding one: a struct here, a member of `event_body` at its end (the order is on the wire and on
/// disk), a row in protocols/lb/event_table.cpp; the compiler lists each place that must answer.
#include "protocols/lb/sequence_code.hpp"
#include "protocols/names/job_id.hpp"
#include "protocols/wire/codec.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace trellis::lb {

/// Who says so. The order is L&B's and matters for sequence codes.
enum class source : std::uint8_t {
  none = 0,
  user_interface,
  network_server, // the front that takes jobs
  workload_manager,
  big_helper,
  job_controller,
  log_monitor,
  lrms, // the worker side
  application,
  lb_server,
};

constexpr bool known(source x) { return x <= source::lb_server; }

enum class level : std::uint8_t {
  system = 0,
  emergency,
  alert,
  error,
  warning,
  security,
  important,
  debug
};

constexpr bool known(level x) { return x <= level::debug; }

enum class job_type : std::uint8_t { simple = 0, dag, collection };

constexpr bool known(job_type x) { return x <= job_type::collection; }

/// How far a step came, in Transfer and EnQueued.
enum class progress : std::uint8_t { start = 0, ok, refused, fail };

constexpr bool known(progress x) { return x <= progress::fail; }

enum class resubmission_result : std::uint8_t { willresub = 0, wontresub, shallow };

constexpr bool known(resubmission_result x) { return x <= resubmission_result::shallow; }

enum class done_status : std::uint8_t { ok = 0, failed, cancelled, killed };

constexpr bool known(done_status x) { return x <= done_status::killed; }

enum class cancel_status : std::uint8_t { req = 0, refuse, done, abort };

constexpr bool known(cancel_status x) { return x <= cancel_status::abort; }

enum class clear_reason : std::uint8_t { user = 0, timeout, nooutput };

constexpr bool known(clear_reason x) { return x <= clear_reason::nooutput; }

enum class call_side : std::uint8_t { calling = 0, called };

constexpr bool known(call_side x) { return x <= call_side::called; }

struct reg_job {
  std::string jdl, ns, vo;
  std::optional<job_id> parent;
  job_type jobtype = job_type::simple;
  std::uint32_t nsubjobs = 0;
  std::string seed;
  /// Of the proxy that was delegated for it.
  std::optional<std::chrono::sys_time<std::chrono::microseconds>> proxy_ends;
};
TRELLIS_INSPECT(reg_job, jdl, ns, vo, parent, jobtype, nsubjobs, seed, proxy_ends)

struct transfer {
  source destination = source::none;
  std::string dest_host, dest_instance, job;
  progress result = progress::start;
  std::string reason, dest_jobid;
};
TRELLIS_INSPECT(transfer, destination, dest_host, dest_instance, job, result, reason, dest_jobid)

struct accepted {
  source from = source::none;
  std::string from_host, from_instance, local_jobid;
};
TRELLIS_INSPECT(accepted, from, from_host, from_instance, local_jobid)

struct refused {
  source from = source::none;
  std::string from_host, from_instance, reason;
};
TRELLIS_INSPECT(refused, from, from_host, from_instance, reason)

struct enqueued {
  std::string queue, job;
  progress result = progress::start;
  std::string reason;
};
TRELLIS_INSPECT(enqueued, queue, job, result, reason)

struct dequeued {
  std::string queue, local_jobid;
};
TRELLIS_INSPECT(dequeued, queue, local_jobid)

struct helper_call {
  std::string helper_name, helper_params;
  call_side src_role = call_side::calling;
};
TRELLIS_INSPECT(helper_call, helper_name, helper_params, src_role)

struct helper_return {
  std::string helper_name, retval;
  call_side src_role = call_side::calling;
};
TRELLIS_INSPECT(helper_return, helper_name, retval, src_role)

struct match {
  std::string dest_id; // a CE id
};
TRELLIS_INSPECT(match, dest_id)

struct pending {
  std::string reason;
};
TRELLIS_INSPECT(pending, reason)

struct running {
  std::string node; // the worker node
};
TRELLIS_INSPECT(running, node)

struct really_running {
  std::optional<sequence_code> wn_seq; // the code as seen on the worker node
};
TRELLIS_INSPECT(really_running, wn_seq)

struct suspend {
  std::string reason;
};
TRELLIS_INSPECT(suspend, reason)

struct resume {
  std::string reason;
};
TRELLIS_INSPECT(resume, reason)

struct resubmission {
  resubmission_result result = resubmission_result::willresub;
  std::string reason, tag;
};
TRELLIS_INSPECT(resubmission, result, reason, tag)

struct done {
  done_status status_code = done_status::ok;
  std::string reason;
  std::int32_t exit_code = -1; // -1: none
};
TRELLIS_INSPECT(done, status_code, reason, exit_code)

struct cancel {
  cancel_status status_code = cancel_status::req;
  std::string reason;
};
TRELLIS_INSPECT(cancel, status_code, reason)

struct abort {
  std::string reason;
};
TRELLIS_INSPECT(abort, reason)

struct clear {
  clear_reason reason = clear_reason::user;
};
TRELLIS_INSPECT(clear, reason)

struct purge {};

struct user_tag {
  std::string name, value;
};
TRELLIS_INSPECT(user_tag, name, value)

struct resource_usage {
  std::string resource;
  double quantity = 0;
  std::string unit;
};
TRELLIS_INSPECT(resource_usage, resource, quantity, unit)

struct collection_state {
  std::string state, done_code, histogram;
  std::optional<job_id> child;
  std::string child_event;
};
TRELLIS_INSPECT(collection_state, state, done_code, histogram, child, child_event)

/// With the operation SET `permission` is a whole GACL (protocols/gacl/job_access.hpp) in place of
/// the one before; an empty one takes it away.
struct change_acl {
  std::string user_id, user_id_type, permission, permission_type, operation;
};
TRELLIS_INSPECT(change_acl, user_id, user_id_type, permission, permission_type, operation)

struct sandbox {
  std::string sandbox_type, transfer_job, compute_job;
};
TRELLIS_INSPECT(sandbox, sandbox_type, transfer_job, compute_job)

struct cur_descr {
  std::string descr;
};
TRELLIS_INSPECT(cur_descr, descr)

/// A note by the node itself that is no classic event: a lost contact, a stale attempt killed.
struct remark {
  std::string id; // a stable word, as in log lines
  std::string text;
};
TRELLIS_INSPECT(remark, id, text)

using any_event
    = std::variant<reg_job, transfer, accepted, refused, enqueued, dequeued, helper_call,
                   helper_return, match, pending, running, really_running, suspend, resume,
                   resubmission, done, cancel, abort, clear, purge, user_tag, resource_usage,
                   collection_state, change_acl, sandbox, cur_descr, remark>;

/// What happened. A variant with its copies and its end in one unit: each asks all alternatives,
/// and was a good part of the build where every unit had them.
struct event_body : any_event {
  using any_event::any_event;
  event_body();
  event_body(const event_body&);
  event_body(event_body&&) noexcept;
  event_body& operator=(const event_body&);
  event_body& operator=(event_body&&) noexcept;
  ~event_body();
};

/// An event as it is logged. `timestamp` is the sender's clock, in microseconds; `user` the subject
/// of who caused it.
struct event {
  job_id job;
  source from = source::none;
  sequence_code seqcode;
  std::chrono::sys_time<std::chrono::microseconds> timestamp{};
  std::string host, src_instance, user;
  level lvl = level::system;
  event_body what;
};
TRELLIS_INSPECT(event, job, from, seqcode, timestamp, host, src_instance, user, lvl, what)

inline bool complete(const event& x) { return !x.job.empty(); }

} // namespace trellis::lb

template <>
struct std::variant_size<trellis::lb::event_body> : std::variant_size<trellis::lb::any_event> {};

template <std::size_t I>
struct std::variant_alternative<I, trellis::lb::event_body>
    : std::variant_alternative<I, trellis::lb::any_event> {};

template <>
inline constexpr bool trellis::wire::is_a<trellis::lb::event_body, std::variant> = true;
