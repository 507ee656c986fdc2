#pragma once
/// The kinds of events and their words, in one table: as ULM, queries, traces and command lines
/// write them (L&B Developer's Guide, events and sources).
#include "protocols/lb/events.hpp"
#include "protocols/lb/status.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trellis::lb {

/// In the order of `event_body`.
enum class kind : std::uint8_t {
  reg_job,
  transfer,
  accepted,
  refused,
  enqueued,
  dequeued,
  helper_call,
  helper_return,
  match,
  pending,
  running,
  really_running,
  suspend,
  resume,
  resubmission,
  done,
  cancel,
  abort,
  clear,
  purge,
  user_tag,
  resource_usage,
  collection_state,
  change_acl,
  sandbox,
  cur_descr,
  remark,
};

inline constexpr std::array<std::string_view, std::variant_size_v<event_body>> kind_words{
    "RegJob",   "Transfer",      "Accepted",        "Refused",   "EnQueued",
    "DeQueued", "HelperCall",    "HelperReturn",    "Match",     "Pending",
    "Running",  "ReallyRunning", "Suspend",         "Resume",    "Resubmission",
    "Done",     "Cancel",        "Abort",           "Clear",     "Purge",
    "UserTag",  "ResourceUsage", "CollectionState", "ChangeACL", "Sandbox",
    "CurDescr", "Remark",
};

static_assert(kind_words.size() == static_cast<std::size_t>(kind::remark) + 1,
              "an event needs its kind and its word");

constexpr kind kind_of(const event_body& x) { return static_cast<kind>(x.index()); }

constexpr std::string_view word(kind x) { return kind_words[static_cast<std::size_t>(x)]; }

/// Any case is taken, as the old command lines did.
std::optional<kind> kind_from(std::string_view word);

std::string_view word(source x); // "WorkloadManager"
std::string_view word(level x);  // "SYSTEM"
std::string_view word(job_type x);
std::string_view word(progress x);
std::string_view word(resubmission_result x);
std::string_view word(done_status x);
std::string_view word(cancel_status x);
std::string_view word(clear_reason x);
std::string_view word(call_side x);
std::string_view word(done_code x);
std::string_view word(wrapper_status x);

/// A word back to its value; any case is taken.
template <class Enum>
std::optional<Enum> from_word(std::string_view word);

} // namespace trellis::lb
