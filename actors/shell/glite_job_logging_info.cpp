#include "actors/shell/commands.hpp"
#include "actors/shell/glite_job.hpp"
#include "actors/shell/job_events.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("-v,--verbosity", "0..3", "How much a block says; 0 by default."),
    option("--event", "NAME", "Only events of this kind; may be repeated."),
    option("--exclude", "NAME", "No events of this kind; may be repeated."),
    old_input,
    old_output,
    old_noint,
    old_config,
    old_vo,
    old_logfile,
    old_debug,
};

int run(session& s, const arguments& given) {
  auto verbosity = given.text_or("--verbosity", "0");
  if (verbosity.size() != 1 || verbosity[0] < '0' || verbosity[0] > '3')
    return s.fail(
        {errc::usage, fmt::format("'{}' is no verbosity: expected 0, 1, 2 or 3", verbosity)});
  auto filter = event_filter::from(given.all("--event"), given.all("--exclude"));
  auto jobs = old_jobs(s, given);
  if (!filter || !jobs)
    return s.fail(filter ? jobs.why() : filter.why());
  std::string text;
  std::size_t succeeded = 0;
  for (const auto& job : *jobs) {
    auto events = events_of(s, job);
    if (!events) {
      s.fail_one(events.why());
      continue;
    }
    ++succeeded;
    std::erase_if(*events, [&](const auto& e) { return !filter->takes(e.what); });
    text += "\n" + logging_info_block(job, *events, verbosity[0] - '0', s.world());
  }
  if (auto code = text.empty() ? 0 : old_print(s, given, text + "\n"); code != 0)
    return code;
  return s.verdict(succeeded);
}

} // namespace

const command glite_job_logging_info{
    .noun = "glite-wms-job-logging-info",
    .verb = "",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Show the events of jobs, as the gLite user interface did.",
    .example = "glite-wms-job-logging-info -v 2 -i ids",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
