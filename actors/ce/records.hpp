#pragma once
/// What the wrapper and the starter write to the records file of a session, one line an act. The
/// first is written by whoever makes the file, and says who that is: a wrapper, or `0 0` and a
/// reason when the CE made it, so that none ever starts.
///
///   claim            PID BORN                         clock ticks since boot, as /proc tells
///   wrapper_started  WHEN NODE
///   token_asked      WHEN
///   token_gave_up    WHEN
///   payload_started  WHEN PID
///   payload_ended    WHEN CODE WALL USER SYSTEM MAXRSS WHY   seconds, KiB; WHY is exited,
///                                                            wall_limit, terminated or
///                                                            lease_lapsed
///   failed           CLASS TEXT                              CLASS: a word of failure_class
///   ended            WHEN                                    the wrapper's last word
///
/// WHEN is microseconds since the epoch on the worker's clock, or `-` where a shell cannot tell
/// without a process of its own. A number that is not known is `-` too. A line without its end is
/// still being written; a line that makes no sense is passed over (a worker's disk may be full).
#include "protocols/ce/messages.hpp"

#include <string_view>
#include <vector>

namespace trellis::ce {

enum class record_kind : std::uint8_t {
  wrapper_started,
  token_asked,
  token_gave_up,
  payload_started,
  payload_ended,
  failed,
  ended,
};

struct worker_record {
  record_kind what = record_kind::ended;
  std::optional<moment> when;
  std::string node;        // wrapper_started
  std::int32_t number = 0; // the payload's process, or its exit code
  usage used;              // payload_ended
  std::string text;        // WHY, or the reason of a failure
  failure_class failure = failure_class::none;

  friend bool operator==(const worker_record& a, const worker_record& b) {
    return a.what == b.what && a.when == b.when && a.node == b.node && a.number == b.number
           && a.text == b.text && a.failure == b.failure;
  }
};

/// All complete lines of `text`; `rest` is what follows the last of them.
struct worker_records {
  std::vector<worker_record> lines;
  std::string rest;
};

/// The file is read with its first line left out.
worker_records read_records(std::string_view text);

/// Who made the file. No pid: not a wrapper, or one that has not written it yet.
struct session_claim {
  int pid = 0;
  std::uint64_t born = 0;
};

session_claim read_claim(std::string_view text);

std::string_view word(failure_class x);

} // namespace trellis::ce
