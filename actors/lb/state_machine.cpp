#include "actors/lb/state_machine.hpp"

#include "actors/lb/effects.hpp"
#include "actors/lb/rules.hpp"

#include <algorithm>
#include <cstring>

namespace trellis::lb {
namespace {

outcome outcome_of(progress x) {
  constexpr outcome out[] = {outcome::start, outcome::ok, outcome::refused, outcome::fail};
  return out[static_cast<std::size_t>(x)];
}

outcome outcome_of(done_status x) {
  constexpr outcome out[] = {outcome::ok, outcome::fail, outcome::cancelled, outcome::killed};
  return out[static_cast<std::size_t>(x)];
}

outcome outcome_of(cancel_status x) {
  constexpr outcome out[] = {outcome::req, outcome::refuse, outcome::done, outcome::abort};
  return out[static_cast<std::size_t>(x)];
}

outcome outcome_of(resubmission_result x) {
  constexpr outcome out[] = {outcome::willresub, outcome::wontresub, outcome::shallow};
  return out[static_cast<std::size_t>(x)];
}

outcome outcome_of(const event_body& x) {
  return std::visit(
      [](const auto& e) {
        if constexpr (requires { e.status_code; })
          return outcome_of(e.status_code);
        else if constexpr (requires { e.src_role; })
          return outcome::none;
        else if constexpr (requires { outcome_of(e.result); })
          return outcome_of(e.result);
        else
          return outcome::none;
      },
      x);
}

bool lrms_state(job_state x) { return x == job_state::running || x == job_state::done; }

/// A payload was heard of: from now on its branch alone speaks. False: it must be ignored.
bool tag_branch(job_record& job, const event& e, const really_running& x, const judgement& how) {
  auto& m = job.order;
  if (how.fine == branch::bad)
    return false;
  if (how.fine == branch::too_old)
    return true;
  auto tag = mark_of(e);
  if (e.from == source::log_monitor) {
    if (m.branch_tag)
      return true;
    if (!x.wn_seq)
      return false; // it does not say which branch
    tag.code = *x.wn_seq;
  }
  m.branch_tag = tag;
  if (how.res == verdict::ok)
    m.last_branch = tag;
  else if (m.last && same_branch(*m.last, tag) && (!m.last_branch || *m.last_branch < *m.last))
    m.last_branch = m.last; // what counted before the branch had its name, counts still
  return true;
}

/// The public attributes of the branch that speaks: the newest one that named them, or where a
/// payload runs, its own and the two passes before it.
void show_branch(job_record& job) {
  auto& s = job.status;
  std::uint32_t highest = UINT32_MAX;
  std::uint32_t lowest = 0;
  if (const auto& tag = job.order.branch_tag) {
    highest = tag->code[counter::wm];
    lowest = highest < 2 ? 0 : highest - 2;
  }
  s.possible_destinations.clear();
  s.possible_ce_nodes.clear();
  auto add = [](std::vector<std::string>& to, const std::string& x) {
    if (!x.empty() && std::ranges::count(to, x) == 0)
      to.push_back(x);
  };
  for (const auto& b : job.branches) {
    add(s.possible_destinations, b.destination);
    add(s.possible_ce_nodes, b.ce_node);
    if (b.wm < lowest || b.wm > highest)
      continue;
    set_if(s.destination, b.destination);
    set_if(s.ce_node, b.ce_node);
    set_if(s.matched_jdl, b.matched_jdl);
  }
}

void entered(job_status& s, job_state x, moment when) {
  auto i = std::ranges::find(s.state_enter_times, x, &std::pair<job_state, moment>::first);
  if (i == s.state_enter_times.end())
    s.state_enter_times.emplace_back(x, when);
  else
    i->second = when;
}

void enter(job_record& job, job_state to, const event& e) {
  auto& s = job.status;
  s.state = to;
  s.state_enter_time = e.timestamp;
  entered(s, to, e.timestamp);
  auto before_running
      = to == job_state::waiting || to == job_state::ready || to == job_state::scheduled;
  if (before_running && (!job.wrapper_said || *job.wrapper_said < without_lm(mark_of(e))))
    s.jw_status = wrapper_status::unknown;
  if (to != job_state::running)
    s.suspended = false;
}

bool touches_branch(kind x) {
  return x == kind::match || x == kind::enqueued || x == kind::running || x == kind::really_running
         || x == kind::resubmission || x == kind::abort;
}

} // namespace

folded fold(job_record& job, const event& e) {
  const auto what = kind_of(e.what);
  const auto* row = find_rule(what, e.from, outcome_of(e.what));
  if (!row)
    return {
        {verdict::suspect, branch::none},
        false
    };
  auto& s = job.status;
  const auto old = s.state;
  forget_older_pass(job.order, e);
  auto how = judge(job.order, old, e);
  if (has(row->also, note::late_when_running) && lrms_state(old)) {
    how.res = verdict::late;
    if (what == kind::transfer && row->to == job_state::scheduled)
      entered(s, row->to, e.timestamp);
  }
  if (what == kind::abort && e.from == source::workload_manager)
    how.res = verdict::ok; // its owner gave the job up: that counts whenever it is heard
  if (const auto* x = std::get_if<really_running>(&e.what))
    if (!tag_branch(job, e, *x, how))
      return {
          {verdict::suspect, how.fine},
          false
      };

  effects now{job, e, how};
  std::visit([&](const auto& x) { now.take(x); }, e.what);
  if (touches_branch(what))
    show_branch(job);
  if (how.res != verdict::ok)
    return {how, false};
  s.last_update_time = std::max(s.last_update_time, e.timestamp);
  if (auto to = now.to(row->to); to != stays && to != old)
    enter(job, to, e);
  remember(job.order, e, how, has(row->also, note::favour_lrms));
  return {how, s.state != old};
}

std::uint64_t identity(const event& e) {
  std::uint64_t h = 0xCBF29CE484222325u;
  auto number = [&](std::uint64_t x) {
    h ^= x;
    h *= 0x9FB21C651E98DF25u;
    h ^= h >> 32;
  };
  auto text = [&](std::string_view x) { // eight bytes at a time; it stands on disk: our own
    number(x.size());
    for (; !x.empty(); x.remove_prefix(std::min<std::size_t>(8, x.size()))) {
      std::uint64_t part = 0;
      std::memcpy(&part, x.data(), std::min<std::size_t>(8, x.size()));
      number(part);
    }
  };
  text(e.job.text());
  number(e.what.index());
  number(static_cast<std::uint64_t>(e.from));
  text(e.host);
  number(static_cast<std::uint64_t>(e.timestamp.time_since_epoch().count()));
  number(static_cast<std::uint64_t>(e.lvl));
  text(e.user);
  for (int i = 0; i < static_cast<int>(sequence_code::size); ++i)
    number(e.seqcode[static_cast<counter>(i)]);
  return h;
}

} // namespace trellis::lb
