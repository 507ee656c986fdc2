#include "actors/shell/commands.hpp"
#include "actors/shell/files.hpp"
#include "actors/shell/vo_changes.hpp"

#include <fmt/format.h>

namespace trellis::shell {
namespace {

using voms::act_kind;

constexpr option_row add_options[] = {
    ca_option,
    option("--also-of", "DN", "It is one more certificate of the user with this name."),
    attribute_option,
    option("--from", "FILE", "A CSV file with lines of subject,ca,FQAN...; - is standard input."),
    dry_run_option,
};

constexpr option_row named_options[] = {ca_option, dry_run_option};

constexpr option_row suspend_options[] = {
    option("--reason", "TEXT", "Why: the user reads it."),
    ca_option,
    dry_run_option,
};

constexpr option_row import_options[] = {
    option("--gridmap", "FILE", "A grid-mapfile; only its names are read."),
    option("--ca", "DN", "The CA that gave all these names."),
    dry_run_option,
};

constexpr column columns[] = {
    cuttable(text_column("SUBJECT", "subject")),
    text_column("STATE", "state"),
    cuttable(text_column("HOLDS", "holds")),
    wide(text_column("CA", "ca")),
    wide(number_column("CERTIFICATES", "certificates")),
    wide(text_column("ATTRIBUTES", "attributes")),
};

/// A line of a file: the user, then what the user holds.
result<done> add_line(const std::string& vo, const std::vector<std::string>& line,
                      std::vector<voms::act>& to) {
  if (line.size() < 2)
    return error{errc::usage, fmt::format("'{}' has no CA behind it: lines are subject,ca,FQAN...",
                                          line.front())};
  voms::act x;
  x.what = act_kind::add_user;
  x.vo = vo;
  x.certificate = {line[0], line[1]};
  to.push_back(x);
  for (std::size_t i = 2; i < line.size(); ++i) {
    if (line[i].empty())
      continue;
    x.fqan = line[i];
    for (auto what : {act_kind::add_fqan, act_kind::grant}) {
      x.what = what;
      to.push_back(x);
    }
  }
  return done{};
}

int add_from(session& s, const arguments& given, const std::string& path) {
  auto text = read_text(s, path);
  if (!text)
    return s.fail(text.why());
  auto lines = read_csv(*text, "subject");
  if (!lines)
    return s.fail({errc::usage, path + ": " + lines.why().text});
  std::vector<voms::act> acts;
  for (const auto& line : *lines)
    if (auto r = add_line(given.operands().front(), line, acts); !r)
      return s.fail({errc::usage, path + ": " + r.why().text});
  auto done
      = fmt::format("{} users of {} are in {}", lines->size(), path, given.operands().front());
  return carry_out(s, given, std::move(acts), done);
}

int add(session& s, const arguments& given) {
  if (auto path = given.text("--from"))
    return add_from(s, given, *path);
  auto x = act_from(act_kind::add_user, given, 1);
  if (x.certificate.subject.empty())
    return s.fail({errc::usage, "a user is named by the subject of a certificate, or by --from"});
  if (auto of = given.text("--also-of")) {
    x.what = act_kind::add_alias;
    x.text = *of;
  }
  std::vector<voms::act> acts{x};
  if (auto r = add_attributes(given, x, acts); !r)
    return s.fail(r.why());
  return carry_out(s, given, std::move(acts),
                   fmt::format("{} is a user of {}", x.certificate.subject, x.vo));
}

int remove(session& s, const arguments& given) {
  auto x = act_from(act_kind::remove_user, given, 1);
  return carry_out(s, given, {x},
                   fmt::format("{} is no user of {} any more", x.certificate.subject, x.vo));
}

int suspend(session& s, const arguments& given) {
  auto x = act_from(act_kind::suspend_user, given, 1);
  x.text = given.text_or("--reason", "no reason was given");
  return carry_out(s, given, {x},
                   fmt::format("{} gets no attributes of {}", x.certificate.subject, x.vo));
}

int restore(session& s, const arguments& given) {
  auto x = act_from(act_kind::restore_user, given, 1);
  return carry_out(s, given, {x},
                   fmt::format("{} gets attributes of {} again", x.certificate.subject, x.vo));
}

int import(session& s, const arguments& given) {
  auto path = given.text("--gridmap"), ca = given.text("--ca");
  if (!path || !ca)
    return s.fail({errc::usage, "an import needs --gridmap FILE and --ca DN"});
  auto text = read_text(s, *path);
  if (!text)
    return s.fail(text.why());
  auto names = read_gridmap(*text);
  if (!names)
    return s.fail({errc::usage, *path + ": " + names.why().text});
  std::vector<voms::act> acts;
  for (const auto& name : *names) {
    voms::act x;
    x.what = act_kind::add_user;
    x.vo = given.operands().front();
    x.certificate = {name, *ca};
    acts.push_back(std::move(x));
  }
  auto done
      = fmt::format("{} users of {} are in {}", names->size(), *path, given.operands().front());
  return carry_out(s, given, std::move(acts), done);
}

std::string joined(const auto& all, auto f) {
  std::string out;
  for (const auto& x : all)
    out += (out.empty() ? "" : " ") + f(x);
  return out;
}

int list(session& s, const arguments& given) {
  std::vector<voms::member> users;
  voms::list_users page{{}, given.operands().front(), 0};
  for (bool more = true; more; page.after = users.empty() ? 0 : users.back().number) {
    auto found = s.ask(page);
    if (!found)
      return s.fail(found.why());
    users.insert(users.end(), found->users.begin(), found->users.end());
    more = found->more && !found->users.empty();
  }
  view<voms::member> v;
  v.schema = "trellis.vo_user";
  v.columns = columns;
  v.cells = [](const voms::member& x) {
    bool good = x.suspended.empty();
    cell state{good ? "member" : "suspended: " + x.suspended, good ? colour::green : colour::red};
    auto holds = joined(x.holds, [](const std::string& y) { return y; });
    auto attributes = joined(x.attributes, [](const auto& y) { return y.first + "=" + y.second; });
    const auto& name = x.certificates.front();
    auto certificates = std::to_string(x.certificates.size());
    return row{name.subject, state, holds, name.issuer, certificates, attributes};
  };
  v.id = [](const voms::member& x) { return x.certificates.front().subject; };
  s.print(v, users);
  return 0;
}

} // namespace

const command user_add{
    .noun = "user",
    .verb = "add",
    .operands = "VO [DN]",
    .least = 1,
    .most = 2,
    .summary = "Make somebody a user of a VO; for operators.",
    .example = "trellis user add biomed /DC=example/CN=alice --ca '/DC=example/CN=Users CA'",
    .options = add_options,
    .run = add,
    .more = {},
};

const command user_remove{
    .noun = "user",
    .verb = "remove",
    .operands = "VO DN",
    .least = 2,
    .most = 2,
    .summary = "Remove a user from a VO, with all certificates.",
    .example = "trellis user remove biomed /DC=example/CN=alice",
    .options = named_options,
    .run = remove,
    .more = {},
};

const command user_list{
    .noun = "user",
    .verb = "list",
    .operands = "VO",
    .least = 1,
    .most = 1,
    .summary = "List the users of a VO.",
    .example = "trellis user list biomed -o csv",
    .options = {},
    .run = list,
    .more = {},
};

const command user_suspend{
    .noun = "user",
    .verb = "suspend",
    .operands = "VO DN",
    .least = 2,
    .most = 2,
    .summary = "Give a user no attributes until restored.",
    .example = "trellis user suspend biomed /DC=example/CN=alice --reason 'key was stolen'",
    .options = suspend_options,
    .run = suspend,
    .more = {},
};

const command user_restore{
    .noun = "user",
    .verb = "restore",
    .operands = "VO DN",
    .least = 2,
    .most = 2,
    .summary = "Give a suspended user attributes again.",
    .example = "trellis user restore biomed /DC=example/CN=alice",
    .options = named_options,
    .run = restore,
    .more = {},
};

const command user_import{
    .noun = "user",
    .verb = "import",
    .operands = "VO",
    .least = 1,
    .most = 1,
    .summary = "Make all names of a grid-mapfile users of a VO.",
    .example = "trellis user import biomed --gridmap grid-mapfile --ca '/DC=example/CN=CA'",
    .options = import_options,
    .run = import,
    .more = {},
};

} // namespace trellis::shell
