#include "actors/world/traces.hpp"

#include "protocols/scenario/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::world {

std::vector<traced> compare_traces(const scenario::story& told, const truth& facts,
                                   const events_reader& events_of) {
  std::vector<traced> out;
  for (const auto& x : told.traces) {
    traced t;
    t.what = &x;
    const auto& named = facts.named(x.name);
    auto of = std::ranges::find_if(
        named, [&](job_index i) { return x.ordinal == 0 || facts.jobs()[i].ordinal == x.ordinal; });
    if (of == named.end() || facts.jobs()[*of].id.empty())
      t.problem = fmt::format("no job {} was accepted", x.name);
    else if (x.ordinal == 0 && named.size() > 1)
      t.problem
          = fmt::format("there are {} jobs {}: say which, as {}#1", named.size(), x.name, x.name);
    else
      for (const auto& e : events_of(facts.jobs()[*of].id))
        if (scenario::shows(x, e.what))
          t.lines.push_back(scenario::trace_line(e.what));
    t.same = t.problem.empty() && t.lines == x.lines;
    out.push_back(std::move(t));
  }
  return out;
}

} // namespace trellis::world
