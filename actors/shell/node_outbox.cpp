#include "actors/shell/commands.hpp"
#include "actors/shell/hosts.hpp"

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--host", "HOST", "The node that is asked; the attached one by default."),
};

constexpr column columns[] = {
    cuttable(text_column("TO", "to")),
    number_column("NUMBER", "number"),
    cuttable(text_column("MESSAGE", "message")),
    number_column("BYTES", "bytes"),
};

int run(session& s, const arguments& given) {
  auto to = address_of(s, role::node, given.all("--host"));
  if (!to)
    return s.fail(to.why());
  node::list_outbox request;
  if (!given.operands().empty())
    request.peer = given.operands().front();
  auto x = s.ask_at(*to, request);
  if (!x)
    return s.fail(x.why());
  view<node::outbox_row> v;
  v.schema = "trellis.letter";
  v.columns = columns;
  v.cells = [](const node::outbox_row& a) {
    return row{text(a.to), std::to_string(a.number), a.message, std::to_string(a.bytes)};
  };
  v.id = [](const node::outbox_row& a) { return text(a.to) + " " + std::to_string(a.number); };
  s.print(v, x->letters);
  return 0;
}

} // namespace

const command node_outbox{
    .noun = "node",
    .verb = "outbox",
    .operands = "[PEER]",
    .least = 0,
    .most = 1,
    .summary = "List the letters that wait for peers.",
    .example = "trellis node outbox ral.example",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
