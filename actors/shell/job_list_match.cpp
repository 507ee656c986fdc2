#include "actors/shell/commands.hpp"
#include "actors/shell/match_text.hpp"
#include "actors/shell/submission.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("-r,--resource", "CE", "As if the job were sent to this CE."),
    option("-e,--set", "NAME=VALUE",
           "Set an attribute of the JDL to an expression; may be repeated."),
};

constexpr column columns[] = {
    cuttable(text_column("CE", "ce")),
    number_column("RANK", "rank"),
};

int run(session& s, const arguments& given) {
  submission what;
  what.file = given.operands().front();
  what.resource = given.text_or("--resource", "");
  what.attributes = given.all("--set");
  auto jdl = jdl_of(s, what);
  if (!jdl)
    return s.fail(jdl.why());
  auto found = s.ask(wms::list_match{{}, *jdl});
  if (!found)
    return s.fail(found.why());
  bool people = s.output() == form::table || s.output() == form::wide;
  if (s.output() == form::json || s.output() == form::jsonl)
    print_json_line(s.out(), "trellis.matches", 1, *found);
  else if (!people || !found->ces.empty()) {
    view<wms::candidate> v;
    v.columns = columns;
    v.cells = [](const wms::candidate& x) { return row{x.ce, fmt::format("{}", x.rank)}; };
    v.id = [](const wms::candidate& x) { return x.ce; };
    s.print(v, found->ces);
  } else if (!found->clauses.empty())
    print_clauses(s, *found);
  if (found->ces.empty())
    return s.fail(
        {errc::no_match,
         fmt::format("none of {} CEs would take the job of {}", found->considered, what.file)},
        found->considered == 0
            ? "wait for a CE to advertise itself: trellis ce list"
            : "relax the clause that excludes most CEs; the CEs: trellis ce list -o wide");
  return 0;
}

} // namespace

const command job_list_match{
    .noun = "job",
    .verb = "list-match",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "List the CEs that would take a job now, best first.",
    .example = "trellis job list-match hello.jdl",
    .options = options,
    .run = run,
    .more = "When none would, each clause of the requirements is shown with the CEs it excludes.",
};

} // namespace trellis::shell
