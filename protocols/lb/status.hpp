#pragma once
/// The public state of a job, as L&B computes it from the events (L&B User's Guide, job states).
#include "protocols/lb/sequence_code.hpp"
#include "protocols/names/job_id.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace trellis::lb {

/// The numbers are those that the old command lines take.
enum class job_state : std::uint8_t {
  undef = 0,
  submitted,
  waiting,
  ready,
  scheduled,
  running,
  done,
  cleared,
  aborted,
  cancelled,
  unknown,
  purged,
};

constexpr bool known(job_state x) { return x <= job_state::purged; }

std::string_view word(job_state x); // "Submitted", ...
std::optional<job_state> job_state_from(std::string_view word);

/// Cleared, Aborted, Cancelled, Purged: nothing moves it any more. Done is not terminal.
bool is_terminal(job_state x);

enum class done_code : std::uint8_t { none = 0, ok, failed, cancelled };

constexpr bool known(done_code x) { return x <= done_code::cancelled; }

enum class wrapper_status : std::uint8_t { unknown = 0, wrapper_running, payload_running, done };

constexpr bool known(wrapper_status x) { return x <= wrapper_status::done; }

using moment = std::chrono::sys_time<std::chrono::microseconds>;

struct job_status {
  job_id job;
  job_state state = job_state::undef;
  std::string owner, vo, jdl, matched_jdl, destination, reason, location, ce_node, network_server;
  std::string local_id, cancel_reason, acl, ui_host;
  std::optional<job_id> parent;
  std::uint32_t children_num = 0;
  done_code code = done_code::none;
  std::int32_t exit_code = -1;
  bool resubmitted = false, cancelling = false, payload_running = false, suspended = false;
  std::uint32_t shallow_resubmissions = 0, deep_resubmissions = 0;
  double cpu_time_s = 0;
  wrapper_status jw_status = wrapper_status::unknown;
  std::vector<std::string> possible_destinations, possible_ce_nodes, failure_reasons;
  std::vector<std::pair<std::string, std::string>> user_tags;
  moment state_enter_time{}, last_update_time{};
  std::vector<std::pair<job_state, moment>> state_enter_times;
  std::uint64_t last_arrival = 0; // the newest event that this status has seen
  moment proxy_ends{};            // of the proxy that was delegated for it; the epoch: none
};
TRELLIS_INSPECT(job_status, job, state, owner, vo, jdl, matched_jdl, destination, reason, location,
                ce_node, network_server, local_id, cancel_reason, acl, ui_host, parent,
                children_num, code, exit_code, resubmitted, cancelling, payload_running, suspended,
                shallow_resubmissions, deep_resubmissions, cpu_time_s, jw_status,
                possible_destinations, possible_ce_nodes, failure_reasons, user_tags,
                state_enter_time, last_update_time, state_enter_times, last_arrival, proxy_ends)

} // namespace trellis::lb
