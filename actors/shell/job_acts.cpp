#include "actors/shell/job_acts.hpp"

#include "actors/shell/job_ids.hpp"

#include <fmt/format.h>

#include <istream>
#include <ostream>

namespace trellis::shell {
namespace {

struct acted {
  job_id job;
  std::string act;
};
TRELLIS_INSPECT(acted, job, act)

constexpr column columns[] = {
    text_column("JOB", "job"),
    text_column("ACT", "act"),
};

} // namespace

bool confirmed(session& s, const arguments& given, std::string_view question) {
  if (given.flag("--yes") || !s.world().in_is_terminal() || !s.world().err_is_terminal())
    return true;
  s.err() << question << " [y/N] " << std::flush;
  std::string line;
  std::getline(s.world().in(), line);
  return line == "y" || line == "Y" || line == "yes";
}

int act_on_jobs(session& s, const arguments& given, const job_act& what) {
  auto words = named_jobs(s, given);
  if (!words)
    return s.fail(words.why());
  bool dry_run = given.flag("--dry-run");
  if (words->size() > 1 && !dry_run
      && !confirmed(s, given, fmt::format("{} {} jobs?", what.verb, words->size())))
    return s.fail(
        {errc::usage, fmt::format("no job was {}: the answer was not y", what.participle)});
  job_finder finder{s};
  std::vector<acted> done_ones;
  for (const auto& word : *words) {
    auto job = finder.find(word);
    auto wms = job ? wms_of(s, *job) : result<address>{job.why()};
    if (!wms) {
      s.fail_one(wms.why());
      continue;
    }
    if (!dry_run)
      if (auto x = what.act(*wms, *job); !x) {
        s.fail_one(
            {x.why().code, fmt::format("cannot {} {}: {}", what.verb, job->text(), x.why().text)});
        continue;
      }
    done_ones.push_back({*job, fmt::format("{}{}", dry_run ? "would be " : "", what.participle)});
  }
  view<acted> v;
  v.schema = "trellis.acted";
  v.columns = columns;
  v.cells = [&](const acted& x) {
    auto name = s.output() == form::table ? std::string{x.job.unique()} : x.job.text();
    return row{name, x.act};
  };
  v.id = [](const acted& x) { return x.job.text(); };
  if (!done_ones.empty() || s.output() == form::json)
    s.print(v, done_ones);
  return s.verdict(done_ones.size());
}

} // namespace trellis::shell
