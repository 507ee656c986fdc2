#include "actors/shell/commands.hpp"
#include "actors/shell/job_acts.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    flag("-y,--yes", "Do not ask."),
    flag("--dry-run", "Say how many letters would be given up."),
};

int run(session& s, const arguments& given) {
  auto peer = host_name::parse(given.operands().front());
  if (!peer)
    return s.fail({errc::usage, peer.why().text});
  if (given.flag("--dry-run")) {
    auto waiting = s.ask(node::list_outbox{{}, peer->text()});
    if (!waiting)
      return s.fail(waiting.why());
    s.out() << fmt::format("{} letters to {} would become dead letters\n", waiting->letters.size(),
                           peer->text());
    return 0;
  }
  if (!confirmed(s, given, fmt::format("Give up all letters to {} for good?", peer->text())))
    return s.fail(
        {errc::usage, fmt::format("{} was not forgotten: the answer was not y", peer->text())});
  auto x = s.ask(node::forget{{}, *peer});
  if (!x)
    return s.fail(x.why());
  s.out() << fmt::format("{} letters to {} are dead letters now\n", x->letters, peer->text());
  return 0;
}

} // namespace

const command node_forget{
    .noun = "node",
    .verb = "forget",
    .operands = "HOST",
    .least = 1,
    .most = 1,
    .summary = "Give up a peer that is gone for good: its letters become dead letters.",
    .example = "trellis node forget old.example --dry-run",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
