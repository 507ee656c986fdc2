#include "actors/shell/commands.hpp"
#include "actors/shell/hosts.hpp"

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--host", "HOST", "The node that is asked; the attached one by default."),
};

constexpr column columns[] = {
    cuttable(text_column("ACTOR", "path")),
    text_column("STATE", "state"),
    number_column("MAILBOX", "mailbox"),
    number_column("RESTARTS", "restarts"),
};

int run(session& s, const arguments& given) {
  auto to = address_of(s, role::node, given.all("--host"));
  if (!to)
    return s.fail(to.why());
  node::list_actors request;
  if (!given.operands().empty())
    request.subtree = given.operands().front();
  auto x = s.ask_at(*to, request);
  if (!x)
    return s.fail(x.why());
  view<node::actor_row> v;
  v.schema = "trellis.actor";
  v.columns = columns;
  v.cells = [](const node::actor_row& a) {
    return row{
        a.path,
        a.state,
        std::to_string(a.mailbox),
        {std::to_string(a.restarts), a.restarts > 0 ? colour::yellow : colour::none}
    };
  };
  v.id = [](const node::actor_row& a) { return a.path; };
  s.print(v, x->actors);
  return 0;
}

} // namespace

const command node_actors{
    .noun = "node",
    .verb = "actors",
    .operands = "[SUBTREE]",
    .least = 0,
    .most = 1,
    .summary = "List the actors of a node with state, mailbox and restarts; for operators.",
    .example = "trellis node actors wms",
    .options = options,
    .run = run,
    .more
    = "Jobs and attempts with an actor of their own are counted, and listed when their role is "
      "named.",
};

} // namespace trellis::shell
