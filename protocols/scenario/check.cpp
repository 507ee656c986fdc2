#include "protocols/scenario/check.hpp"

#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/missing.hpp"
#include "protocols/scenario/quantities.hpp"
#include "protocols/scenario/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

/// `jobs of render`: only now it is known what `render` is.
void settle_names(reading& file) {
  for (auto& x : file.out.expectations)
    if (auto count = std::get_if<job_count>(&x.what))
      if (!count->who.of.empty() && file.is(any_job, count->who.of)) {
        count->who.name = std::move(count->who.of);
        count->who.of.clear();
      }
}

template <class T, class Key>
void check_twice(reading& file, const std::vector<T>& all, std::string_view what, Key key) {
  std::set<std::string> seen;
  for (const auto& x : all)
    if (!seen.insert(key(x)).second)
      file.wrong(x.at, fmt::format("{} {} is given twice", what, key(x)));
}

void check_world(reading& file) {
  const auto& x = file.out;
  check_twice(file, x.files, "the file", [](const auto& f) { return f.name; });
  check_twice(file, x.ces, "the queue",
              [](const auto& c) { return c.host.text() + "/" + c.queue; });
  check_twice(file, x.links, "the link", [](const auto& l) {
    return std::min(l.a, l.b).text() + " " + std::max(l.a, l.b).text();
  });
  for (const auto& l : x.links)
    if (l.a == l.b)
      file.wrong(l.at, "expected a link between two");
  auto home = [&](const auto& all, std::string_view what) {
    for (const auto& one : all)
      if (!one.host.empty() && !site_of(x, one.host))
        file.wrong(one.at, fmt::format("{} {} is in no site: expected a site whose domain ends "
                                       "its name",
                                       what, one.host.text()));
  };
  home(x.ces, "the CE");
  home(x.ses, "the SE");
  for (const auto& j : x.jobs) {
    auto ad = ad_in(j.jdl);
    if (j.lease.count() > 0 && ad && ad->find("LeaseTime"))
      file.wrong(j.at, "lease= is given, and LeaseTime in the JDL");
  }
}

/// Input data of a story are files of its world.
void check_data(reading& file) {
  const auto& x = file.out;
  auto look = [&](const auto& work) {
    for (const auto& name : files_in(work.jdl))
      if (std::ranges::count(x.files, name, &scenario::file::name) == 0)
        file.wrong(
            work.jdl_at,
            fmt::format("JDL: InputData: expected file {} size=... on=... in the world", name));
  };
  std::ranges::for_each(x.jobs, look);
  std::ranges::for_each(x.workloads, look);
}

/// A WMS that is named is one.
void check_users(reading& file) {
  const auto& x = file.out;
  auto all = playing(x, role::wms);
  for (const auto& u : x.users)
    if (!u.wms.empty() && file.is(any_host, u.wms.text()) && std::ranges::count(all, u.wms) == 0)
      file.wrong(u.at, fmt::format("wms=: expected a site with roles=wms, {} has none of it",
                                   u.wms.text()));
}

/// Whoever submits needs somebody who takes it, and a WMS the CEs that its own node knows.
void check_roles(reading& file) {
  const auto& x = file.out;
  auto submits = [](const happening& h) { return h.what.what == verb::submit; };
  auto first = std::ranges::find_if(x.happenings, submits);
  if (first == x.happenings.end() && x.workloads.empty())
    return;
  auto at = first != x.happenings.end() ? first->at : x.workloads.front().at;
  for (auto which : {role::wms, role::lb, role::info})
    if (playing(x, which).empty())
      file.wrong(at, fmt::format("jobs need {}, and no site plays it: expected roles={}",
                                 trellis::word(which), trellis::word(which)));
  auto informed = playing(x, role::info);
  for (const auto& s : x.sites)
    if (std::ranges::count(roles_of(x, s), role::wms) > 0 && !informed.empty()
        && std::ranges::count(informed, s.name) == 0)
      file.wrong(s.at, fmt::format("the WMS {} would know no CE: expected info among its roles",
                                   s.name.text()));
}

std::string text_of(const target& t) { return text(t); }

/// `nodes_meant`, looked up once for each target that a long story names again and again.
class meanings {
public:
  explicit meanings(const story& x) : x_(x) {}

  const std::vector<host_name>& of(const target& t, bool of_link) {
    auto [i, fresh] = known_.try_emplace({text_of(t), of_link});
    if (fresh)
      i->second = nodes_meant(x_, t, of_link);
    return i->second;
  }

private:
  const story& x_;
  std::map<std::pair<std::string, bool>, std::vector<host_name>> known_;
};

/// Every target means something, and a restore has its backup.
void check_happenings(reading& file) {
  const auto& x = file.out;
  meanings meant{x};
  std::set<std::string> saved;
  std::vector<const happening*> in_time;
  for (const auto& h : x.happenings)
    in_time.push_back(&h);
  std::ranges::stable_sort(in_time, {}, &happening::from);
  for (auto h : in_time) {
    auto links = row_of(h->what.what).takes == operands::links;
    for (const auto& t : h->what.on) {
      auto known = t.how != quantifier::the || file.is(any_host, t.host.text());
      const auto& nodes = meant.of(t, links);
      if (known && nodes.empty())
        file.wrong(h->at, fmt::format("'{}' means no node: there is none of it here", text_of(t)));
      for (const auto& host : nodes) {
        if (h->what.what == verb::backup)
          saved.insert(host.text());
        if (h->what.what == verb::restore && t.how != quantifier::any
            && !saved.contains(host.text()))
          file.wrong(h->at, fmt::format("expected a backup of {} before its restore", host.text()));
      }
    }
    if (x.until.count() > 0 && h->from > x.until)
      file.wrong(h->at,
                 fmt::format("expected a time until {}, when the run ends", time_text(x.until)));
  }
}

/// How often each name is submitted, and what follows for its ordinals.
class ordinals {
public:
  explicit ordinals(reading& file) : file_(file) {}

  std::optional<std::uint64_t> submissions(const std::string& name) {
    auto [i, fresh] = known_.try_emplace(name);
    if (fresh)
      i->second = submissions_of(file_.out, name);
    return i->second;
  }

  void check(const std::string& name, std::uint32_t ordinal, place at) {
    if (!file_.is(any_job, name))
      return;
    auto n = submissions(name);
    if (n == 0u)
      file_.wrong(at, fmt::format("'{}' is never submitted: expected at T submit {}", name, name));
    else if (n && ordinal > *n)
      file_.wrong(at,
                  fmt::format("'{}' is submitted {} times: there is no #{}", name, *n, ordinal));
  }

private:
  reading& file_;
  std::map<std::string, std::optional<std::uint64_t>> known_;
};

const jobs* jobs_in(const condition& x) {
  return std::visit(
      [](const auto& what) -> const jobs* {
        if constexpr (requires { what.who.ordinal; })
          return &what.who;
        else
          return nullptr;
      },
      x);
}

void check_expectations(reading& file) {
  const auto& x = file.out;
  ordinals known{file};
  for (const auto& h : x.happenings)
    if (h.what.what != verb::submit && !h.what.work.name.empty())
      known.check(h.what.work.name, h.what.work.ordinal, h.at);
  for (const auto& e : x.expectations) {
    if (auto who = jobs_in(e.what); who && !who->name.empty())
      known.check(who->name, who->ordinal, e.at);
    if (x.until.count() > 0 && e.time > x.until)
      file.wrong(e.at,
                 fmt::format("expected a time until {}, when the run ends", time_text(x.until)));
  }
  for (const auto& t : x.traces) {
    known.check(t.name, t.ordinal, t.at);
    auto n = known.submissions(t.name);
    if (file.is(any_job, t.name) && t.ordinal == 0 && n != 1u && n != 0u)
      file.wrong(t.at, fmt::format("'{}' is submitted many times: expected {}#1 or another", t.name,
                                   t.name));
  }
}

} // namespace

void check(reading& file) {
  auto whole = file.problems.empty();
  if (file.out.title.empty() && whole)
    file.wrong({1, 1}, "expected scenario \"what happens\"");
  if (file.out.sites.empty() && whole)
    file.wrong({1, 1}, "expected a site");
  file.resolve();
  settle_names(file);
  check_world(file);
  check_data(file);
  check_users(file);
  check_roles(file);
  check_happenings(file);
  check_expectations(file);
}

} // namespace trellis::scenario
