#include "actors/shell/commands.hpp"
#include "actors/shell/tally.hpp"
#include "actors/shell/times.hpp"
#include "actors/shell/wait.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

using std::chrono::milliseconds;

constexpr option_row options[] = {
    flag("--watch", "Print a line whenever the counts change, until stopped."),
    flag("--until-idle", "With --watch: stop when every job is over."),
    option("--at-least", "N", "With --until-idle: and not before there are so many jobs."),
    option("--every", "TIME", "With --watch: at most one line in this time; 1s by default."),
    option("--timeout", "TIME", "With --watch: stop after this time; then the exit code is 7."),
    option("--vo", "VO", "Only jobs of this VO."),
    option("--owner", "DN", "Only jobs of this owner."),
};

struct stats_request {
  lb::count_jobs what;
  bool until_idle = false;
  std::uint64_t at_least = 0;
  milliseconds every{1'000};
  wait_limit limit;
};

std::uint64_t total(const lb::job_counts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [state, n] : counts.by_state)
    sum += n;
  return sum;
}

/// The counts are asked for when L&B has news, and not more often than `every`.
class stats_watch {
public:
  stats_watch(session& s, const stats_request& what) : session_(s), what_(what) {}

  int run();

private:
  void show(const lb::job_counts& counts);
  result<done> wait_for_news();

  bool finished(const lb::job_counts& counts) const {
    return what_.until_idle && total(counts) >= what_.at_least && still_moving(counts) == 0;
  }

  session& session_;
  const stats_request& what_;
  std::uint64_t after_ = 0;
  std::string shown_;
};

void stats_watch::show(const lb::job_counts& counts) {
  auto line = tally_line("", counts);
  if (line == shown_)
    return;
  auto at = session_.world().now();
  if (session_.output() == form::jsonl || session_.output() == form::json)
    print_json_line(session_.out(), "trellis.job_counts_line", 1, counts);
  else {
    if (shown_.empty())
      session_.out() << tally_titles() << '\n';
    session_.out() << tally_line(clock_time(session_.world(), at).substr(0, 10), counts) << '\n';
  }
  session_.out().flush();
  shown_ = line;
}

result<done> stats_watch::wait_for_news() {
  session_.world().pause(what_.every);
  lb::watch request;
  request.after = after_;
  request.wait = milliseconds{2'000};
  auto news = session_.ask(request);
  if (!news)
    return news.why();
  after_ = std::max(after_, news->last);
  return done{};
}

int stats_watch::run() {
  auto start = session_.world().now();
  for (;;) {
    auto counts = session_.ask(what_.what);
    if (!counts)
      return session_.fail(counts.why());
    show(*counts);
    if (finished(*counts) || session_.world().interrupted())
      return 0;
    if (what_.limit && session_.world().now() - start >= *what_.limit)
      return session_.fail(
          {errc::timed_out, fmt::format("{} jobs were not over after {} s", still_moving(*counts),
                                        what_.limit->count() / 1000)});
    if (auto heard = wait_for_news(); !heard)
      return session_.fail(heard.why());
  }
}

int run(session& s, const arguments& given) {
  stats_request what;
  what.what.vo = given.text_or("--vo", "");
  what.what.owner = given.text_or("--owner", "");
  if (!given.flag("--watch"))
    return print_tally(s, what.what.vo, what.what.owner);
  auto limit = wait_wanted(given);
  auto every = parse_duration(given.text_or("--every", "1s"));
  if (!limit || !every)
    return s.fail(limit ? every.why() : limit.why());
  what.limit = *limit;
  what.every = *every;
  what.until_idle = given.flag("--until-idle");
  what.at_least = std::strtoull(given.text_or("--at-least", "0").c_str(), nullptr, 10);
  return stats_watch{s, what}.run();
}

} // namespace

const command job_stats{
    .noun = "job",
    .verb = "stats",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "Count your jobs by state, once or live.",
    .example = "trellis job stats --watch --until-idle --timeout 1min",
    .options = options,
    .run = run,
    .more = {},
};

} // namespace trellis::shell
