#include "actors/ce/attempt.hpp"
#include "actors/world/drawing.hpp"
#include "actors/world/replay_parts.hpp"
#include "protocols/scenario/verbs.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace trellis::world {

// --- the work ------------------------------------------------------------------------------------

payload_plan replay::parts::plan(const node& at, std::size_t ce,
                                 const trellis::ce::hand_over& task) {
  payload_plan out = plan_of(task);
  const auto& what = told.ces[ce];
  if (const auto* job = facts.of(task.attempt.job)) {
    auto which = static_cast<std::size_t>(job - facts.jobs().data());
    out.runs = runs[which];
    out.exit_code = exit_codes[which];
  }
  auto fault = broken.find(what.host);
  auto fails = what.black_hole ? 1 : what.fails.value(), crashes = what.crashes.value();
  if (fault != broken.end())
    (fault->second.crashes ? crashes : fails) = fault->second.chance.value();
  auto& luck = chance[at.island];
  if (fails > 0 && luck.unit() < fails)
    out.failed = "before_payload Working directory not writable";
  else if (crashes > 0 && luck.unit() < crashes)
    out.vanishes = true;
  return out;
}

const user* replay::parts::user_of(const std::string& name) const {
  auto x = std::ranges::find(told.users, name, &user::name);
  return x == told.users.end() ? nullptr : &*x;
}

principal replay::parts::principal_of(const std::string& name) const {
  principal who;
  who.kind = principal_kind::local_user;
  who.subject = "/CN=" + name;
  if (const auto* u = user_of(name)) {
    who.vo = u->vo;
    auto group = "/" + u->vo + (u->group.empty() ? "" : "/" + u->group);
    who.fqans = {u->role.empty() ? group : group + "/Role=" + u->role};
  }
  return who;
}

void replay::parts::submit(const std::string& name, std::uint32_t ordinal, const std::string& by,
                           std::string jdl, milliseconds takes, int exit_code, bool twice) {
  job_facts x;
  x.name = name;
  x.ordinal = ordinal;
  x.by = by;
  x.vo = user_of(by) ? user_of(by)->vo : "";
  x.wms = wms_of_user.at(by);
  auto wms = x.wms;
  auto request = fmt::format("{}#{}", name, ordinal);
  runs.push_back(takes);
  exit_codes.push_back(exit_code);
  ++open_jobs;
  is_over.push_back(false);
  auto which = facts.sent(std::move(x), request);
  auto proxy = proxy_ends.find(by);
  if (proxy != proxy_ends.end() && now() >= proxy->second)
    return facts.refused(which, "the proxy of " + by + " has expired");
  send_job out;
  out.which = which;
  out.what.who = principal_of(by);
  out.what.request = request;
  out.what.jdl = std::move(jdl);
  out.twice = twice;
  caf::anon_send(users.at(wms), std::move(out));
}

void replay::parts::submit(const action& x, std::uint32_t times) {
  auto job = std::ranges::find(told.jobs, x.work.name, &job::name);
  if (job == told.jobs.end())
    return;
  auto only = submissions_of(told, x.work.name) == 1u;
  for (std::uint32_t i = 0; i < times; ++i) {
    auto ordinal = ++ordinals[x.work.name];
    submit(job->name, only ? 0 : ordinal, job->by, jdl_of(told, *job), job->runs, job->exit_code,
           x.twice);
  }
}

// --- what happens --------------------------------------------------------------------------------

void replay::parts::act(const action& x, std::uint32_t times) {
  switch (row_of(x.what).takes) {
  case operands::submission:
    return submit(x, times);
  case operands::jobs:
    return act_on_jobs(x);
  case operands::links:
    return act_on_links(x);
  case operands::user:
    proxy_ends[x.user] = now();
    return;
  default:
    for (const auto& t : x.on)
      for (const auto& host : nodes_meant(told, t))
        act_on_node(x, host);
  }
}

void replay::parts::act_on_jobs(const action& x) {
  for (const auto* job : living(facts, x.work)) {
    if (x.what == verb::cancel) {
      cancel_job out;
      out.what.who = principal_of(job->by);
      out.what.job = job->id;
      caf::anon_send(users.at(job->wms), std::move(out));
      continue;
    }
    if (job->ce.empty())
      continue;
    using kind = lrms_mishap::kind;
    lrms_mishap mishap{x.what == verb::hold      ? kind::hold
                       : x.what == verb::release ? kind::release
                                                 : kind::lose,
                       trellis::ce::session_name({job->id, job->attempt})};
    for (auto& q : grid.at(job->ce).queues)
      caf::anon_send(caf::actor_cast<lrms_actor>(q.lrms), mishap);
  }
}

void replay::parts::act_on_node(const action& x, const host_name& host) {
  auto& node = grid.at(host);
  switch (x.what) {
  case verb::kill:
    node.starts_again.reset();
    return grid.kill(host);
  case verb::stop:
    node.starts_again.reset();
    return grid.stop(host);
  case verb::start:
    return grid.start(host);
  case verb::drain:
  case verb::open: {
    node.draining = x.what == verb::drain;
    principal who = principal_of("operator");
    who.capabilities = {"operator"};
    if (node.roles.contains(role::ce))
      caf::anon_send(caf::actor_cast<ce_actor>(node.roles.at(role::ce)),
                     trellis::ce::drain{who, node.draining, "asked by its operator"});
    return;
  }
  case verb::break_:
    broken[host] = x;
    return;
  case verb::mend:
    broken.erase(host);
    return;
  case verb::fill:
  case verb::empty:
    return node.disk.fill(x.what == verb::fill);
  case verb::skew:
    *node.skew = x.off;
    return;
  case verb::backup:
    node.backup = node.disk;
    return;
  case verb::restore:
    if (node.backup)
      for (auto which : node.plan.roles)
        kept.forgot(which);
    return grid.restore(host);
  default:
    return;
  }
}

void replay::parts::act_on_links(const action& x) {
  auto ends = [&](std::size_t i) {
    if (x.on.size() > i)
      return nodes_meant(told, x.on[i], true);
    std::vector<host_name> all;
    for (const auto& [host, node] : grid.all())
      all.push_back(host);
    return all;
  };
  for (const auto& a : ends(0))
    for (const auto& b : ends(1))
      if (a != b)
        act_on_link(x, a, b);
}

void replay::parts::act_on_link(const action& x, const host_name& a, const host_name& b) {
  auto& net = grid.net();
  auto each_way = [&](auto&& change) {
    change(net.way(a, b));
    if (!x.one_way)
      change(net.way(b, a));
  };
  switch (x.what) {
  case verb::cut:
    if (!x.one_way)
      return grid.cut(a, b);
    net.way(a, b).drop = 1; // the other way still works, and nobody is told
    return;
  case verb::slow:
    return each_way([&](simulation::weather& w) {
      if (x.rate.bits_s > 0)
        w.bits_s = x.rate.bits_s;
      if (x.rtt.count() > 0)
        w.delay_least = w.delay_most = x.rtt / 2;
    });
  case verb::lose:
    return each_way([&](simulation::weather& w) { w.drop = x.chance.value(); });
  case verb::repeat:
    return each_way([&](simulation::weather& w) { w.repeat = x.chance.value(); });
  case verb::heal:
    grid.calm(a, b);
    if (!x.one_way)
      grid.calm(b, a);
    return grid.heal(a, b);
  default:
    return;
  }
}

void replay::parts::perform(const due& x) {
  if (x.what == due::kind::submits) {
    const auto& job = log[x.index];
    auto ordinal = ++ordinals[job.from->name];
    return submit(job.from->name, ordinal, job.by, jdl_of(told, *job.from, job.by, job.runs),
                  job.runs, 0, false);
  }
  auto ends = x.what == due::kind::undone;
  if (auto what
      = next_act(told.happenings[x.index], ends, to_undo[x.index], told, facts, chance.front()))
    act(*what, ends ? 1 : x.times);
}

} // namespace trellis::world
