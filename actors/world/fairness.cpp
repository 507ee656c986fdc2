#include "actors/world/fairness.hpp"

#include "actors/wms/fair_share.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace trellis::world {

using scenario::milliseconds;

namespace {

/// They say nothing about where a job may run, nor how much of it.
constexpr std::array<std::string_view, 8> harmless{
    "retrycount", "shallowretrycount", "executable", "arguments",
    "stdoutput",  "stderror",          "idempotent", "leasetime",
};

/// Attributes that make a job take more than one slot.
constexpr std::array<std::string_view, 5> wide{
    "cpunumber", "nodenumber", "hostnumber", "smpgranularity", "wholenodes",
};

std::vector<std::string> attributes_of(const std::string& jdl) {
  std::vector<std::string> out;
  if (auto ad = scenario::ad_in(jdl))
    for (const auto& x : ad->attributes())
      out.push_back(classad::fold_case(x.first));
  return out;
}

double seconds(milliseconds x) { return std::chrono::duration<double>(x).count(); }

} // namespace

fairness::fairness(const scenario::story& story) {
  for (const auto& x : story.vos)
    accounts_.push_back({x.name, std::max(1u, x.share), 0, 0, {}, {}, {}});
  for (const auto& x : story.ces)
    applies_ = applies_ && x.vos.empty();
  auto look_at = [this](const std::string& name, const std::string& jdl) {
    auto names = attributes_of(jdl);
    auto in = [](const auto& list) {
      return [&list](const std::string& x) { return std::ranges::count(list, x) > 0; };
    };
    applies_ = applies_ && std::ranges::none_of(names, in(wide));
    if (std::ranges::all_of(names, in(harmless)))
      plain_.insert(name);
  };
  for (const auto& x : story.jobs)
    look_at(x.name, x.jdl);
  for (const auto& x : story.workloads)
    look_at(x.name, x.jdl);
  applies_ = applies_ && accounts_.size() > 1;
}

fairness::account* fairness::account_of(const std::string& vo) {
  auto x = std::ranges::find(accounts_, vo, &account::vo);
  return x == accounts_.end() ? nullptr : &*x;
}

void fairness::take(account& a, milliseconds now) {
  a.used_s += static_cast<double>(a.held) * seconds(now - a.as_of);
  a.as_of = now;
  ++a.held;
}

void fairness::give_back(account& a, milliseconds now) {
  a.used_s += static_cast<double>(a.held) * seconds(now - a.as_of);
  a.used_s += 1; // what a CE reports is rounded up
  a.as_of = now;
  --a.held;
  while (!a.lost.empty() && a.lost.front() + 2 * settling < now)
    a.lost.pop_front();
  a.lost.push_back(now);
}

void fairness::look(job_index which, const job_facts& x, milliseconds now) {
  if (!applies_)
    return;
  pass(now);
  if (parts_.size() <= which)
    parts_.resize(std::max<std::size_t>(which + 1, parts_.size() * 2));
  auto& was = parts_[which];
  if (!std::exchange(was.known, true)) {
    was.of = account_of(x.vo);
    was.plain = plain_.contains(x.name);
  }
  auto* a = was.of;
  if (!a)
    return;
  part is = was;
  is.holds = wms::has_attempt(x.phase) && x.phase != wms::job_phase::pulling;
  is.attempt = x.attempt;
  is.waits = x.phase == wms::job_phase::idle && x.attempt == 0 && !x.id.empty() && was.plain;
  is.since = was.waits ? was.since : now;
  if (was.waits && !is.waits)
    a->waiting.erase({was.since, which});
  if (is.waits && !was.waits)
    a->waiting.insert({now, which});
  auto another = is.holds && was.holds && is.attempt != was.attempt;
  if (was.holds && (!is.holds || another))
    give_back(*a, now);
  if (is.holds && (!was.holds || another)) {
    take(*a, now);
    given_.push_back({static_cast<std::size_t>(a - accounts_.data()), x.label(), now});
  }
  was = is;
}

void fairness::pass(milliseconds now) {
  for (; !given_.empty() && given_.front().at + settling < now; given_.pop_front())
    judge(given_.front());
}

void fairness::judge(const given& x) {
  const auto& a = accounts_[x.to];
  auto from = x.at - settling, until = x.at + settling;
  auto had = static_cast<double>(a.held - 1) / a.share;
  bool waited = false;
  for (const auto& b : accounts_) {
    if (&b == &a || b.waiting.empty() || b.waiting.begin()->first > from)
      continue;
    waited = true;
    auto lost = std::ranges::count_if(b.lost, [&](auto t) { return t >= from; });
    auto used = b.used_s + static_cast<double>(b.held) * seconds(until - b.as_of);
    auto hour = static_cast<double>(wms::share_settings{}.running_weight_s);
    auto may = (static_cast<double>(b.held + lost) + used / hour) / b.share;
    if (had > may + 1e-9 && !unfair_)
      unfair_ = fmt::format("not its share: {} got a slot for {} at {}, when it had {} for a share "
                            "of {}, though {} waited with {} for a share of {}",
                            a.vo, x.job, scenario::time_text(x.at), a.held - 1, a.share, b.vo,
                            b.held, b.share);
  }
  judged_ += waited;
}

} // namespace trellis::world
