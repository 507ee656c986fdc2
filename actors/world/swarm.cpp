#include "actors/world/swarm.hpp"

#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/text.hpp"
#include "runtime/node/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace trellis::world {

using namespace scenario;
using namespace std::chrono_literals;

namespace {

/// All faults are over by then.
constexpr milliseconds faults_end = 40min;

constexpr unsigned with_rivals_percent = 25;
constexpr unsigned with_second_wms_percent = 20;

class author {
public:
  author(story& into, std::uint64_t number) : out_(into), chance_(number, "swarm") {}

  void world();
  void second_wms();
  void work();
  void faults();
  void rivals();

private:
  bool maybe(unsigned percent) { return chance_.below(100) < percent; }

  std::uint64_t from_to(std::uint64_t least, std::uint64_t most) {
    return least + chance_.below(most - least + 1);
  }

  milliseconds seconds(std::uint64_t least, std::uint64_t most) {
    return std::chrono::seconds{from_to(least, most)};
  }

  target any_of(noun what) { return {quantifier::any, what, {}}; }

  target one_node();
  void add(action what, milliseconds lasts);
  void fault();
  void fault_of_link(verb what);
  void backup();

  story& out_;
  random_source chance_;
};

void author::world() {
  out_.vos.push_back({"biomed", 1, {}});
  if (maybe(40))
    out_.vos.push_back({"atlas", 1, {}});
  for (auto name : {"alice", "bob"}) {
    user u;
    u.name = name;
    u.vo = out_.vos[chance_.below(out_.vos.size())].name;
    out_.users.push_back(u);
  }
  auto apart = maybe(25); // L&B on a node of its own
  site cern;
  cern.name = *host_name::parse("cern.example");
  cern.roles = {role::wms, role::info};
  if (!apart)
    cern.roles.push_back(role::lb);
  cern.lease = seconds(30, 600);
  cern.allowed_skew = seconds(5, 30);
  cern.ask_token = maybe(50);
  out_.sites.push_back(cern);
  auto ces = from_to(1, 3);
  for (auto name : {"ral.example", "infn.example", "desy.example"}) {
    site s;
    s.name = *host_name::parse(name);
    if (apart && out_.sites.size() == 1)
      s.roles = {role::lb};
    out_.sites.push_back(s);
    if (out_.ces.size() == ces)
      continue;
    scenario::ce c;
    c.host = *host_name::parse(std::string{"ce01."} + name);
    c.slots = static_cast<std::uint32_t>(from_to(1, 4));
    if (maybe(20))
      c.fails.millionths = 300'000;
    if (maybe(20))
      c.crashes.millionths = 200'000;
    out_.ces.push_back(c);
  }
}

/// The last user's, beside the first one.
void author::second_wms() {
  auto& home = out_.sites[1];
  home.roles.push_back(role::wms);
  home.roles.push_back(role::info);
  home.lease = seconds(30, 600);
  home.allowed_skew = out_.sites.front().allowed_skew;
  out_.users.back().wms = home.name;
}

void author::work() {
  static constexpr const char* names[] = {"render", "fit", "merge"};
  auto kinds = from_to(1, 3);
  for (std::uint64_t i = 0; i < kinds; ++i) {
    job j;
    j.name = names[i];
    j.by = out_.users[chance_.below(out_.users.size())].name;
    j.runs = seconds(1, maybe(30) ? 900 : 60);
    j.exit_code = maybe(20) ? 1 : 0;
    // One draw a statement: a compiler may take the arguments of a call in any order.
    auto deep = from_to(0, 5);
    auto shallow = static_cast<std::int64_t>(from_to(0, 6)) - 1;
    j.jdl = fmt::format("[ RetryCount = {}; ShallowRetryCount = {}; ]", deep, shallow);
    out_.jobs.push_back(j);
    happening h;
    h.from = seconds(10, 600);
    h.every = seconds(1, 60);
    h.what.what = verb::submit;
    h.what.work.name = j.name;
    h.what.times = static_cast<std::uint32_t>(from_to(1, 20));
    h.what.twice = maybe(20);
    out_.happenings.push_back(h);
  }
}

target author::one_node() {
  auto all = nodes_of(out_);
  return {quantifier::the, noun::node, all[chance_.below(all.size())].host};
}

/// Once, or again and again, and always undone in the end.
void author::add(action what, milliseconds lasts) {
  happening h;
  h.what = std::move(what);
  h.lasts = lasts;
  h.from = seconds(20, 1'800);
  if (maybe(40)) {
    h.to = h.from + seconds(60, 500);
    h.every = lasts + seconds(5, 120);
  }
  out_.happenings.push_back(h);
}

void author::fault_of_link(verb what) {
  auto all = nodes_of(out_);
  if (all.size() < 2)
    return;
  action a;
  a.what = what;
  auto first = chance_.below(all.size());
  auto second = (first + 1 + chance_.below(all.size() - 1)) % all.size();
  a.on = {
      {quantifier::the, noun::node, all[first].host },
      {quantifier::the, noun::node, all[second].host}
  };
  a.one_way = maybe(25);
  if (what == verb::slow)
    a.rtt = seconds(1, 8);
  if (what == verb::lose || what == verb::repeat)
    a.chance.millionths = static_cast<std::uint32_t>(from_to(10'000, 400'000));
  add(a, seconds(1, maybe(30) ? 900 : 60));
}

void author::backup() {
  auto ce = out_.ces[chance_.below(out_.ces.size())].host;
  happening h;
  h.from = seconds(30, 600);
  h.what.what = verb::backup;
  h.what.on = {
      {quantifier::the, noun::ce, ce}
  };
  out_.happenings.push_back(h);
  h.from += seconds(10, 600);
  h.what.what = verb::restore;
  out_.happenings.push_back(h);
}

void author::fault() {
  action a;
  switch (chance_.below(14)) {
  case 0:
  case 1:
  case 2:
    a.what = verb::kill;
    a.on = {maybe(50) ? one_node() : any_of(noun::node)};
    return add(a, seconds(1, maybe(30) ? 900 : 30));
  case 3:
    a.what = verb::stop;
    a.on = {one_node()};
    return add(a, seconds(1, 60));
  case 4:
  case 5:
    return fault_of_link(verb::cut);
  case 6:
    return fault_of_link(verb::slow);
  case 7:
    return fault_of_link(verb::lose);
  case 8:
    return fault_of_link(verb::repeat);
  case 9:
    a.what = verb::fill;
    a.on = {one_node()};
    return add(a, seconds(1, 60));
  case 10:
    a.what = verb::crash;
    a.work.how = quantifier::any;
    return add(a, 0s);
  case 11:
    a.what = verb::cancel;
    a.work.how = quantifier::any;
    return add(a, 0s);
  case 12:
    a.what = verb::break_;
    a.on = {any_of(noun::ce)};
    a.crashes = maybe(30);
    return add(a, seconds(10, 300));
  default:
    return backup();
  }
}

void author::faults() {
  if (maybe(10)) { // a fine day
    for (auto& x : out_.ces)
      x.fails = x.crashes = {};
    return;
  }
  for (auto n = from_to(1, 5); n > 0; --n)
    fault();
  for (auto& x : out_.happenings)
    if (x.to && *x.to > faults_end)
      x.to = faults_end;
}

/// Two VOs whose jobs wait for the same slots at the same time, whatever else happens.
void author::rivals() {
  for (auto name : {"biomed", "atlas"}) {
    auto known = std::ranges::find(out_.vos, name, &vo::name);
    auto& x = known == out_.vos.end() ? out_.vos.emplace_back() : *known;
    x.name = name;
    x.share = static_cast<std::uint32_t>(from_to(1, 3));
  }
  auto start = from_to(10, 600);
  for (auto [name, by, of] : {
           std::array{"flood", "carol", "biomed"},
           std::array{"siege", "dave",  "atlas" }
  }) {
    user u;
    u.name = by;
    u.vo = of;
    out_.users.push_back(u);
    job j;
    j.name = name;
    j.by = by;
    j.runs = seconds(10, 90);
    out_.jobs.push_back(j);
    happening h;
    h.from = std::chrono::seconds{start + from_to(0, 60)};
    h.every = 1s;
    h.what.what = verb::submit;
    h.what.work.name = j.name;
    h.what.times = static_cast<std::uint32_t>(from_to(15, 40));
    out_.happenings.push_back(h);
  }
}

} // namespace

story drawn_story(std::uint64_t number) {
  story out;
  out.title = fmt::format("drawn story {}", number);
  out.seed = number;
  author by{out, number};
  by.world();
  // What not every story has comes with chance of its own, so that one without it does not change.
  if (random_source dice{number, "second wms"}; dice.below(100) < with_second_wms_percent) {
    author more{out, dice.next()};
    more.second_wms();
  }
  by.work();
  by.faults();
  if (random_source dice{number, "rivals"}; dice.below(100) < with_rivals_percent) {
    author more{out, dice.next()};
    more.rivals();
  }
  return out;
}

story drawn_story(std::uint64_t number, const story& base) {
  auto out = base;
  out.title = fmt::format("{}, with drawn faults {}", base.title, number);
  out.seed = number;
  out.expectations.clear();
  out.traces.clear();
  std::erase_if(out.happenings, [](const happening& x) {
    return x.what.what != verb::submit && x.what.what != verb::cancel;
  });
  for (auto& x : out.happenings)
    x.what.times = std::min(x.what.times, 50u); // many short runs find more than a long one
  author by{out, number};
  by.faults();
  return out;
}

outcome play_once(const story& told, std::uint64_t seed) {
  outcome out;
  replay_options o;
  o.seed = seed;
  o.stop_at_failure = true;
  auto run = replay::make(told, std::move(o));
  if (!run) {
    out.trouble = "cannot be played: " + run.why().text;
    return out;
  }
  auto played = (*run)->run();
  out.hash = played.hash;
  out.shares_judged = played.shares_judged;
  out.trouble = played.broken;
  for (const auto& v : played.verdicts)
    if (!out.trouble && v.decided && !v.held)
      out.trouble = fmt::format("{}: {}", text(*v.what), v.found);
  return out;
}

bool alike(const std::string& a, const std::string& b) {
  return a.substr(0, a.find(':')) == b.substr(0, b.find(':'));
}

// --- making it small -----------------------------------------------------------------------------

namespace {

using change = std::function<bool(story&)>; // false: there was nothing to change

template <class T>
void leave_out(std::vector<change>& to, std::vector<T> story::*list, std::size_t n) {
  for (std::size_t i = n; i-- > 0;)
    to.push_back([list, i](story& x) {
      auto& in = x.*list;
      if (i >= in.size())
        return false;
      in.erase(in.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    });
}

void simplify_happening(std::vector<change>& to, std::size_t i) {
  to.push_back([i](story& x) {
    auto& h = x.happenings[i];
    return h.to.has_value() && h.every.count() > 0 && (h.to.reset(), h.every = 0ms, true);
  });
  to.push_back([i](story& x) {
    auto& n = x.happenings[i].what.times;
    return n > 1 && (n = 1, true);
  });
  to.push_back([i](story& x) {
    auto& n = x.happenings[i].what.times;
    return n > 2 && (n /= 2, true);
  });
  to.push_back([i](story& x) { return std::exchange(x.happenings[i].what.twice, false); });
}

std::vector<change> changes_of(const story& x) {
  std::vector<change> out;
  leave_out(out, &story::happenings, x.happenings.size());
  leave_out(out, &story::ces, x.ces.size());
  leave_out(out, &story::sites, x.sites.size());
  leave_out(out, &story::jobs, x.jobs.size());
  leave_out(out, &story::users, x.users.size());
  leave_out(out, &story::vos, x.vos.size());
  leave_out(out, &story::links, x.links.size());
  for (std::size_t i = 0; i < x.users.size(); ++i)
    out.push_back([i](story& y) { return !std::exchange(y.users[i].wms, {}).empty(); });
  for (std::size_t i = 0; i < x.happenings.size(); ++i)
    simplify_happening(out, i);
  for (std::size_t i = 0; i < x.ces.size(); ++i) {
    out.push_back([i](story& y) { return y.ces[i].slots > 1 && (y.ces[i].slots = 1, true); });
    out.push_back([i](story& y) {
      auto had = y.ces[i].fails.millionths + y.ces[i].crashes.millionths > 0;
      y.ces[i].fails = y.ces[i].crashes = {};
      return had;
    });
  }
  return out;
}

/// Left-out names must not be named any more: what is printed has to be readable again.
bool whole(const story& x) { return bool(parse(print(x), "drawn")); }

} // namespace

shrunk shrink(story told, std::uint64_t seed, std::string trouble, unsigned runs,
              const std::function<bool()>& go_on) {
  shrunk out{std::move(told), std::move(trouble), 0};
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (const auto& change : changes_of(out.told)) {
      if (out.runs >= runs || !go_on())
        return out;
      auto less = out.told;
      if (!change(less) || !whole(less))
        continue;
      ++out.runs;
      auto found = play_once(less, seed).trouble;
      if (!found || !alike(*found, out.trouble))
        continue;
      out.told = std::move(less);
      out.trouble = std::move(*found);
      smaller = true;
      break; // the list of changes is another one now
    }
  }
  return out;
}

} // namespace trellis::world
