#include "actors/shell/wait.hpp"

#include "actors/shell/follow.hpp"
#include "actors/shell/status_block.hpp"
#include "actors/shell/times.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {

result<wait_limit> wait_wanted(const arguments& given) {
  auto text = given.text("--timeout");
  if (!text)
    return wait_limit{};
  auto d = parse_duration(*text);
  if (!d)
    return d.why();
  return wait_limit{*d};
}

int wait_for(session& s, const std::vector<job_id>& jobs, wait_limit limit) {
  std::map<job_id, lb::job_state> shown;
  follow_request what;
  what.jobs = jobs;
  what.limit = limit;
  what.enough = [](const lb::job_status& x) { return is_over(x.state); };
  what.on_status = [&](const lb::job_status& x) {
    if (shown[x.job] == x.state)
      return;
    shown[x.job] = x.state;
    s.note(fmt::format("{}  {}  {}", clock_time(s.world(), s.world().now()), x.job.unique(),
                       state_text(x)));
  };
  auto end = follow(s, what);
  if (!end)
    return s.fail(end.why());
  std::size_t well = 0, over = 0;
  std::vector<lb::job_status> states;
  for (const auto& job : jobs) {
    const auto& x = end->last[job];
    over += is_over(x.state) ? 1 : 0;
    well += went_well(x) ? 1 : 0;
    states.push_back(x);
  }
  if (s.output() == form::table)
    for (const auto& x : states)
      s.out() << fmt::format("{}: {}{}{}\n", x.job.unique(),
                             painted(state_text(x), colour_of(x), s.paper()),
                             x.reason.empty() ? "" : ": ", x.reason);
  else if (s.output() != form::id)
    s.print(job_view(s.world().now()), states);
  if (end->timed_out)
    return s.fail(
        {errc::timed_out, fmt::format("{} of {} jobs were not over after {} s", jobs.size() - over,
                                      jobs.size(), limit->count() / 1000)},
        "trellis job watch ID follows a job, trellis job why ID says what it waits for");
  if (over < jobs.size())
    return exit_code(errc::timed_out); // interrupted by the user
  if (well == jobs.size())
    return 0;
  return well > 0 ? exit_code(errc::partial) : 1;
}

} // namespace trellis::shell
