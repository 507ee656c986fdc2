#include "actors/shell/tally.hpp"

#include "actors/shell/form.hpp"
#include "actors/shell/status_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace trellis::shell {
namespace {

struct counted {
  lb::job_state state = lb::job_state::undef;
  std::uint64_t jobs = 0;
};
TRELLIS_INSPECT(counted, state, jobs)

struct tally_column {
  std::string_view title;
  lb::job_state state;
};

constexpr tally_column line_columns[] = {
    {"Submit", lb::job_state::submitted},
    {"Wait",   lb::job_state::waiting  },
    {"Ready",  lb::job_state::ready    },
    {"Sched",  lb::job_state::scheduled},
    {"Run",    lb::job_state::running  },
    {"Done",   lb::job_state::done     },
    {"Clear",  lb::job_state::cleared  },
    {"Abort",  lb::job_state::aborted  },
    {"Cancel", lb::job_state::cancelled},
};

constexpr column columns[] = {
    text_column("STATE", "state"),
    number_column("JOBS", "jobs"),
};

std::uint64_t count_of(const lb::job_counts& counts, lb::job_state state) {
  std::uint64_t sum = 0;
  for (const auto& [which, n] : counts.by_state)
    if (which == state)
      sum += n;
  return sum;
}

} // namespace

int print_tally(session& s, const std::string& vo, const std::string& owner) {
  auto counts = s.ask(lb::count_jobs{{}, vo, owner});
  if (!counts)
    return s.fail(counts.why());
  std::vector<counted> items;
  for (const auto& [state, n] : counts->by_state)
    if (n > 0)
      items.push_back({state, n});
  std::ranges::sort(items, {}, &counted::state);
  view<counted> v;
  v.schema = "trellis.job_counts";
  v.columns = columns;
  v.cells = [](const counted& x) {
    return row{std::string{lb::word(x.state)}, std::to_string(x.jobs)};
  };
  v.id = [](const counted& x) { return std::string{lb::word(x.state)}; };
  s.print(v, items);
  return 0;
}

std::string tally_titles() {
  auto out = fmt::format("{:<12}", "Time");
  for (const auto& c : line_columns)
    out += fmt::format("{:>7}", c.title);
  return out;
}

std::string tally_line(std::string_view at, const lb::job_counts& counts) {
  auto out = fmt::format("{:<12}", at);
  for (const auto& c : line_columns)
    out += fmt::format("{:>7}", count_of(counts, c.state));
  return out;
}

std::uint64_t still_moving(const lb::job_counts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [state, n] : counts.by_state)
    if (!is_over(state))
      sum += n;
  return sum;
}

} // namespace trellis::shell
