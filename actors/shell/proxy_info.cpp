#include "actors/shell/commands.hpp"
#include "actors/shell/own_proxy.hpp"
#include "runtime/node/trust_files.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("-f,--file", "FILE", "This proxy, in place of the usual one."),
    flag("--exists", "Print nothing; the exit code is 0 for a proxy that holds, else 1."),
    option("--valid", "TIME", "With --exists: it must last at least so long, as 1h or 1:30."),
};

constexpr column columns[] = {
    text_column("PATH", "path"),        text_column("IDENTITY", "identity"),
    text_column("TYPE", "type"),        text_column("STRENGTH", "strength"),
    number_column("LEFT", "timeleft"),  text_column("VO", "vo"),
    text_column("ATTRIBUTES", "fqans"),
};

view<proxy_text> as_list() {
  view<proxy_text> v;
  v.schema = "trellis.proxy";
  v.columns = columns;
  v.cells = [](const proxy_text& x) {
    std::string vos, fqans;
    for (const auto& vo : x.vos) {
      vos += (vos.empty() ? "" : " ") + vo.name;
      for (const auto& fqan : vo.fqans)
        fqans += (fqans.empty() ? "" : " ") + fqan;
    }
    return row{x.path, x.identity, x.type, x.strength, std::to_string(x.timeleft), vos, fqans};
  };
  v.id = [](const proxy_text& x) { return x.identity; };
  return v;
}

int run(session& s, const arguments& given) {
  auto least = parse_validity(given.text_or("--valid", "1s"));
  if (!least)
    return s.fail(least.why());
  auto path = proxy_file(s, given, "--file");
  auto proxy = load_credential(path);
  if (given.flag("--exists"))
    return proxy && gsi::facts_of(proxy->chain).ends >= to_instant(s.world().now()) + *least ? 0
                                                                                             : 1;
  if (!proxy) {
    bool none = proxy.why().code == errc::not_found;
    return s.fail({errc::unauthenticated,
                   none ? fmt::format("there is no proxy at {}", path) : proxy.why().text},
                  none ? "make one: trellis proxy init" : "");
  }
  auto text = text_of(path, gsi::facts_of(proxy->chain), s.world().now());
  switch (s.output()) {
  case form::table:
  case form::wide:
    s.out() << proxy_block(text, s.world());
    break;
  case form::json:
  case form::jsonl:
    print_json_line(s.out(), "trellis.proxy", 1, text);
    break;
  case form::csv:
  case form::id:
    s.print(as_list(), {text});
  }
  return 0;
}

} // namespace

const command proxy_info{
    .noun = "proxy",
    .verb = "info",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "Show one's proxy: whose it is, of what kind, how long it lasts, its attributes.",
    .example = "trellis proxy info --exists --valid 1h || trellis proxy init",
    .options = options,
    .run = run,
    .more = "What is shown is what the file says; whether others accept it: trellis cred doctor.",
};

} // namespace trellis::shell
