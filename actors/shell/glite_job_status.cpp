#include "actors/shell/commands.hpp"
#include "actors/shell/glite_job.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/state_words.hpp"
#include "actors/shell/status_block.hpp"
#include "actors/shell/verbosity.hpp"

#include <algorithm>
#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    status_verbosity,
    flag("--all", "All your jobs."),
    option("-s,--status", "STATE", "With --all: only jobs in this state; may be repeated."),
    option("-e,--exclude", "STATE", "With --all: no jobs in this state; may be repeated."),
    flag("--nonodes", "Without the nodes of a compound job."),
    old_input,
    old_output,
    old_noint,
    old_config,
    old_vo,
    old_logfile,
    old_debug,
};

result<std::vector<lb::job_state>> states_from(const std::vector<std::string>& words) {
  std::vector<lb::job_state> states;
  for (const auto& word : words) {
    auto state = state_from(word);
    if (!state)
      return state.why();
    states.push_back(*state);
  }
  return states;
}

result<std::vector<lb::job_status>> all_of_mine(session& s, const arguments& given) {
  auto wanted = states_from(given.all("--status"));
  auto unwanted = states_from(given.all("--exclude"));
  if (!wanted || !unwanted)
    return wanted ? unwanted.why() : wanted.why();
  lb::list_jobs filter;
  filter.states = *wanted;
  auto jobs = all_jobs(s, filter, 100'000);
  if (jobs)
    std::erase_if(*jobs, [&](const auto& x) { return std::ranges::count(*unwanted, x.state) > 0; });
  return jobs;
}

int run(session& s, const arguments& given) {
  auto verbosity = verbosity_of(given, "1");
  if (!verbosity)
    return s.fail(verbosity.why());
  std::string text;
  std::size_t succeeded = 0;
  auto take = [&](const lb::job_status& x) {
    text += "\n" + status_block(x, *verbosity, s.world());
    ++succeeded;
  };
  if (given.flag("--all")) {
    auto found = all_of_mine(s, given);
    if (!found)
      return s.fail(found.why());
    std::ranges::for_each(*found, take);
  } else {
    auto jobs = old_jobs(s, given);
    if (!jobs)
      return s.fail(jobs.why());
    for (const auto& job : *jobs)
      if (auto status = s.ask_at(s.lb_of(job), lb::get_status{{}, job}))
        take(*status);
      else
        s.fail_one(status.why());
  }
  if (auto code = text.empty() ? 0 : old_print(s, given, text + "\n"); code != 0)
    return code;
  return s.verdict(succeeded);
}

} // namespace

const command glite_job_status{
    .noun = "glite-wms-job-status",
    .verb = "",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Show the status of jobs, as the gLite user interface did.",
    .example = "glite-wms-job-status -v 2 -i ids",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
