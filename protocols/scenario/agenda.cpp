#include "protocols/scenario/agenda.hpp"

#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/swf.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

std::optional<error> add(agenda& to, const workload& x, const log_reader& read) {
  if (!read)
    return error{errc::usage, fmt::format("line {}: nobody reads {}", x.at.line, x.swf)};
  auto bytes = read(x.swf);
  if (!bytes)
    return bytes.why();
  swf_limits limits;
  limits.skip = x.skip;
  if (x.first > 0)
    limits.most = x.first;
  auto jobs = read_swf(*bytes, limits);
  if (!jobs)
    return jobs.why();
  if (x.by.empty() || jobs->empty())
    return error{errc::usage, fmt::format("line {}: a workload without jobs or users", x.at.line)};
  auto divided = [&](std::int64_t s) {
    return milliseconds{std::max<std::int64_t>(0, s) * 1'000 / std::max(1u, x.divide)};
  };
  auto first = jobs->front().submitted_s;
  for (const auto& j : *jobs) {
    auto n = static_cast<std::size_t>(std::max<std::int64_t>(0, j.user)) % x.by.size();
    to.tasks.emplace(x.starts + divided(j.submitted_s - first),
                     due{due::kind::submits, to.log.size(), 1});
    to.log.push_back({&x, x.by[n], std::max(milliseconds{1}, divided(j.ran_s))});
  }
  return std::nullopt;
}

} // namespace

result<agenda> agenda_of(const story& x, const log_reader& read) {
  agenda out;
  for (std::size_t i = 0; i < x.happenings.size(); ++i)
    for (const auto& one : occurrences(x.happenings[i])) {
      out.tasks.emplace(one.when, due{due::kind::happens, i, one.times});
      if (one.undone)
        out.tasks.emplace(*one.undone, due{due::kind::undone, i, 1});
    }
  for (const auto& w : x.workloads)
    if (auto wrong = add(out, w, read))
      return *wrong;
  return out;
}

} // namespace trellis::scenario
