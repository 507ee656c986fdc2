#include "actors/shell/commands.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/match_text.hpp"
#include "actors/shell/status_block.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

/// What the two services that know a job say about it.
struct reasons {
  job_id job;
  lb::job_status status;
  wms::explanation wms;
};
TRELLIS_INSPECT(reasons, job, status, wms)

constexpr column columns[] = {
    text_column("JOB", "job"),
    text_column("STATE", "state"),
    text_column("WMS", "wms_state"),
    cuttable(text_column("WAITS FOR", "waits_for")),
    cuttable(text_column("LAST ERROR", "last_error")),
};

void field(session& s, std::string_view label, std::string_view value) {
  if (!value.empty())
    s.out() << fmt::format("{:<13}{}\n", fmt::format("{}:", label), value);
}

void print_block(session& s, const reasons& x) {
  field(s, "Job", x.job.text());
  field(s, "State", fmt::format("{}, {} at the WMS", state_text(x.status), x.wms.state));
  if (x.wms.attempt > 0)
    field(s, "Attempt",
          fmt::format("{}{}{}", x.wms.attempt, x.wms.ce.empty() ? "" : " on ", x.wms.ce));
  field(s, "Waits for", x.wms.waits_for.empty() ? "nothing" : x.wms.waits_for);
  field(s, "Last error", x.wms.last_error.empty() ? x.status.reason : x.wms.last_error);
  for (const auto& reason : x.status.failure_reasons)
    if (reason != x.wms.last_error && reason != x.status.reason)
      field(s, "Earlier", reason);
  const auto& now = x.wms.now;
  if (!now.clauses.empty() || now.considered > 0) {
    field(s, "CEs", fmt::format("{} of {} fit now", now.ces.size(), now.considered));
    if (!now.clauses.empty())
      print_clauses(s, now);
  }
  if (x.wms.ahead > 0)
    field(s, "Queue", fmt::format("{} jobs are before it", x.wms.ahead));
  for (const auto& [name, share] : x.wms.shares)
    field(s, "Share", fmt::format("{} {:.6g}", name, share));
}

result<reasons> find_reasons(session& s, const job_id& job) {
  auto status = s.ask_at(s.lb_of(job), lb::get_status{{}, job});
  if (!status)
    return status.why();
  auto wms = wms_of(s, job);
  if (!wms)
    return wms.why();
  auto explained = s.ask_at(*wms, wms::why{{}, job});
  // What L&B knows is an answer too when the WMS has forgotten a job that is over.
  if (!explained && !(explained.why().code == errc::not_found && is_over(status->state)))
    return explained.why();
  wms::explanation known;
  known.state = "over and forgotten";
  return reasons{job, std::move(*status), explained ? std::move(*explained) : std::move(known)};
}

constexpr option_row options[] = {input_option, pick_option};

int run(session& s, const arguments& given) {
  auto words = named_jobs(s, given);
  if (!words)
    return s.fail(words.why());
  job_finder finder{s};
  std::vector<reasons> found;
  for (const auto& word : *words) {
    auto job = finder.find(word);
    auto x = job ? find_reasons(s, *job) : result<reasons>{job.why()};
    if (!x) {
      s.fail_one(x.why());
      continue;
    }
    if (s.output() == form::table || s.output() == form::wide) {
      if (!found.empty())
        s.out() << '\n';
      print_block(s, *x);
    }
    found.push_back(std::move(*x));
  }
  if (s.output() != form::table && s.output() != form::wide) {
    view<reasons> v;
    v.schema = "trellis.job_why";
    v.columns = columns;
    v.cells = [](const reasons& x) {
      return row{x.job.text(), state_text(x.status), x.wms.state, x.wms.waits_for,
                 x.wms.last_error};
    };
    v.id = [](const reasons& x) { return x.job.text(); };
    s.print(v, found);
  }
  return s.verdict(found.size());
}

} // namespace

const command job_why{
    .noun = "job",
    .verb = "why",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Say what a job waits for, which clauses exclude CEs, and the last error.",
    .example = "trellis job why 3u9mKQ",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
