#include "actors/shell/commands.hpp"
#include "actors/shell/hosts.hpp"
#include "actors/shell/times.hpp"

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    flag("--all", "Also attempts that are over."),
};

constexpr column columns[] = {
    text_column("JOB", "job"),
    number_column("TRY", "attempt"),
    text_column("STATE", "state"),
    number_column("LEASE", "lease_s"),
    cuttable(text_column("LOCAL ID", "local_id")),
    cuttable(text_column("NODE", "worker_node")),
    wide(text_column("REASON", "reason")),
};

int run(session& s, const arguments& given) {
  auto to = address_of(s, role::ce, given.operands());
  if (!to)
    return s.fail(to.why());
  auto found = s.ask_at(*to, ce::list_attempts{});
  if (!found)
    return s.fail(found.why());
  if (!given.flag("--all"))
    std::erase_if(found->attempts, [](const auto& x) { return ce::is_final(x.facts.state); });
  view<ce::attempt_row> v;
  v.schema = "trellis.attempt";
  v.columns = columns;
  v.cells = [&](const ce::attempt_row& x) {
    bool people = s.output() == form::table || s.output() == form::wide;
    return row{s.output() == form::table ? std::string{x.attempt.job.unique()}
                                         : x.attempt.job.text(),
               std::to_string(x.attempt.number),
               std::string{word(x.facts.state)},
               people ? brief(x.lease_left) : std::to_string(x.lease_left.count()),
               x.facts.local_id,
               x.facts.worker_node,
               x.facts.reason};
  };
  v.id = [](const ce::attempt_row& x) { return x.attempt.job.text(); };
  s.print(v, found->attempts);
  return 0;
}

} // namespace

const command ce_attempts{
    .noun = "ce",
    .verb = "attempts",
    .operands = "[HOST]",
    .least = 0,
    .most = 1,
    .summary = "List the attempts that a CE holds; for operators.",
    .example = "trellis ce attempts ral.example",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
