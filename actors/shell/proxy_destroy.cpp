#include "actors/shell/commands.hpp"
#include "actors/shell/own_proxy.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("-f,--file", "FILE", "This proxy, in place of the usual one."),
    flag("--dry-run", "Say which file would go."),
};

int run(session& s, const arguments& given) {
  auto path = proxy_file(s, given, "--file");
  if (given.flag("--dry-run")) {
    s.out() << fmt::format("would remove {}\n", path);
    return 0;
  }
  auto gone = edge::destroy_private(path, s.world().user_id());
  if (!gone)
    return s.fail(gone.why(), gone.why().code == errc::not_found ? "nothing is to be done" : "");
  s.out() << fmt::format("{} is gone\n", path);
  return 0;
}

} // namespace

const command proxy_destroy{
    .noun = "proxy",
    .verb = "destroy",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "Overwrite and remove one's proxy.",
    .example = "trellis proxy destroy",
    .options = options,
    .run = run,
    .more = "What was delegated stays where it is until it ends.",
};

} // namespace trellis::shell
