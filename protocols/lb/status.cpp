#include "protocols/lb/status.hpp"

namespace trellis::lb {
namespace {

constexpr std::array<std::string_view, 12> words{"Undef",     "Submitted", "Waiting", "Ready",
                                                 "Scheduled", "Running",   "Done",    "Cleared",
                                                 "Aborted",   "Cancelled", "Unknown", "Purged"};

} // namespace

std::string_view word(job_state x) { return words[static_cast<std::size_t>(x)]; }

std::optional<job_state> job_state_from(std::string_view word) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word)
      return static_cast<job_state>(i);
  return std::nullopt;
}

bool is_terminal(job_state x) {
  return x == job_state::cleared || x == job_state::aborted || x == job_state::cancelled
         || x == job_state::purged;
}

} // namespace trellis::lb
