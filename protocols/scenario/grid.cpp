#include "protocols/scenario/grid.hpp"

#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace trellis::scenario {

namespace {

bool is_in(const host_name& host, const host_name& domain) {
  return host == domain || host.text().ends_with("." + domain.text());
}

void add(std::vector<host_name>& out, const host_name& host) {
  if (std::ranges::count(out, host) == 0)
    out.push_back(host);
}

bool plays(const story& x, const node_plan& node, noun what) {
  auto has = [&](role r) { return std::ranges::count(node.roles, r) > 0; };
  switch (what) {
  case noun::node:
  case noun::se:
    return what == noun::node;
  case noun::site:
    return std::ranges::any_of(x.sites, [&](const site& s) { return s.name == node.site; });
  case noun::ce:
    return !node.ces.empty();
  case noun::wms:
    return has(role::wms);
  case noun::lb:
    return has(role::lb);
  case noun::info:
    return has(role::info);
  }
  return false;
}

/// Puts attributes that are not there before the last bracket; `ad` is what stands in the text.
std::string completed(std::string jdl, const std::optional<classad::ad>& ad,
                      const std::vector<std::pair<std::string, std::string>>& more) {
  std::string added;
  for (const auto& [name, value] : more)
    if (!value.empty()
        && !(ad && (ad->find(name) || (name == "Arguments" && ad->find("Executable")))))
      added += fmt::format("{} = {}; ", name, value);
  if (added.empty())
    return jdl;
  jdl.pop_back();
  auto last = jdl.find_last_not_of(" \t\r\n");
  auto open = last != jdl.npos && jdl[last] != '[' && ad && !ad->empty() && jdl[last] != ';';
  return jdl + (open ? "; " : "") + added + "]";
}

/// The program's name where it stands alone: then it comes with the job.
std::string program_in(const classad::ad& ad) {
  auto program = classad::evaluate_attribute(ad, "Executable");
  const auto* name = program.string();
  auto alone = name && !name->empty() && name->find_first_of("/$*?[]{}") == name->npos;
  return alone ? classad::quote(*name) : std::string{};
}

std::string vo_of(const story& x, const std::string& name) {
  for (const auto& u : x.users)
    if (u.name == name)
      return u.vo;
  return {};
}

} // namespace

std::optional<classad::ad> ad_in(const std::string& jdl) {
  classad::read_options options;
  options.hash_comments = true;
  return classad::reader{options}.read_ad(jdl);
}

std::vector<role> roles_of(const story& x, const site& which) {
  auto says = [](const site& s) { return !s.roles.empty(); };
  if (std::ranges::any_of(x.sites, says))
    return which.roles;
  if (&which == &x.sites.front() || which.name == x.sites.front().name)
    return {role::wms, role::lb, role::info};
  return {};
}

std::vector<node_plan> nodes_of(const story& x) {
  std::vector<node_plan> out;
  for (const auto& s : x.sites)
    if (auto roles = roles_of(x, s); !roles.empty())
      out.push_back({s.name, s.name, std::move(roles), {}});
  std::map<host_name, std::size_t> places;
  for (std::size_t i = 0; i < out.size(); ++i)
    places.emplace(out[i].host, i);
  for (std::size_t i = 0; i < x.ces.size(); ++i) {
    const auto& host = x.ces[i].host;
    auto [node, fresh] = places.emplace(host, out.size());
    if (fresh) {
      auto home = site_of(x, host);
      out.push_back({host, home ? home->name : host, {}, {}});
    }
    out[node->second].ces.push_back(i);
  }
  return out;
}

const site* site_of(const story& x, const host_name& host) {
  const site* best = nullptr;
  for (const auto& s : x.sites)
    if (is_in(host, s.name) && (!best || s.name.text().size() > best->name.text().size()))
      best = &s;
  return best;
}

std::vector<host_name> playing(const story& x, role which) {
  std::vector<host_name> out;
  for (const auto& node : nodes_of(x))
    if (std::ranges::count(node.roles, which) > 0)
      out.push_back(node.host);
  return out;
}

host_name wms_of(const story& x, const std::string& user) {
  auto known = std::ranges::find(x.users, user, &scenario::user::name);
  if (known != x.users.end() && !known->wms.empty())
    return known->wms;
  auto all = playing(x, role::wms);
  return all.empty() ? host_name{} : all.front();
}

host_name lb_of(const story& x, const host_name& wms) {
  auto all = playing(x, role::lb);
  if (all.empty() || std::ranges::count(all, wms) > 0)
    return all.empty() ? host_name{} : wms;
  return all.front();
}

std::vector<host_name> nodes_meant(const story& x, const target& t, bool of_link) {
  std::vector<host_name> out;
  auto nodes = nodes_of(x);
  auto is_site = std::ranges::count(x.sites, t.host, &site::name) > 0;
  if (t.how != quantifier::the) {
    for (const auto& node : nodes)
      if (plays(x, node, t.what))
        add(out, t.what == noun::site ? node.site : node.host);
    if (t.what == noun::se)
      for (const auto& s : x.ses)
        add(out, s.host);
    return out;
  }
  if (!(of_link && is_site))
    for (const auto& node : nodes)
      if (node.host == t.host)
        return {node.host};
  for (const auto& node : nodes)
    if (is_site && node.site == t.host)
      add(out, node.host);
  for (const auto& s : x.ses)
    if (s.host == t.host)
      add(out, s.host);
  return out;
}

namespace {

/// 90, 0.5
std::string seconds(milliseconds x) {
  auto out = fmt::format("{}.{:03}", x.count() / 1000, x.count() % 1000);
  out.erase(out.find_last_not_of('0') + 1);
  return out.ends_with('.') ? out.substr(0, out.size() - 1) : out;
}

} // namespace

std::string jdl_of(const story& x, const job& j) {
  auto sleep = seconds(j.runs) + (j.exit_code != 0 ? fmt::format(" {}", j.exit_code) : "");
  auto lease = j.lease.count() > 0 ? std::to_string(j.lease.count() / 1000) : "";
  auto jdl = j.jdl.empty() ? std::string{"[ ]"} : j.jdl;
  auto ad = ad_in(jdl);
  auto program = ad ? program_in(*ad) : "";
  auto protocol = ad && ad->find("InputData") ? R"("gsiftp")" : "";
  return completed(std::move(jdl), ad,
                   {
                       {"VirtualOrganisation", classad::quote(vo_of(x, j.by))},
                       {"LeaseTime",                     lease                                },
                       {"InputSandbox",                     program},
                       {"DataAccessProtocol",                     protocol                          },
                       {"Executable",                     classad::quote("/bin/sleep")     },
                       {"Arguments",                     classad::quote(sleep)                           },
  });
}

std::string jdl_of(const story& x, const workload& w, const std::string& user, milliseconds runs) {
  job j;
  j.by = user;
  j.runs = runs;
  j.jdl = w.jdl;
  return jdl_of(x, j);
}

static std::uint32_t times_at_once(const happening& x) {
  return x.every.count() > 0 && !x.to ? 1 : x.what.times;
}

std::uint64_t occurrences_count(const happening& x) {
  if (x.to && x.every.count() > 0)
    return static_cast<std::uint64_t>((*x.to - x.from - milliseconds{1}) / x.every) + 1;
  return !x.to && x.every.count() > 0 ? x.what.times : 1;
}

std::optional<std::uint64_t> submissions_of(const story& x, const std::string& name) {
  for (const auto& w : x.workloads)
    if (w.name == name) {
      if (w.first == 0)
        return {};
      return w.first;
    }
  std::uint64_t n = 0;
  for (const auto& h : x.happenings)
    if (h.what.what == verb::submit && h.what.work.name == name)
      n += occurrences_count(h) * times_at_once(h);
  return n;
}

std::vector<occurrence> occurrences(const happening& x) {
  std::vector<occurrence> out;
  auto n = occurrences_count(x);
  out.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    occurrence one{x.from + static_cast<std::int64_t>(i) * x.every, times_at_once(x), {}};
    if (x.lasts.count() > 0)
      one.undone = one.when + x.lasts;
    else if (x.to && x.every.count() == 0)
      one.undone = x.to;
    out.push_back(one);
  }
  return out;
}

} // namespace trellis::scenario
