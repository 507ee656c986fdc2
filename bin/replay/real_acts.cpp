/// What happens in a story, done to real nodes.
#include "actors/world/drawing.hpp"
#include "bin/replay/real_parts.hpp"
#include "protocols/scenario/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::real {

using namespace scenario;
using world::job_facts;
using world::job_index;

namespace {

constexpr unsigned cancel_tries = 50;

} // namespace

void real_run::parts::submit(const job& x, std::uint32_t ordinal, const std::string& label,
                             std::string jdl, bool twice) {
  job_facts f;
  f.name = x.name;
  f.ordinal = ordinal;
  f.by = x.by;
  auto u = std::ranges::find(told.users, x.by, &user::name);
  f.vo = u == told.users.end() ? "" : u->vo;
  users::errand out;
  out.job = facts.sent(std::move(f), label);
  ++open_jobs;
  is_over.push_back(false);
  by_label[label] = static_cast<job_index>(out.job);
  auto* wms = grid->playing(role::wms);
  if (!wms)
    return facts.refused(static_cast<job_index>(out.job), "there is no WMS in this grid");
  out.socket = wms->socket();
  out.uid = account_of(x.by);
  out.what = wms::submit{{}, run_name + label, std::move(jdl)};
  out.twice = twice;
  people->send(std::move(out));
}

void real_run::parts::submit(const action& x, std::uint32_t times) {
  auto what = std::ranges::find(told.jobs, x.work.name, &job::name);
  if (what == told.jobs.end())
    return;
  auto only = submissions_of(told, x.work.name) == 1u;
  for (std::uint32_t i = 0; i < times; ++i) {
    auto n = ++ordinals[x.work.name];
    auto label = only ? what->name : fmt::format("{}#{}", what->name, n);
    submit(*what, only ? 0 : n, label, jdl_of(told, work.with_payload(*what, label, options.by)),
           x.twice);
  }
}

void real_run::parts::submit(const logged_job& x) {
  auto n = ++ordinals[x.from->name];
  job j;
  j.name = x.from->name;
  j.by = x.by;
  j.runs = x.runs;
  j.jdl = x.from->jdl;
  auto label = fmt::format("{}#{}", j.name, n);
  submit(j, n, label, jdl_of(told, work.with_payload(j, label, options.by)), false);
}

void real_run::parts::cancel(const action& x) {
  auto* wms = grid->playing(role::wms);
  for (const auto* job : living(facts, x.work)) {
    users::errand out;
    out.socket = wms ? wms->socket() : "";
    out.uid = account_of(job->by);
    out.what = wms::cancel{{}, job->id, {}};
    out.tries_left = cancel_tries;
    people->send(std::move(out));
  }
}

void real_run::parts::act_on_node(const action& x, node_process& node) {
  switch (x.what) {
  case verb::kill:
    return grid->nodes().kill(node);
  case verb::stop:
    return grid->nodes().stop(node);
  case verb::start:
    return grid->nodes().start(node);
  case verb::drain:
  case verb::open: {
    node.draining = x.what == verb::drain;
    users::errand out;
    out.socket = node.socket();
    out.uid = grid->plan().uid;
    out.what = trellis::ce::drain{{}, node.draining, "asked by its operator"};
    out.tries_left = cancel_tries;
    return people->send(std::move(out));
  }
  default:
    return;
  }
}

void real_run::parts::act_on_links(const action& x) {
  auto ends = [&](std::size_t i) {
    if (x.on.size() > i)
      return nodes_meant(told, x.on[i], true);
    std::vector<host_name> all;
    for (const auto& node : grid->nodes().all())
      all.push_back(node.host);
    return all;
  };
  grid->act_on_links(x, ends(0), ends(1));
}

void real_run::parts::act(const action& x, std::uint32_t times) {
  switch (row_of(x.what).takes) {
  case operands::submission:
    return submit(x, times);
  case operands::jobs:
    return cancel(x);
  case operands::links:
    return act_on_links(x);
  default:
    for (const auto& t : x.on)
      for (const auto& host : nodes_meant(told, t))
        act_on_node(x, grid->nodes().at(host));
  }
}

void real_run::parts::perform(const due& x) {
  if (x.what == due::kind::submits)
    return submit(plan.log[x.index]);
  auto ends = x.what == due::kind::undone;
  if (auto what
      = world::next_act(told.happenings[x.index], ends, to_undo[x.index], told, facts, chance))
    act(*what, ends ? 1 : x.times);
}

} // namespace trellis::real
