#include "actors/shell/state_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis::shell {

result<lb::job_state> state_from(std::string_view word) {
  unsigned number = 0;
  auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (ec == std::errc{} && end == word.data() + word.size()
      && number <= static_cast<unsigned>(lb::job_state::purged))
    return static_cast<lb::job_state>(number);
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (int i = 0; i <= static_cast<int>(lb::job_state::purged); ++i)
    if (std::ranges::equal(lb::word(static_cast<lb::job_state>(i)), word, {}, lower, lower))
      return static_cast<lb::job_state>(i);
  return error{errc::usage,
               fmt::format("'{}' is no state of a job: expected Submitted, Waiting, Ready, "
                           "Scheduled, Running, Done, Cleared, Aborted, Cancelled, Unknown or "
                           "Purged, or its number from 0 to 11",
                           word)};
}

} // namespace trellis::shell
