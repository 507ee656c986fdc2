#include "actors/shell/commands.hpp"
#include "actors/shell/hosts.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    flag("--off", "Take jobs again."),
    option("--reason", "TEXT", "Why, for the records and for those who ask."),
    flag("--dry-run", "Say what would be done."),
};

int run(session& s, const arguments& given) {
  auto to = address_of(s, role::ce, given.operands());
  if (!to)
    return s.fail(to.why());
  bool on = !given.flag("--off");
  auto done = fmt::format("{} {}", to->host.text(), on ? "takes no new jobs" : "takes jobs again");
  if (given.flag("--dry-run")) {
    s.out() << "would be done: " << done << '\n';
    return 0;
  }
  auto x = s.ask_at(*to, ce::drain{{}, on, given.text_or("--reason", "")});
  if (!x)
    return s.fail(x.why());
  s.out() << done << '\n';
  return 0;
}

} // namespace

const command ce_drain{
    .noun = "ce",
    .verb = "drain",
    .operands = "[HOST]",
    .least = 0,
    .most = 1,
    .summary = "Let a CE take no new jobs, or take them again; for operators.",
    .example = "trellis ce drain ral.example --reason 'kernel update'",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
