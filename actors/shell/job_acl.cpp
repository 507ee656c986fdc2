#include "actors/shell/commands.hpp"
#include "actors/shell/files.hpp"
#include "actors/shell/job_ids.hpp"
#include "protocols/gacl/gacl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--set", "FILE", "Put this list, a GACL, in the place of the old one; - is stdin."),
    option("--allow", "WHO:RIGHTS",
           "Let somebody too: a subject or FQAN, then list, read, write, admin with commas."),
    flag("--clear", "Take the list away: only the owner and operators are left."),
    flag("--dry-run", "Say what the list would be."),
};

constexpr std::pair<std::string_view, gacl::right> words[] = {
    {"list",  gacl::may_list },
    {"read",  gacl::may_read },
    {"write", gacl::may_write},
    {"admin", gacl::may_admin},
};

/// "/DC=example/CN=bob:read,list": the rights stand behind the last colon.
result<gacl::entry> entry_of(const std::string& text) {
  auto colon = text.rfind(':');
  gacl::entry out;
  for (std::string_view rest = colon == text.npos ? "" : std::string_view{text}.substr(colon + 1);
       !rest.empty();) {
    auto comma = rest.find(',');
    auto word = std::ranges::find(words, rest.substr(0, comma),
                                  &std::pair<std::string_view, gacl::right>::first);
    if (word == std::end(words))
      return error{errc::usage, fmt::format("'{}' is no right: expected list, read, write or admin",
                                            rest.substr(0, comma))};
    out.allow |= word->second;
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
  }
  auto who = text.substr(0, colon);
  if (who.empty() || who[0] != '/' || out.allow == gacl::may_nothing)
    return error{errc::usage, fmt::format("cannot read '{}': expected /SUBJECT:RIGHTS, or "
                                          "/VO/GROUP:RIGHTS, such as /biomed:list,read",
                                          text)};
  // A subject has attributes with a '=' in each part, a FQAN at most in its last ones.
  bool subject = who.find('=') < who.find('/', 1);
  out.about.push_back({subject ? gacl::credential_kind::person : gacl::credential_kind::voms, who});
  return out;
}

result<std::string> wanted(session& s, const arguments& given, const std::string& old) {
  gacl::acl list;
  auto file = given.text("--set");
  if (file || (!given.flag("--clear") && !old.empty())) {
    auto text = file ? read_text(s, *file) : result<std::string>{old};
    auto read = text ? gacl::parse(*text) : result<gacl::acl>{text.why()};
    if (!read)
      return error{read.why().code,
                   fmt::format("{}: {}", file.value_or("the job's list"), read.why().text)};
    list = *std::move(read);
  }
  for (const auto& text : given.all("--allow")) {
    auto entry = entry_of(text);
    if (!entry)
      return entry.why();
    list.entries.push_back(*std::move(entry));
  }
  return list.entries.empty() ? std::string{} : gacl::print(list);
}

int run(session& s, const arguments& given) {
  auto job = job_finder{s}.find(given.operands().front());
  auto wms = job ? wms_of(s, *job) : result<address>{job.why()};
  if (!wms)
    return s.fail(wms.why());
  auto now = s.ask_at(*wms, wms::get_acl{{}, *job});
  if (!now)
    return s.fail(now.why());
  bool change = given.flag("--set") || given.flag("--allow") || given.flag("--clear");
  auto acl = change ? wanted(s, given, now->acl) : result<std::string>{now->acl};
  if (!acl)
    return s.fail(acl.why());
  if (change && !given.flag("--dry-run")) {
    auto done = s.ask_at(*wms, wms::set_acl{{}, *job, *acl});
    if (!done)
      return s.fail(done.why());
  }
  now->acl = *acl;
  if (s.output() == form::json || s.output() == form::jsonl)
    print_json_line(s.out(), "trellis.job_acl", 1, *now);
  else
    s.out() << (now->acl.empty() ? fmt::format("only {} and operators\n", now->owner) : now->acl);
  return 0;
}

} // namespace

const command job_acl{
    .noun = "job",
    .verb = "acl",
    .operands = "ID",
    .least = 1,
    .most = 1,
    .summary = "Show or change who else may see a job, fetch its output, cancel it.",
    .example = "trellis job acl ID --allow /DC=example/CN=bob:read --allow /biomed/prod:list",
    .options = options,
    .run = run,
    .more = "The list is a GACL. list: status, events, why it waits; read: these and the output; "
            "write: cancel; admin: this list.",
};

} // namespace trellis::shell
