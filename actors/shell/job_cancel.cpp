#include "actors/shell/commands.hpp"
#include "actors/shell/job_acts.hpp"
#include "actors/shell/job_ids.hpp"

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--reason", "TEXT", "Why, for the job's history."),
    flag("-y,--yes", "Do not ask, also for several jobs."),
    flag("--dry-run", "Say which jobs would be cancelled."),
    input_option,
    pick_option,
};

int run(session& s, const arguments& given) {
  auto reason = given.text_or("--reason", "cancelled by the user");
  return act_on_jobs(s, given, {"cancel", "cancelled", [&](const address& wms, const job_id& job) {
                                  auto x = s.ask_at(wms, wms::cancel{{}, job, reason});
                                  return x ? result<done>{done{}} : result<done>{x.why()};
                                }});
}

} // namespace

const command job_cancel{
    .noun = "job",
    .verb = "cancel",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Ask that jobs be ended wherever they are.",
    .example = "trellis job cancel 3u9mKQ --reason 'wrong input'",
    .options = options,
    .run = run,
    .more = "The request is accepted at once; trellis job watch ID shows when it took effect.",
};

} // namespace trellis::shell
