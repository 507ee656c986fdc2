#include "protocols/lb/event_table.hpp"

#include <algorithm>
#include <span>

namespace trellis::lb {
namespace {

bool same(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

using words = std::span<const std::string_view>;

// Indexed by the value of the enumeration.
constexpr std::string_view sources[]
    = {"None",          "UserInterface", "NetworkServer", "WorkloadManager", "BigHelper",
       "JobController", "LogMonitor",    "LRMS",          "Application",     "LBServer"};
constexpr std::string_view levels[]
    = {"SYSTEM", "EMERGENCY", "ALERT", "ERROR", "WARNING", "SECURITY", "IMPORTANT", "DEBUG"};
constexpr std::string_view job_types[] = {"SIMPLE", "DAG", "COLLECTION"};
constexpr std::string_view progresses[] = {"START", "OK", "REFUSED", "FAIL"};
constexpr std::string_view resubmissions[] = {"WILLRESUB", "WONTRESUB", "SHALLOW"};
constexpr std::string_view done_statuses[] = {"OK", "FAILED", "CANCELLED", "KILLED"};
constexpr std::string_view cancel_statuses[] = {"REQ", "REFUSE", "DONE", "ABORT"};
constexpr std::string_view clear_reasons[] = {"USER", "TIMEOUT", "NOOUTPUT"};
constexpr std::string_view call_sides[] = {"CALLING", "CALLED"};
constexpr std::string_view done_codes[] = {"NONE", "OK", "FAILED", "CANCELLED"};
constexpr std::string_view wrapper_statuses[]
    = {"UNKNOWN", "WRAPPER_RUNNING", "PAYLOAD_RUNNING", "DONE"};

constexpr words words_of(source) { return sources; }

constexpr words words_of(level) { return levels; }

constexpr words words_of(job_type) { return job_types; }

constexpr words words_of(progress) { return progresses; }

constexpr words words_of(resubmission_result) { return resubmissions; }

constexpr words words_of(done_status) { return done_statuses; }

constexpr words words_of(cancel_status) { return cancel_statuses; }

constexpr words words_of(clear_reason) { return clear_reasons; }

constexpr words words_of(call_side) { return call_sides; }

constexpr words words_of(done_code) { return done_codes; }

constexpr words words_of(wrapper_status) { return wrapper_statuses; }

template <class Enum>
std::string_view pick(Enum x) {
  auto all = words_of(x);
  auto i = static_cast<std::size_t>(x);
  return i < all.size() ? all[i] : std::string_view{"?"};
}

} // namespace

std::optional<kind> kind_from(std::string_view word) {
  for (std::size_t i = 0; i < kind_words.size(); ++i)
    if (same(kind_words[i], word))
      return static_cast<kind>(i);
  return std::nullopt;
}

std::string_view word(source x) { return pick(x); }

std::string_view word(level x) { return pick(x); }

std::string_view word(job_type x) { return pick(x); }

std::string_view word(progress x) { return pick(x); }

std::string_view word(resubmission_result x) { return pick(x); }

std::string_view word(done_status x) { return pick(x); }

std::string_view word(cancel_status x) { return pick(x); }

std::string_view word(clear_reason x) { return pick(x); }

std::string_view word(call_side x) { return pick(x); }

std::string_view word(done_code x) { return pick(x); }

std::string_view word(wrapper_status x) { return pick(x); }

template <class Enum>
std::optional<Enum> from_word(std::string_view word) {
  auto all = words_of(Enum{});
  for (std::size_t i = 0; i < all.size(); ++i)
    if (same(all[i], word))
      return static_cast<Enum>(i);
  return std::nullopt;
}

template std::optional<source> from_word(std::string_view);
template std::optional<level> from_word(std::string_view);
template std::optional<job_type> from_word(std::string_view);
template std::optional<progress> from_word(std::string_view);
template std::optional<resubmission_result> from_word(std::string_view);
template std::optional<done_status> from_word(std::string_view);
template std::optional<cancel_status> from_word(std::string_view);
template std::optional<clear_reason> from_word(std::string_view);
template std::optional<call_side> from_word(std::string_view);
template std::optional<done_code> from_word(std::string_view);
template std::optional<wrapper_status> from_word(std::string_view);

} // namespace trellis::lb
