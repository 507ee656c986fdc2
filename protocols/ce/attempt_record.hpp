#pragma once
/// All that a CE keeps of an attempt: what it was asked to run, the facts so far, and what it has
/// decided. One row of storage/ce_attempts.hpp.
#include "protocols/ce/messages.hpp"

namespace trellis::ce {

enum class token_state : std::uint8_t { not_asked = 0, asked, granted, refused };

constexpr bool known(token_state x) { return x <= token_state::refused; }

/// Why the CE ends an attempt.
enum class end_cause : std::uint8_t {
  none = 0,
  asked,        // the WMS cancelled it
  lease_lapsed, // the WMS was not heard for too long
  stale,        // the WMS gave this number up while we were away
};

constexpr bool known(end_cause x) { return x <= end_cause::stale; }

struct attempt_record {
  hand_over task;
  attempt_facts facts;
  std::uint64_t order = 0; // of arrival: queues are served in this order
  token_state token = token_state::not_asked;
  end_cause ending = end_cause::none; // once set it is carried out, whatever happens in between
  std::string end_reason;
  bool payload_began = false;
  std::string payload_end; // exited, wall_limit, terminated; empty: not yet
  attempt_state before_hold = attempt_state::idle;
  moment ended{};
  bool released = false; // the session directory is gone or may go
};
TRELLIS_INSPECT(attempt_record, task, facts, order, token, ending, end_reason, payload_began,
                payload_end, before_hold, ended, released)

/// A cancel that came before its hand-over.
struct early_cancel {
  attempt_id attempt;
  std::string reason;
  moment at{};
};
TRELLIS_INSPECT(early_cancel, attempt, reason, at)

} // namespace trellis::ce
