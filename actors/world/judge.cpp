#include "actors/world/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace trellis::world {

using namespace scenario;

namespace {

template <class T>
bool compare(T a, comparison how, T b) {
  switch (how) {
  case comparison::less:
    return a < b;
  case comparison::at_most:
    return a <= b;
  case comparison::equal:
    return a == b;
  case comparison::unequal:
    return a != b;
  case comparison::at_least:
    return a >= b;
  case comparison::more:
    return a > b;
  }
  return false;
}

bool in_state(const std::vector<lb::job_state>& states, const job_facts& x) {
  return states.empty() || std::ranges::find(states, x.state) != states.end();
}

bool says(const job_is& want, const job_facts& x) {
  auto yes = in_state(want.states, x) && (want.on.empty() || want.on == x.destination)
             && (!want.exit_code || *want.exit_code == x.exit_code)
             && (!want.resubmissions || *want.resubmissions == x.deep + x.shallow)
             && (!want.deep || *want.deep == x.deep)
             && (!want.shallow || *want.shallow == x.shallow)
             && (want.reason.empty() || x.reason.find(want.reason) != x.reason.npos);
  return yes != want.negated;
}

std::uint64_t figure_of(const job_figure& want, const job_facts& x) {
  switch (want.what) {
  case figure::payloads:
    return static_cast<std::uint64_t>(std::max(0, x.payloads));
  case figure::starts:
    return x.starts;
  case figure::attempts:
    return x.attempt;
  case figure::resubmissions:
    return x.deep + x.shallow;
  }
  return 0;
}

/// -1: the condition is not about this job.
signed char answer(const condition& what, const job_facts& x) {
  if (const auto* is = std::get_if<job_is>(&what))
    return is_about(is->who, x) ? says(*is, x) : -1;
  if (const auto* n = std::get_if<job_count>(&what))
    return is_about(n->who, x) && in_state(n->states, x) ? 1 : -1;
  if (const auto* f = std::get_if<job_figure>(&what))
    return is_about(f->who, x) ? compare(figure_of(*f, x), f->how, f->n) : -1;
  return -1;
}

bool is_of_jobs(const condition& x) {
  return std::holds_alternative<job_is>(x) || std::holds_alternative<job_count>(x)
         || std::holds_alternative<job_figure>(x);
}

std::string describe(const job_facts& x) {
  if (!x.refusal.empty())
    return fmt::format("{} was refused: {}", x.label(), x.refusal);
  auto out = fmt::format("{} is {}", x.label(), lb::word(x.state));
  if (!x.destination.empty())
    out += " on " + x.destination.text();
  if (x.exit_code >= 0)
    out += fmt::format(" exit={}", x.exit_code);
  if (x.deep + x.shallow > 0)
    out += fmt::format(" deep={} shallow={}", x.deep, x.shallow);
  if (x.starts > 0)
    out += fmt::format(", its payload started {} times", x.starts);
  if (!x.reason.empty())
    out += fmt::format(" ({})", x.reason);
  return out;
}

} // namespace

judge::judge(const story& told, const truth& facts, node_facts nodes)
    : story_(told), facts_(facts), nodes_(std::move(nodes)), tallies_(told.expectations.size()) {
  for (const auto& x : told.expectations)
    verdicts_.emplace_back().what = &x;
}

void judge::count(std::size_t i, job_index job) {
  auto& t = tallies_[i];
  if (t.known.size() <= job)
    t.known.resize(facts_.jobs().size(), -1);
  auto now = answer(story_.expectations[i].what, facts_.jobs()[job]);
  auto before = std::exchange(t.known[job], now);
  t.about -= before >= 0;
  t.yes -= before == 1;
  t.about += now >= 0;
  t.yes += now == 1;
  if (now == 1)
    t.last_yes = job;
  else if (now == 0)
    t.last_no = job;
}

bool judge::of_nodes(const condition& what, milliseconds now, bool any) const {
  if (const auto* share = std::get_if<share_is>(&what)) {
    auto have = facts_.share_of(share->of, steady_time{now});
    return have && std::abs(*have - share->want.value()) <= share->within.value();
  }
  auto each = [&](const target& who, auto&& test) {
    auto hosts = nodes_meant(story_, who);
    any = any || who.how == quantifier::some || who.how == quantifier::any;
    return any ? std::ranges::any_of(hosts, test) : std::ranges::all_of(hosts, test);
  };
  if (const auto* box = std::get_if<outbox_is>(&what))
    return each(box->who,
                [&](const host_name& x) { return compare(nodes_.outbox(x), box->how, box->n); });
  const auto& is = std::get<node_is>(what);
  return each(is.who, [&](const host_name& x) { return nodes_.is(x, is.state) != is.negated; });
}

/// `at_any`: one job or node is enough, as for what must never be.
bool judge::holds(std::size_t i, milliseconds now, bool at_any) const {
  const auto& what = story_.expectations[i].what;
  const auto& t = tallies_[i];
  if (!is_of_jobs(what))
    return of_nodes(what, now, at_any);
  if (const auto* n = std::get_if<job_count>(&what))
    return compare(t.yes, n->how, n->n);
  const auto& who = std::holds_alternative<job_is>(what) ? std::get<job_is>(what).who
                                                         : std::get<job_figure>(what).who;
  if (who.how == quantifier::some || who.how == quantifier::any
      || (at_any && who.how == quantifier::the))
    return t.yes > 0;
  return t.about > 0 && t.yes == t.about;
}

std::string judge::found(std::size_t i, milliseconds now) const {
  const auto& x = story_.expectations[i];
  const auto& t = tallies_[i];
  if (const auto* share = std::get_if<share_is>(&x.what)) {
    auto have = facts_.share_of(share->of, steady_time{now});
    return have ? fmt::format("{} had {:.1f}%", share->of, *have * 100)
                : std::string{"no slot time was used"};
  }
  if (const auto* box = std::get_if<outbox_is>(&x.what)) {
    std::string out;
    for (const auto& host : nodes_meant(story_, box->who))
      out += fmt::format("{}the outbox of {} holds {}", out.empty() ? "" : ", ", host.text(),
                         nodes_.outbox(host));
    return out;
  }
  if (std::holds_alternative<node_is>(x.what))
    return {};
  if (std::holds_alternative<job_count>(x.what))
    return fmt::format("there were {}", t.yes);
  auto shown = x.when == moment::never ? t.last_yes : t.last_no;
  if (shown)
    return describe(facts_.jobs()[*shown])
           + (t.about > 1 ? fmt::format("; {} of {} jobs did", t.yes, t.about) : "");
  return t.about == 0 ? "no such job was submitted" : "";
}

void judge::decide(std::size_t i, bool held, milliseconds now) {
  auto& v = verdicts_[i];
  v.decided = true;
  v.held = held;
  v.when = now;
  if (held)
    return;
  failed_ = true;
  v.found = found(i, now);
  v.job = v.what->when == moment::never ? tallies_[i].last_yes : tallies_[i].last_no;
}

void judge::look(std::span<const job_index> changed, milliseconds now) {
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    if (verdicts_[i].decided)
      continue;
    const auto& x = *verdicts_[i].what;
    if (is_of_jobs(x.what))
      for (auto job : changed)
        count(i, job);
    if (x.when == moment::by && holds(i, now, false))
      decide(i, true, now);
    else if (x.when == moment::never && holds(i, now, true))
      decide(i, false, now);
    else if (x.when == moment::always && !holds(i, now, false)
             && !(is_of_jobs(x.what) && !std::holds_alternative<job_count>(x.what)
                  && tallies_[i].about == 0))
      decide(i, false, now);
  }
}

void judge::clock(milliseconds now) {
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    const auto& x = *verdicts_[i].what;
    if (!verdicts_[i].decided && (x.when == moment::by || x.when == moment::at) && x.time <= now)
      decide(i, holds(i, now, false), now);
  }
}

void judge::end(milliseconds now) {
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    if (verdicts_[i].decided)
      continue;
    auto when = verdicts_[i].what->when;
    auto kept = when == moment::never || when == moment::always; // nothing broke it
    decide(i, kept || holds(i, now, false), now);
  }
}

bool judge::all_held() const {
  return std::ranges::all_of(verdicts_, [](const auto& x) { return x.decided && x.held; });
}

bool judge::anything_failed() const { return failed_; }

std::optional<milliseconds> judge::next() const {
  std::optional<milliseconds> out;
  for (const auto& v : verdicts_)
    if (!v.decided && (v.what->when == moment::by || v.what->when == moment::at)
        && (!out || v.what->time < *out))
      out = v.what->time;
  return out;
}

} // namespace trellis::world
