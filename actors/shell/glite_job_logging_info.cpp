#include "actors/shell/commands.hpp"
#include "actors/shell/glite_job.hpp"
#include "actors/shell/job_events.hpp"
#include "actors/shell/verbosity.hpp"

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    event_verbosity, event_option, exclude_option, old_input,   old_output,
    old_noint,       old_config,   old_vo,         old_logfile, old_debug,
};

int run(session& s, const arguments& given) {
  auto verbosity = verbosity_of(given, "0");
  if (!verbosity)
    return s.fail(verbosity.why());
  auto filter = event_filter::from(given);
  auto jobs = old_jobs(s, given);
  if (!filter || !jobs)
    return s.fail(filter ? jobs.why() : filter.why());
  std::string text;
  std::size_t succeeded = 0;
  for (const auto& job : *jobs) {
    auto events = events_of(s, job, *filter);
    if (!events) {
      s.fail_one(events.why());
      continue;
    }
    ++succeeded;
    text += "\n" + logging_info_block(job, *events, *verbosity, s.world());
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
