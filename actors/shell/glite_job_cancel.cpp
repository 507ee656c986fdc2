#include "actors/shell/commands.hpp"
#include "actors/shell/glite_job.hpp"
#include "actors/shell/job_acts.hpp"
#include "actors/shell/job_ids.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    old_input, old_output, old_noint, old_nomsg, old_config, old_vo, old_logfile, old_debug,
};

int run(session& s, const arguments& given) {
  auto jobs = old_jobs(s, given);
  if (!jobs)
    return s.fail(jobs.why());
  if (!given.flag("--noint")
      && !confirmed(s, {}, "Are you sure you want to remove specified job(s)"))
    return s.fail({errc::usage, "no job was cancelled: the answer was not y"});
  std::string cancelled;
  std::size_t succeeded = 0;
  for (const auto& job : *jobs) {
    auto wms = wms_of(s, job);
    auto x = wms ? s.ask_at(*wms, wms::cancel{{}, job, "cancelled by the user"})
                 : result<wms::cancel_taken>{wms.why()};
    if (!x) {
      s.fail_one(x.why());
      continue;
    }
    ++succeeded;
    cancelled += fmt::format("\n- {}", job.text());
  }
  if (succeeded > 0)
    if (auto code = old_print(s, given,
                              old_banner("glite-wms-job-cancel Success",
                                         "The cancellation request has been successfully "
                                         "submitted for the following job(s):\n"
                                             + cancelled));
        code != 0)
      return code;
  return s.verdict(succeeded);
}

} // namespace

const command glite_job_cancel{
    .noun = "glite-wms-job-cancel",
    .verb = "",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Cancel jobs, as the gLite user interface did.",
    .example = "glite-wms-job-cancel --noint -i ids",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
