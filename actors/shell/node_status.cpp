#include "actors/shell/commands.hpp"
#include "actors/shell/hosts.hpp"
#include "actors/shell/link_table.hpp"
#include "actors/shell/times.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

std::string roles_text(const std::vector<role>& roles) {
  std::string out;
  for (auto r : roles)
    out += fmt::format("{}{}", out.empty() ? "" : " ", word(r));
  return out;
}

void print_block(session& s, const node::status& x) {
  auto& out = s.out();
  out << fmt::format("Node:      {}{}\n", x.host.text(),
                     x.site.empty() ? "" : fmt::format(" (site {})", x.site));
  out << fmt::format("Roles:     {}\n", roles_text(x.roles));
  out << fmt::format("Version:   {}, up {}, {} MB resident\n", x.version, brief(x.up),
                     x.memory_kib / 1024);
  std::uint64_t letters = 0, bytes = 0, up = 0;
  for (const auto& link : x.links) {
    letters += link.outbox_letters;
    bytes += link.outbox_bytes;
    up += link.up ? 1 : 0;
  }
  out << fmt::format("Outbox:    {} letters, {} bytes\n", letters, bytes);
  out << fmt::format("Links:     {} of {} up\n", up, x.links.size());
  for (const auto& warning : x.warnings)
    out << painted(fmt::format("Warning:   {}", warning), colour::yellow, s.paper()) << '\n';
  if (!x.links.empty()) {
    out << '\n';
    auto v = link_view(s.output());
    std::vector<row> rows;
    for (const auto& link : x.links)
      rows.push_back(v.cells(link));
    print_table(out, v.columns, std::move(rows), s.paper(), s.output() == form::wide);
  }
}

int run(session& s, const arguments& given) {
  auto to = address_of(s, role::node, given.operands());
  if (!to)
    return s.fail(to.why());
  auto x = s.ask_at(*to, node::get_status{});
  if (!x)
    return s.fail(x.why());
  switch (s.output()) {
  case form::table:
  case form::wide:
    print_block(s, *x);
    break;
  case form::json:
  case form::jsonl:
    print_json_line(s.out(), "trellis.node_status", 1, *x);
    break;
  case form::csv:
    s.print(link_view(form::csv), x->links);
    break;
  case form::id:
    s.out() << x->host.text() << '\n';
  }
  return 0;
}

} // namespace

const command node_status{
    .noun = "node",
    .verb = "status",
    .operands = "[HOST]",
    .least = 0,
    .most = 1,
    .summary = "Show a node: roles, links, outbox, clock differences, warnings.",
    .example = "trellis node status --node /var/lib/trellis",
    .options = {},
    .run = run,
    .more = {},
};

} // namespace trellis::shell
