#include "actors/shell/commands.hpp"
#include "actors/shell/event_block.hpp"
#include "actors/shell/event_print.hpp"
#include "actors/shell/job_events.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/verbosity.hpp"

#include <algorithm>
#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    event_verbosity, event_option, exclude_option, input_option, pick_option,
};

int run(session& s, const arguments& given) {
  auto verbosity = verbosity_of(given, "0");
  if (!verbosity)
    return s.fail(verbosity.why());
  auto filter = event_filter::from(given);
  auto words = named_jobs(s, given);
  if (!filter || !words)
    return s.fail(filter ? words.why() : filter.why());
  job_finder finder{s};
  std::vector<lb::stored_event> found;
  std::size_t succeeded = 0;
  for (const auto& word : *words) {
    auto job = finder.find(word);
    auto events
        = job ? events_of(s, *job, *filter) : result<std::vector<lb::stored_event>>{job.why()};
    if (!events) {
      s.fail_one(events.why());
      continue;
    }
    ++succeeded;
    if (s.output() == form::table)
      s.out() << logging_info_block(*job, *events, *verbosity, s.world());
    std::ranges::move(*events, std::back_inserter(found));
  }
  if (s.output() != form::table)
    s.print(event_view(s), found);
  return s.verdict(succeeded);
}

} // namespace

const command job_logging_info{
    .noun = "job",
    .verb = "logging-info",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Show the events of jobs, a block each.",
    .example = "trellis job logging-info -v 1 --event Done 3u9mKQ",
    .options = options,
    .run = run,
    .more = "With -o wide one line an event.",
};

} // namespace trellis::shell
