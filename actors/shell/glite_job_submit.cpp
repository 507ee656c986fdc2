#include "actors/shell/commands.hpp"
#include "actors/shell/glite_job.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/submission.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("-r,--resource", "CE", "Send the job to this CE, without matchmaking."),
    old_output,
    old_nomsg,
    old_noint,
    old_delegation,
    old_automatic,
    old_config,
    old_vo,
    old_endpoint,
    old_logfile,
    old_debug,
};

int run(session& s, const arguments& given) {
  submission what;
  what.file = given.operands().front();
  what.resource = given.text_or("--resource", "");
  // Old scripts name one everywhere; on a node's own machine there is none.
  auto nodes = s.nodes();
  bool proxies = nodes && (*nodes)->takes_delegations();
  auto delegation = delegation_for(s, proxies ? given.text_or("--delegationid", "") : "");
  if (!delegation)
    return s.fail(delegation.why());
  what.delegation = *std::move(delegation);
  auto answer = submit(s, what);
  if (!answer)
    return s.fail(answer.why());
  const auto& id = answer->job.text();
  if (auto path = given.text("--output"))
    if (auto saved = save_ids(*path, {id}); !saved)
      return s.fail(saved.why());
  if (given.flag("--nomsg")) {
    s.out() << id << '\n';
    return 0;
  }
  auto text = fmt::format("The job has been successfully submitted to the WMProxy\n"
                          "Your job identifier is:\n\n{}",
                          id);
  if (auto path = given.text("--output"))
    text += fmt::format("\n\nThe job identifier has been saved in the following file:\n{}", *path);
  s.out() << old_banner("glite-wms-job-submit Success", text);
  return 0;
}

} // namespace

const command glite_job_submit{
    .noun = "glite-wms-job-submit",
    .verb = "",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .summary = "Submit a job, as the gLite user interface did.",
    .example = "glite-wms-job-submit -a -o ids hello.jdl",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
