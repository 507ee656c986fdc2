#include "actors/shell/commands.hpp"
#include "actors/shell/files.hpp"
#include "actors/shell/vo_changes.hpp"

#include <fmt/format.h>

namespace trellis::shell {
namespace {

using voms::act_kind;

constexpr option_row add_options[] = {
    ca_option,
    attribute_option,
    option("--from", "FILE", "A CSV file with lines of FQAN,subject,ca; - is standard input."),
    dry_run_option,
};

constexpr option_row remove_options[] = {ca_option, dry_run_option};

constexpr column columns[] = {
    text_column("FQAN", "fqan"),
    number_column("HOLDERS", "holders"),
    cuttable(text_column("WHO", "who")),
    wide(text_column("ATTRIBUTES", "attributes")),
};

/// The group or role, and perhaps somebody who is to hold it.
void add_holding(const std::string& vo, const std::string& fqan,
                 const voms::certificate_name& holder, std::vector<voms::act>& to) {
  voms::act x;
  x.what = act_kind::add_fqan;
  x.vo = vo;
  x.fqan = fqan;
  to.push_back(x);
  if (holder.subject.empty())
    return;
  x.what = act_kind::grant;
  x.certificate = holder;
  to.push_back(x);
}

int add_from(session& s, const arguments& given, const std::string& path) {
  auto text = read_text(s, path);
  if (!text)
    return s.fail(text.why());
  auto lines = read_csv(*text, "fqan");
  if (!lines)
    return s.fail({errc::usage, path + ": " + lines.why().text});
  std::vector<voms::act> acts;
  for (auto line : *lines) {
    line.resize(3);
    add_holding(given.operands().front(), line[0], {line[1], line[2]}, acts);
  }
  return carry_out(s, given, std::move(acts), fmt::format("{} lines are done", lines->size()));
}

/// `role`: whether the command is about roles; a group written there is a slip.
int add(session& s, const arguments& given, bool role) {
  if (auto path = given.text("--from"))
    return add_from(s, given, *path);
  const auto& words = given.operands();
  if (words.size() < 2)
    return s.fail({errc::usage, "a group or role must be named, or a file with --from"});
  if (role != (words[1].find("/Role=") != std::string::npos))
    return s.fail({errc::usage, fmt::format("'{}' is no {}", words[1],
                                            role ? "role: write GROUP/Role=NAME" : "group")});
  auto holder = act_from(act_kind::grant, given, 2).certificate;
  std::vector<voms::act> acts;
  add_holding(words[0], words[1], holder, acts);
  voms::act attributes;
  attributes.vo = words[0];
  attributes.fqan = words[1];
  if (auto r = add_attributes(given, attributes, acts); !r)
    return s.fail(r.why());
  auto done = holder.subject.empty() ? fmt::format("{} is there", words[1])
                                     : fmt::format("{} holds {}", holder.subject, words[1]);
  return carry_out(s, given, std::move(acts), done);
}

int remove(session& s, const arguments& given) {
  const auto& words = given.operands();
  auto x = act_from(act_kind::revoke, given, 2);
  x.fqan = words[1];
  if (!x.certificate.subject.empty())
    return carry_out(s, given, {x},
                     fmt::format("{} does not hold {} any more", x.certificate.subject, x.fqan));
  x.what = act_kind::remove_fqan;
  return carry_out(s, given, {x}, fmt::format("{} is removed", x.fqan));
}

int list(session& s, const arguments& given, bool roles) {
  std::vector<voms::fqan_row> rows;
  voms::list_fqans page{{}, given.operands().front(), roles, ""};
  for (bool more = true; more; page.after = rows.empty() ? "" : rows.back().fqan) {
    auto found = s.ask(page);
    if (!found)
      return s.fail(found.why());
    rows.insert(rows.end(), found->fqans.begin(), found->fqans.end());
    more = found->more && !found->fqans.empty();
  }
  view<voms::fqan_row> v;
  v.schema = roles ? "trellis.vo_role" : "trellis.vo_group";
  v.columns = columns;
  v.cells = [](const voms::fqan_row& x) {
    std::string who, attributes;
    for (const auto& y : x.holders)
      who += (who.empty() ? "" : " ") + y;
    if (x.held > x.holders.size())
      who += fmt::format(" and {} more", x.held - x.holders.size());
    for (const auto& [name, value] : x.attributes)
      attributes += (attributes.empty() ? "" : " ") + name + "=" + value;
    return row{x.fqan, std::to_string(x.held), who, attributes};
  };
  v.id = [](const voms::fqan_row& x) { return x.fqan; };
  s.print(v, rows);
  return 0;
}

int add_group(session& s, const arguments& given) { return add(s, given, false); }

int add_role(session& s, const arguments& given) { return add(s, given, true); }

int list_groups(session& s, const arguments& given) { return list(s, given, false); }

int list_roles(session& s, const arguments& given) { return list(s, given, true); }

} // namespace

const command group_add{
    .noun = "group",
    .verb = "add",
    .operands = "VO [GROUP [DN]]",
    .least = 1,
    .most = 3,
    .summary = "Make a group of a VO, or put a user into it; for operators.",
    .example = "trellis group add biomed /biomed/analysis /DC=example/CN=alice",
    .options = add_options,
    .run = add_group,
    .more = {},
};

const command group_remove{
    .noun = "group",
    .verb = "remove",
    .operands = "VO GROUP [DN]",
    .least = 2,
    .most = 3,
    .summary = "Take a user out of a group, or remove it with all below.",
    .example = "trellis group remove biomed /biomed/analysis /DC=example/CN=alice",
    .options = remove_options,
    .run = remove,
    .more = {},
};

const command group_list{
    .noun = "group",
    .verb = "list",
    .operands = "VO",
    .least = 1,
    .most = 1,
    .summary = "List the groups of a VO and who is in them.",
    .example = "trellis group list biomed",
    .options = {},
    .run = list_groups,
    .more = {},
};

const command role_add{
    .noun = "role",
    .verb = "add",
    .operands = "VO [GROUP/Role=NAME [DN]]",
    .least = 1,
    .most = 3,
    .summary = "Make a role in a group, or give it to a user; for operators.",
    .example = "trellis role add biomed /biomed/Role=production /DC=example/CN=alice",
    .options = add_options,
    .run = add_role,
    .more = {},
};

const command role_remove{
    .noun = "role",
    .verb = "remove",
    .operands = "VO GROUP/Role=NAME [DN]",
    .least = 2,
    .most = 3,
    .summary = "Take a role from a user, or remove it.",
    .example = "trellis role remove biomed /biomed/Role=production",
    .options = remove_options,
    .run = remove,
    .more = {},
};

const command role_list{
    .noun = "role",
    .verb = "list",
    .operands = "VO",
    .least = 1,
    .most = 1,
    .summary = "List the roles of a VO and who has them.",
    .example = "trellis role list biomed",
    .options = {},
    .run = list_roles,
    .more = {},
};

} // namespace trellis::shell
