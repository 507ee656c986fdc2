#include "actors/shell/commands.hpp"
#include "actors/shell/job_acts.hpp"
#include "actors/shell/job_ids.hpp"

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    flag("-y,--yes", "Do not ask, also for several jobs."),
    flag("--dry-run", "Say which jobs would be purged."),
    input_option,
    pick_option,
};

int run(session& s, const arguments& given) {
  return act_on_jobs(s, given, {"purge", "purged", [&](const address& wms, const job_id& job) {
                                  auto x = s.ask_at(wms, wms::purge{{}, job});
                                  return x ? result<done>{done{}} : result<done>{x.why()};
                                }});
}

} // namespace

const command job_purge{
    .noun = "job",
    .verb = "purge",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Let the WMS forget the output of jobs that are over: they are Cleared.",
    .example = "trellis job purge -i finished.ids --yes",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
