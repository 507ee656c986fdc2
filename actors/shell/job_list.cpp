#include "actors/shell/commands.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/state_words.hpp"
#include "actors/shell/status_block.hpp"
#include "actors/shell/tally.hpp"

#include <fmt/format.h>

#include <charconv>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("-s,--state", "STATE", "Only jobs in this state, by word or number; may be repeated."),
    flag("--all", "Also jobs that were cleared or purged."),
    option("--vo", "VO", "Only jobs of this VO."),
    option("--owner", "DN", "Only jobs of this owner."),
    option("--limit", "N", "At most so many, the newest; 1000 by default."),
    flag("--count", "Count the jobs by state instead."),
};

result<std::size_t> limit_from(const arguments& given) {
  auto text = given.text_or("--limit", "1000");
  std::size_t n = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc{} || end != text.data() + text.size() || n == 0)
    return error{errc::usage, fmt::format("'{}' is no limit: expected a number from 1", text)};
  return n;
}

int run(session& s, const arguments& given) {
  if (given.flag("--count"))
    return print_tally(s, given.text_or("--vo", ""), given.text_or("--owner", ""));
  lb::list_jobs filter;
  filter.vo = given.text_or("--vo", "");
  filter.owner = given.text_or("--owner", "");
  auto limit = limit_from(given);
  if (!limit)
    return s.fail(limit.why());
  for (const auto& word : given.all("--state")) {
    auto state = state_from(word);
    if (!state)
      return s.fail(state.why());
    filter.states.push_back(*state);
  }
  if (filter.states.empty() && !given.flag("--all"))
    for (auto state : states_of_interest)
      filter.states.push_back(state);
  auto jobs = all_jobs(s, filter, *limit);
  if (!jobs)
    return s.fail(jobs.why());
  s.print(job_view(s.world().now()), *jobs);
  return 0;
}

} // namespace

const command job_list{
    .noun = "job",
    .verb = "list",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "List your jobs, the newest first.",
    .example = "trellis job list --state Running --state Waiting -o wide",
    .options = options,
    .run = run,
    .more = "An operator sees everybody's jobs.",
};

} // namespace trellis::shell
