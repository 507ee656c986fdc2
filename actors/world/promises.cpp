#include "actors/world/promises.hpp"

#include "protocols/scenario/grid.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::world {

promises::promises(const scenario::story& story, const truth& facts)
    : story_(story), facts_(facts) {
  auto brokers = std::max<std::size_t>(1, scenario::playing(story, role::wms).size());
  while (fair_.size() < brokers)
    fair_.emplace_back(story);
  auto works = [](const scenario::happening& x) { return x.what.what == scenario::verb::submit; };
  auto sound = [](const scenario::ce& x) {
    return !x.black_hole && x.fails.millionths == 0 && x.crashes.millionths == 0;
  };
  auto clear = [](const scenario::link& x) {
    return x.loss.millionths == 0 && x.rtt <= std::chrono::seconds{1};
  };
  nothing_happens_ = std::ranges::all_of(story.happenings, works)
                     && std::ranges::all_of(story.ces, sound)
                     && std::ranges::all_of(story.links, clear);
}

void promises::say(std::string what) {
  if (!broken_)
    broken_ = std::move(what);
}

void promises::forgot(role which) {
  wms_forgot_ = wms_forgot_ || which == role::wms;
  lb_forgot_ = lb_forgot_ || which == role::lb;
}

/// Its owner said that it does no harm.
bool promises::may_run_twice(const job_facts& x) const {
  auto job = std::ranges::find(story_.jobs, x.name, &scenario::job::name);
  return job != story_.jobs.end() && job->jdl.find("Idempotent") != job->jdl.npos;
}

std::optional<std::string> promises::slots(const scenario::ce& of, const lrms_facts& now) {
  if (now.busy > of.slots)
    return fmt::format("over its slots: {} runs {} jobs in {} slots", of.host.text(), now.busy,
                       of.slots);
  auto bound = of.max_waiting > 0 ? of.max_waiting : 10'000;
  if (now.waiting > bound)
    return fmt::format("over its bound: {} jobs wait at {}, {} may", now.waiting, of.host.text(),
                       bound);
  return std::nullopt;
}

void promises::look_at_shares(std::span<const job_index> changed, scenario::milliseconds now) {
  for (auto i : changed) {
    const auto& x = facts_.jobs()[i];
    fair_[x.wms].look(i, x, now);
  }
  for (auto& x : fair_) {
    x.pass(now);
    if (x.unfair())
      say(*x.unfair());
  }
}

std::uint64_t promises::shares_judged() const {
  std::uint64_t out = 0;
  for (const auto& x : fair_)
    out += x.judged();
  return out;
}

void promises::look(std::span<const job_index> changed, scenario::milliseconds now) {
  if (wms_forgot_)
    return; // it may start again what it does not know any more
  look_at_shares(changed, now);
  for (auto i : changed) {
    const auto& x = facts_.jobs()[i];
    if (x.twice)
      say(fmt::format("made twice: one request for {} became two jobs, {} is one of them",
                      x.label(), x.id.text()));
    if (may_run_twice(x))
      continue;
    if (x.most > 1)
      say(fmt::format("two payloads at once: {} ({})", x.label(), x.id.text()));
    if (x.starts > x.wms_deep + 1)
      say(fmt::format("more starts than deep cycles: {} ({}) started {} times in {} cycles",
                      x.label(), x.id.text(), x.starts, x.wms_deep + 1));
  }
}

void promises::end(const job_facts& x, bool calm, bool ran_out) {
  using enum lb::job_state;
  if (x.acknowledged && !wms_forgot_ && !x.known_to_wms)
    say(fmt::format("lost: {} ({}) was acknowledged, and no WMS has it", x.label(), x.id.text()));
  if (x.acknowledged && !lb_forgot_ && x.state == undef)
    say(fmt::format("lost: {} ({}) was acknowledged, and L&B does not know it", x.label(),
                    x.id.text()));
  auto over = x.state == done || lb::is_terminal(x.state);
  if (ran_out && x.acknowledged && !over && !wms_forgot_ && !lb_forgot_)
    say(fmt::format("without end: {} ({}) is {} for L&B, {} for the WMS", x.label(), x.id.text(),
                    lb::word(x.state), wms::word(x.phase)));
  if (nothing_happens_ && ran_out && x.acknowledged)
    end_of_quiet_run(x);
  if (!calm || wms_forgot_ || lb_forgot_ || !x.known_to_wms || !wms::is_over(x.phase))
    return;
  auto agrees = x.phase == wms::job_phase::done        ? x.state == done
                : x.phase == wms::job_phase::aborted   ? x.state == aborted
                : x.phase == wms::job_phase::cancelled ? x.state == cancelled
                                                       : over;
  if (!agrees)
    say(fmt::format("not as it was: {} ({}) is {} for L&B, {} for the WMS", x.label(), x.id.text(),
                    lb::word(x.state), wms::word(x.phase)));
  if (x.code == lb::done_code::ok && x.state == done && x.starts == 0)
    say(fmt::format("not as it was: L&B says that {} ({}) is Done, it never ran", x.label(),
                    x.id.text()));
}

void promises::end_of_quiet_run(const job_facts& x) {
  if (x.deep + x.shallow > 0)
    say(fmt::format("resubmitted for nothing: {} ({}), {} times", x.label(), x.id.text(),
                    x.deep + x.shallow));
  if (x.phase == wms::job_phase::aborted && x.attempt > 0)
    say(fmt::format("aborted for nothing: {} ({}): {}", x.label(), x.id.text(), x.reason));
}

void promises::end(bool calm, bool ran_out, scenario::milliseconds now) {
  if (!wms_forgot_)
    look_at_shares({}, now);
  for (const auto& x : facts_.jobs())
    end(x, calm, ran_out);
}

} // namespace trellis::world
