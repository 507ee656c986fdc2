#include "actors/shell/commands.hpp"
#include "actors/shell/job_acts.hpp"
#include "actors/shell/times.hpp"
#include "actors/shell/vo_changes.hpp"
#include "protocols/base/quantity.hpp"

#include <fmt/format.h>

namespace trellis::shell {
namespace {

constexpr option_row add_options[] = {
    option("--lifetime", "TIME", "The longest that attributes are given for; 24h by default."),
    dry_run_option,
};

constexpr option_row remove_options[] = {
    flag("-y,--yes", "Do not ask."),
    dry_run_option,
};

constexpr column columns[] = {
    text_column("VO", "vo"),
    number_column("USERS", "users"),
    number_column("SUSPENDED", "suspended"),
    number_column("GROUPS", "groups"),
    number_column("ROLES", "roles"),
    number_column("LIFETIME", "max_lifetime_s"),
    cuttable(text_column("URI", "uri")),
};

int add(session& s, const arguments& given) {
  auto act = act_from(voms::act_kind::add_vo, given, 1);
  if (auto text = given.text("--lifetime")) {
    auto x = parse_duration(*text);
    if (!x)
      return s.fail({errc::usage, x.why().text});
    act.lifetime = std::chrono::duration_cast<std::chrono::seconds>(*x);
  }
  auto done = fmt::format("the VO {} is there", act.vo);
  return carry_out(s, given, {act}, done);
}

int remove(session& s, const arguments& given) {
  auto act = act_from(voms::act_kind::remove_vo, given, 1);
  auto question = fmt::format("Remove the VO {} with all its users for good?", act.vo);
  if (!given.flag("--dry-run") && !confirmed(s, given, question))
    return s.fail({errc::usage, fmt::format("{} was not removed: the answer was not y", act.vo)});
  return carry_out(s, given, {act}, fmt::format("the VO {} is removed", act.vo));
}

int list(session& s, const arguments&) {
  auto found = s.ask(voms::list_vos{});
  if (!found)
    return s.fail(found.why());
  view<voms::vo_row> v;
  v.schema = "trellis.vo";
  v.columns = columns;
  v.cells = [&](const voms::vo_row& x) {
    auto lifetime
        = s.output() == form::csv ? std::to_string(x.max_lifetime.count()) : brief(x.max_lifetime);
    cell suspended{std::to_string(x.suspended), x.suspended ? colour::yellow : colour::none};
    auto users = std::to_string(x.users), groups = std::to_string(x.groups);
    return row{x.name, users, suspended, groups, std::to_string(x.roles), lifetime, x.uri};
  };
  v.id = [](const voms::vo_row& x) { return x.name; };
  s.print(v, found->vos);
  return 0;
}

} // namespace

const command vo_add{
    .noun = "vo",
    .verb = "add",
    .operands = "VO",
    .least = 1,
    .most = 1,
    .summary = "Make a VO on a VOMS server, or set its lifetime; for operators.",
    .example = "trellis vo add biomed --lifetime 12h",
    .options = add_options,
    .run = add,
    .more = {},
};

const command vo_remove{
    .noun = "vo",
    .verb = "remove",
    .operands = "VO",
    .least = 1,
    .most = 1,
    .summary = "Remove a VO with all its users, groups and roles.",
    .example = "trellis vo remove biomed --dry-run",
    .options = remove_options,
    .run = remove,
    .more = {},
};

const command vo_list{
    .noun = "vo",
    .verb = "list",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "List the VOs of a VOMS server.",
    .example = "trellis vo list -o json",
    .options = {},
    .run = list,
    .more = {},
};

} // namespace trellis::shell
