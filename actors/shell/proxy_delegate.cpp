#include "actors/shell/commands.hpp"
#include "actors/shell/own_proxy.hpp"
#include "actors/shell/times.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--id", "ID", "The name of the delegation; the same name again renews it."),
    option("--valid", "TIME", "How long it lasts, as 12h or 12:30; 12h by default."),
    flag("--limited", "Give a limited proxy."),
    flag("--list", "Show the delegations that the node has; delegate nothing."),
    flag("--dry-run", "Say what would be done."),
};

constexpr column columns[] = {
    text_column("ID", "id"),
    number_column("LEFT", "seconds_left"),
    text_column("VO", "vo"),
    wide(text_column("SUBJECT", "subject")),
    wide(text_column("ATTRIBUTES", "fqans")),
};

view<kept_proxy> as_list(moment now) {
  view<kept_proxy> v;
  v.schema = "trellis.delegation";
  v.columns = columns;
  v.cells = [now](const kept_proxy& x) {
    std::string fqans;
    for (const auto& fqan : x.fqans)
      fqans += (fqans.empty() ? "" : " ") + fqan;
    return row{x.id, brief(std::chrono::duration_cast<std::chrono::seconds>(x.expires - now)), x.vo,
               x.subject, fqans};
  };
  v.id = [](const kept_proxy& x) { return x.id; };
  return v;
}

int run(session& s, const arguments& given) {
  auto valid = parse_validity(given.text_or("--valid", "12h"));
  if (!valid)
    return s.fail(valid.why());
  auto nodes = s.nodes();
  if (!nodes)
    return s.fail(nodes.why());
  if (given.flag("--list")) {
    auto there = (*nodes)->delegations();
    if (!there)
      return s.fail(there.why());
    s.print(as_list(s.world().now()), *there);
    return 0;
  }
  if (given.flag("--dry-run")) {
    s.out() << fmt::format("would delegate to {}\n", (*nodes)->node().host.text());
    return 0;
  }
  auto kept = (*nodes)->delegate(
      {given.text_or("--id", ""), to_instant(s.world().now()), *valid, given.flag("--limited")});
  if (!kept)
    return s.fail({kept.why().code, fmt::format("cannot delegate: {}", kept.why().text)});
  if (s.output() == form::table)
    s.out() << kept->id << '\n';
  else
    s.print(as_list(s.world().now()), {*kept});
  return 0;
}

} // namespace

const command proxy_delegate{
    .noun = "proxy",
    .verb = "delegate",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "Give a node's HTTPS front a proxy to act for one's jobs; prints its id.",
    .example = "trellis proxy delegate --endpoint https://wms.example:8443 --valid 24h",
    .options = options,
    .run = run,
    .more = "The node makes the key; it never travels. What is delegated is no more than what is "
            "shown, and ends with it.",
};

} // namespace trellis::shell
