#include "actors/shell/commands.hpp"
#include "actors/shell/glite_job.hpp"
#include "actors/shell/match_text.hpp"
#include "actors/shell/submission.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    flag("--rank", "Show the ranks."),
    old_output,
    old_noint,
    old_delegation,
    old_automatic,
    old_config,
    old_vo,
    old_endpoint,
    old_logfile,
    old_debug,
};

std::string list_text(const std::vector<wms::candidate>& ces, bool ranks) {
  auto out = fmt::format("{:^74}\n", "COMPUTING ELEMENT IDs LIST");
  out.erase(out.find_last_not_of(" \n") + 1);
  out += "\n The following CE(s) matching your job requirements have been found:\n\n";
  out += ranks ? fmt::format("        {:<58}{}\n", "*CEId*", "*Rank*") : "        *CEId*\n";
  for (const auto& x : ces)
    out += ranks ? fmt::format(" - {:<63}{}\n", x.ce, x.rank) : fmt::format(" - {}\n", x.ce);
  return out;
}

int run(session& s, const arguments& given) {
  submission what;
  what.file = given.operands().front();
  auto jdl = jdl_of(s, what);
  if (!jdl)
    return s.fail(jdl.why());
  auto found = s.ask(wms::list_match{{}, *jdl});
  bool none = found ? found->ces.empty() : found.why().code == errc::no_match;
  if (!found && !none)
    return s.fail(found.why());
  if (none) {
    auto code
        = old_print(s, given,
                    old_banner("glite-wms-job-list-match", "No Computing Element matching your job "
                                                           "requirements has been found!"));
    if (found && !found->clauses.empty())
      print_clauses(s, *found);
    return code != 0 ? code : exit_code(errc::no_match);
  }
  auto rule = std::string(74, '=');
  return old_print(
      s, given,
      fmt::format("\n{}\n\n{}\n{}\n\n", rule, list_text(found->ces, given.flag("--rank")), rule));
}

} // namespace

const command glite_job_list_match{
    .noun = "glite-wms-job-list-match",
    .verb = "",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "List the CEs that match a job, as the gLite user interface did.",
    .example = "glite-wms-job-list-match -a --rank hello.jdl",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
