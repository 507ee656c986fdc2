#include "actors/shell/commands.hpp"
#include "actors/shell/files.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/submission.hpp"
#include "actors/shell/times.hpp"
#include "actors/shell/wait.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    flag("--wait", "Wait until the jobs are over; the exit code says whether they went well."),
    option("--timeout", "TIME", "Wait at most so long (10min); then the exit code is 7."),
    option("-r,--resource", "CE", "Send the job to this CE, without matchmaking."),
    option("-e,--set", "NAME=VALUE",
           "Set an attribute of the JDL to an expression; may be repeated."),
    option("--save", "FILE", "Append the job ids to FILE."),
    option("--delegation", "ID",
           "Run with this delegated proxy, or none; over HTTPS the usual one is made otherwise."),
    flag("--dry-run", "Check the JDL at the WMS and submit nothing."),
};

struct submitted_file {
  std::string file;
  wms::submitted answer;
};
TRELLIS_INSPECT(submitted_file, file, answer)

constexpr column columns[] = {
    cuttable(text_column("FILE", "file")),
    text_column("JOB", "job"),
};

void show(session& s, const std::vector<submitted_file>& jobs, bool dry_run) {
  if (s.output() == form::table || s.output() == form::id) {
    for (const auto& x : jobs)
      if (dry_run && s.output() == form::table)
        s.out() << x.file << ": would be submitted\n";
      else if (!dry_run)
        s.out() << x.answer.job.text() << '\n';
    return;
  }
  view<submitted_file> v;
  v.schema = "trellis.submitted";
  v.columns = columns;
  v.cells = [](const submitted_file& x) { return row{x.file, x.answer.job.text()}; };
  s.print(v, jobs);
}

int run(session& s, const arguments& given) {
  auto wait = wait_wanted(given);
  if (!wait)
    return s.fail(wait.why());
  std::vector<submitted_file> jobs;
  std::vector<std::string> ids;
  submission what;
  what.dry_run = given.flag("--dry-run");
  what.resource = given.text_or("--resource", "");
  what.attributes = given.all("--set");
  if (!what.dry_run || given.text("--delegation")) {
    auto delegation = delegation_for(s, given.text_or("--delegation", ""));
    if (!delegation)
      return s.fail(delegation.why());
    what.delegation = *std::move(delegation);
  }
  const auto& files = given.operands();
  std::vector<submission> all;
  for (const auto& file : files) {
    what.file = file;
    all.push_back(what);
  }
  auto answers = submit_all(s, all);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& file = files[i];
    const auto& answer = answers[i];
    if (!answer) {
      bool jdl_is_wrong = answer.why().code == errc::usage || answer.why().code == errc::malformed;
      s.fail_one(answer.why(),
                 jdl_is_wrong ? fmt::format("correct it, then: trellis jdl check {}", file) : "");
      continue;
    }
    for (const auto& warning : answer->warnings)
      s.note(fmt::format("{}: {}", file, warning));
    if (!what.dry_run)
      ids.push_back(answer->job.text());
    jobs.push_back({file, *answer});
  }
  bool follows = given.flag("--wait") && !what.dry_run && !ids.empty();
  // With --wait the states at the end are the one document that a program reads.
  if (!follows || s.output() == form::table || s.output() == form::id)
    show(s, jobs, what.dry_run);
  s.out().flush();
  if (auto path = given.text("--save"); path && !ids.empty())
    if (auto saved = save_ids(*path, ids); !saved)
      s.fail_one(saved.why());
  auto code = s.verdict(jobs.size());
  if (!follows)
    return code;
  std::vector<job_id> named;
  for (const auto& x : jobs)
    named.push_back(x.answer.job);
  auto waited = wait_for(s, named, *wait);
  return code != 0 ? code : waited;
}

} // namespace

const command job_submit{
    .noun = "job",
    .verb = "submit",
    .operands = "FILE...",
    .least = 1,
    .most = -1,
    .summary = "Submit the jobs that JDL files describe; - reads one from standard input.",
    .example = "trellis job submit hello.jdl --wait --timeout 10min",
    .options = options,
    .run = run,
    .more = "Input sandbox files are sent along. The id of each job is printed, one a line.",
};

} // namespace trellis::shell
