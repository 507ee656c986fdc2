#include "actors/shell/commands.hpp"
#include "actors/shell/event_print.hpp"
#include "actors/shell/follow.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/state_words.hpp"
#include "actors/shell/status_block.hpp"
#include "actors/shell/wait.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--until", "STATE", "Stop when every job is in this state, or over."),
    option("--timeout", "TIME", "Stop after this time; then the exit code is 7."),
    input_option,
    pick_option,
};

int run(session& s, const arguments& given) {
  auto limit = wait_wanted(given);
  auto until = state_from(given.text_or("--until", "Purged"));
  auto words = named_jobs(s, given);
  if (!limit || !until || !words)
    return s.fail(!limit ? limit.why() : !until ? until.why() : words.why());
  follow_request what;
  what.limit = *limit;
  job_finder finder{s};
  for (const auto& word : *words) {
    auto job = finder.find(word);
    if (!job)
      return s.fail(job.why());
    what.jobs.push_back(*job);
  }
  what.enough = [&](const lb::job_status& x) { return x.state == *until || is_over(x.state); };
  event_printer printer{s};
  what.on_event = [&](const lb::stored_event& e) { printer.print(e); };
  auto end = follow(s, what);
  if (!end)
    return s.fail(end.why());
  if (s.output() == form::table || s.output() == form::wide)
    for (const auto& [job, status] : end->last)
      s.out() << fmt::format("{}: {}\n", job.unique(),
                             painted(state_text(status), colour_of(status), s.paper()));
  if (end->timed_out)
    return s.fail({errc::timed_out,
                   fmt::format("{} jobs were watched until the time was over", what.jobs.size())},
                  "trellis job why ID says what a job waits for");
  return 0;
}

} // namespace

const command job_watch{
    .noun = "job",
    .verb = "watch",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Print what happens to jobs as it happens, until they are over.",
    .example = "trellis job watch 3u9mKQ --until Running --timeout 5min",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
