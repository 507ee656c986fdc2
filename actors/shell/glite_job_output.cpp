#include "actors/shell/commands.hpp"
#include "actors/shell/fetching.hpp"
#include "actors/shell/glite_job.hpp"
#include "actors/shell/job_ids.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--dir", "DIR",
           "Where the directory of each job's files is made; /tmp/jobOutput by default."),
    flag("--nosubdir", "Put the files into DIR itself."),
    flag("--list-only", "Only list the files."),
    flag("--nopurge", "Do not let the WMS forget the files afterwards."),
    option("--proto", "P", "Taken, without effect here."),
    old_input,
    old_noint,
    old_nomsg,
    old_config,
    old_logfile,
    old_debug,
};

result<std::string> serve(session& s, const arguments& given, const job_id& job) {
  auto wms = wms_of(s, job);
  if (!wms)
    return wms.why();
  auto files = s.ask_at(*wms, wms::list_output{{}, job});
  if (!files)
    return files.why();
  if (given.flag("--list-only")) {
    auto out = fmt::format("Output sandbox files for the job: {}\n", job.text());
    for (const auto& f : files->files)
      out += fmt::format(" - file: {} ({} bytes)\n", f.name, f.size);
    return out;
  }
  if (!files->final)
    return error{
        errc::illegal_transition,
        fmt::format("the output files of {} are not yet available: it is not over", job.text())};
  std::filesystem::path dir = given.text_or("--dir", "/tmp/jobOutput");
  if (!given.flag("--nosubdir"))
    dir /= fmt::format("{}_{}", s.world().user_name(), job.unique());
  auto got = fetch_output(s, *wms, job, *files, dir);
  if (!got)
    return got.why();
  if (!given.flag("--nopurge"))
    if (auto purged = s.ask_at(*wms, wms::purge{{}, job}); !purged)
      return purged.why();
  return fmt::format("Output sandbox files for the job:\n{}\nhave been successfully retrieved and "
                     "stored in the directory:\n{}",
                     job.text(), dir.string());
}

int run(session& s, const arguments& given) {
  auto jobs = old_jobs(s, given);
  if (!jobs)
    return s.fail(jobs.why());
  std::string text;
  std::size_t succeeded = 0;
  for (const auto& job : *jobs) {
    auto x = serve(s, given, job);
    if (!x) {
      s.fail_one(x.why());
      continue;
    }
    ++succeeded;
    text += (text.empty() ? "" : "\n\n") + *x;
  }
  if (succeeded > 0 && !given.flag("--nomsg"))
    s.out() << old_banner("JOB GET OUTPUT OUTCOME", text);
  return s.verdict(succeeded);
}

} // namespace

const command glite_job_output{
    .noun = "glite-wms-job-output",
    .verb = "",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Fetch the output of jobs and purge them, as the gLite user interface did.",
    .example = "glite-wms-job-output --dir results -i ids",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
