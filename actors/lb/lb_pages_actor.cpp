#include "actors/lb/lb_pages_actor.hpp"

#include "actors/lb/admission.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace trellis::lb {
namespace {

constexpr auto states = static_cast<std::size_t>(job_state::purged) + 1;

bool wanted(const list_jobs& x, std::size_t state) {
  return x.states.empty() || std::ranges::count(x.states, static_cast<job_state>(state)) > 0;
}

result<std::uint64_t> cursor_of(const std::string& text) {
  std::uint64_t out = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (!text.empty() && (ec != std::errc{} || end != text.data() + text.size() || out == 0))
    return error{errc::usage, "cannot list jobs after '" + text.substr(0, 40)
                                  + "': a list's own `next` is expected there"};
  return out;
}

result<job_status> status_of(const storage::event_log& log, const job_id& job) {
  auto row = log.state_of(job);
  if (!row)
    return row.why();
  if (!*row)
    return error{errc::storage, "the index names " + job.text() + ", which has no state"};
  auto record = wire::decode<job_record>(**row);
  if (!record)
    return record.why();
  return std::move(record->status);
}

/// The newest jobs of all ranges together.
result<std::vector<storage::indexed_job>> newest(const storage::event_log& log,
                                                 const std::vector<storage::index_range>& ranges,
                                                 std::uint64_t before, std::size_t limit) {
  std::vector<storage::indexed_job> out;
  for (const auto& range : ranges) {
    auto part = log.jobs_in(range, before, limit);
    if (!part)
      return part.why();
    std::move(part->begin(), part->end(), std::back_inserter(out));
  }
  std::ranges::sort(out, std::greater{}, &storage::indexed_job::registered);
  auto same = [](const auto& a, const auto& b) { return a.registered == b.registered; };
  out.erase(std::unique(out.begin(), out.end(), same), out.end()); // it moved between two reads
  if (out.size() > limit)
    out.resize(limit);
  return out;
}

} // namespace

std::vector<storage::index_range> ranges_of(const job_book::counts& jobs, const list_jobs& x,
                                            bool everybody) {
  std::set<std::pair<std::string, std::optional<std::string>>> places;
  for (const auto& [place, count] : jobs) {
    const auto& [vo, owner] = place;
    if (!x.vo.empty() && vo != x.vo)
      continue;
    if (everybody)
      places.emplace(vo, std::nullopt);
    else if (same_person(owner, x.owner))
      places.emplace(vo, owner);
  }
  std::vector<storage::index_range> out;
  for (const auto& [vo, owner] : places)
    for (std::size_t s = 0; s < states; ++s)
      if (wanted(x, s))
        out.push_back({vo, owner, static_cast<job_state>(s)});
  return out;
}

result<job_list> page_of(const storage::event_log& log,
                         const std::vector<storage::index_range>& ranges, const list_jobs& x,
                         std::size_t limit) {
  auto before = cursor_of(x.after);
  if (!before)
    return before.why();
  auto found = newest(log, ranges, *before, limit + 1);
  if (!found)
    return found.why();
  job_list out;
  if (found->size() > limit) {
    found->resize(limit);
    if (!found->empty())
      out.next = std::to_string(found->back().registered);
  }
  for (const auto& job : *found) {
    auto status = status_of(log, job.job);
    if (!status)
      return status.why();
    if (wanted(x, static_cast<std::size_t>(status->state))) // it may have moved on since
      out.jobs.push_back(std::move(*status));
  }
  return out;
}

result<changes> changes_of(const storage::event_log& log, const std::vector<job_id>& jobs,
                           std::uint64_t after, std::size_t limit) {
  changes out;
  out.last = after;
  for (const auto& job : jobs) {
    auto events = log.events_of(job, after, limit);
    if (!events)
      return events.why();
    std::move(events->begin(), events->end(), std::back_inserter(out.events));
  }
  std::ranges::sort(out.events, {}, &stored_event::arrival);
  if (out.events.size() > limit)
    out.events.resize(limit);
  std::set<job_id> touched;
  for (const auto& x : out.events)
    touched.insert(x.what.job);
  for (const auto& job : touched) {
    auto status = status_of(log, job);
    if (!status)
      return status.why();
    out.states.push_back(std::move(*status));
  }
  if (!out.events.empty())
    out.last = out.events.back().arrival;
  return out;
}

result<std::vector<job_id>> jobs_with_news(const storage::event_log& log,
                                           const job_book::counts& jobs, std::string_view subject,
                                           std::uint64_t after, std::size_t most) {
  list_jobs mine;
  mine.owner = subject;
  auto found = newest(log, ranges_of(jobs, mine, false), 0, most);
  if (!found)
    return found.why();
  std::vector<job_id> out;
  for (const auto& job : *found) {
    auto status = status_of(log, job.job);
    if (!status)
      return status.why();
    if (status->last_arrival > after)
      out.push_back(job.job);
  }
  return out;
}

} // namespace trellis::lb
