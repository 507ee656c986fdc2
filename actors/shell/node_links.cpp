#include "actors/shell/commands.hpp"
#include "actors/shell/hosts.hpp"
#include "actors/shell/link_table.hpp"

namespace trellis::shell {
namespace {

int run(session& s, const arguments& given) {
  auto to = address_of(s, role::node, given.operands());
  if (!to)
    return s.fail(to.why());
  auto x = s.ask_at(*to, node::get_status{});
  if (!x)
    return s.fail(x.why());
  s.print(link_view(s.output()), x->links);
  return 0;
}

} // namespace

const command node_links{
    .noun = "node",
    .verb = "links",
    .operands = "[HOST]",
    .least = 0,
    .most = 1,
    .summary = "List the links of a node to its peers.",
    .example = "trellis node links -o wide",
    .options = {},
    .run = run,
    .more = {},
};

} // namespace trellis::shell
