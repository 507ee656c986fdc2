#include "actors/shell/commands.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/status_block.hpp"
#include "actors/shell/verbosity.hpp"

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    status_verbosity,
    input_option,
    pick_option,
};

int run(session& s, const arguments& given) {
  auto verbosity = verbosity_of(given, "1");
  if (!verbosity)
    return s.fail(verbosity.why());
  auto words = named_jobs(s, given);
  if (!words)
    return s.fail(words.why());
  job_finder finder{s};
  std::vector<lb::job_status> found;
  for (const auto& word : *words) {
    auto job = finder.find(word);
    auto status = job ? s.ask_at(s.lb_of(*job), lb::get_status{{}, *job})
                      : result<lb::job_status>{job.why()};
    if (!status) {
      s.fail_one(status.why());
      continue;
    }
    // Blocks are printed as they come: the first of many ids need not wait for the last.
    if (s.output() == form::table)
      s.out() << status_block(*status, *verbosity, s.world());
    found.push_back(std::move(*status));
  }
  if (s.output() != form::table)
    s.print(job_view(s.world().now()), found);
  return s.verdict(found.size());
}

} // namespace

const command job_status{
    .noun = "job",
    .verb = "status",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Show where jobs are, a block each.",
    .example = "trellis job status -v 2 https://cern.example:9000/3u9mKQ8bVxJ0d1sYHq2WcA",
    .options = options,
    .run = run,
    .more = "An ID may be shortened to any unambiguous beginning of its last part.",
};

} // namespace trellis::shell
