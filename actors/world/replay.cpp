#include "actors/world/replay.hpp"

#include "actors/ce/attempt.hpp"
#include "actors/world/client_actor.hpp"
#include "actors/world/sites.hpp"
#include "protocols/scenario/text.hpp"
#include "protocols/scenario/trace.hpp"
#include "protocols/scenario/verbs.hpp"
#include "storage/event_log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace trellis::world {

using namespace std::chrono_literals;
using namespace scenario;

namespace {

/// After the last job is over: letters and receipts still go their way.
constexpr milliseconds linger = 60s;
/// The longest that a run without an end of its own goes on after the last thing that happens.
constexpr milliseconds longest = 48h;

struct task {
  enum class kind : std::uint8_t { happens, undone, submits } what = kind::happens;
  std::size_t index = 0; // of a happening, or of a job of a log
  std::uint32_t times = 1;
};

/// A job of a workload's log.
struct logged {
  const workload* from = nullptr;
  std::string by;
  milliseconds runs{0};
};

bool over(const job_facts& x) {
  using enum lb::job_state;
  return !x.refusal.empty() || x.state == done || x.state == purged || lb::is_terminal(x.state);
}

} // namespace

struct replay::parts {
  replay* self = nullptr;
  const story& told;
  replay_options options;
  std::uint64_t seed;
  random_source chance;
  simulation::virtual_system time;
  truth facts;
  sites grid;
  judge verdicts;
  client_actor users;
  std::multimap<milliseconds, task> tasks;
  std::vector<logged> log;
  std::vector<milliseconds> runs; // of the payload of each job
  std::vector<int> exit_codes;
  std::map<std::string, std::uint32_t> ordinals;
  std::map<std::string, milliseconds> proxy_ends;
  std::map<host_name, action> broken;
  std::uint64_t faults = 0; // not undone yet
  std::uint64_t open_jobs = 0;
  std::vector<bool> is_over;
  std::uint64_t told_at = 0;
  std::optional<std::string> finding;

  parts(const story& x, replay_options o)
      : told(x), options(std::move(o)), seed(options.seed.value_or(x.seed)), chance(seed, "story"),
        time(seed, options.shuffle),
        grid(time, told, seed,
             [this](std::size_t ce, const ce::hand_over& task) { return plan(ce, task); }),
        verdicts(told, facts, asked_nodes()) {}

  milliseconds now() const {
    return std::chrono::floor<milliseconds>(time.now().time_since_epoch());
  }

  node_facts asked_nodes();
  std::optional<error> prepare();
  std::optional<error> prepare(const workload& x);
  std::optional<error> refuse_what_is_missing() const;
  payload_plan plan(std::size_t ce, const ce::hand_over& task);

  void submit(const std::string& name, std::uint32_t ordinal, const std::string& by,
              std::string jdl, milliseconds takes, int exit_code, bool twice);
  void submit(const action& x, std::uint32_t times);
  void act(const action& x, std::uint32_t times);
  void act_on_jobs(const action& x);
  void act_on_node(const action& x, const host_name& host);
  void act_on_links(const action& x);
  void act_on_link(const action& x, const host_name& a, const host_name& b);
  void perform(const task& x);
  std::vector<host_name> chosen(const target& x);
  principal principal_of(const std::string& name) const;
  const user* user_of(const std::string& name) const;

  bool after_step();
  bool settle();
  bool play();

  bool all_over() const { return open_jobs == 0 && tasks.empty(); }

  milliseconds last_word() const;
  progress look() const;
  std::vector<traced> traces();
  std::uint64_t hash();
};

// --- before the start ----------------------------------------------------------------------------

node_facts replay::parts::asked_nodes() {
  node_facts out;
  out.is = [this](const host_name& host, node_state what) {
    auto& x = grid.at(host);
    return what == node_state::up ? x.up : what == node_state::down ? !x.up : x.up && x.draining;
  };
  out.outbox = [this](const host_name& host) {
    std::uint64_t n = 0;
    (void)grid.at(host).disk.scan(storage::family::outbox, "l", {},
                                  [&](std::string_view, std::string_view) { return ++n > 0; });
    return n;
  };
  return out;
}

std::optional<error> replay::parts::refuse_what_is_missing() const {
  auto refuse = [&](const place& at, const std::string& what) {
    return error{errc::usage, fmt::format("line {}: {}", at.line, what)};
  };
  for (const auto& x : told.happenings) {
    if (x.what.what == verb::corrupt)
      return refuse(x.at, "'corrupt' needs a storage element, which this grid cannot have yet");
    for (const auto& t : x.what.on)
      if (t.what == noun::se || (!t.host.empty() && nodes_meant(told, t).empty()))
        return refuse(x.at, "there are no storage elements in this grid yet");
  }
  if (nodes_of(told).empty())
    return error{errc::usage, "the world has no node: it needs a site and a CE"};
  return std::nullopt;
}

std::optional<error> replay::parts::prepare(const workload& x) {
  if (!options.read)
    return error{errc::usage, fmt::format("line {}: nobody reads {}", x.at.line, x.swf)};
  auto bytes = options.read(x.swf);
  if (!bytes)
    return bytes.why();
  swf_limits limits;
  limits.skip = x.skip;
  if (x.first > 0)
    limits.most = x.first;
  auto jobs = read_swf(*bytes, limits);
  if (!jobs)
    return jobs.why();
  if (x.by.empty() || jobs->empty())
    return error{errc::usage, fmt::format("line {}: a workload without jobs or users", x.at.line)};
  auto divided = [&](std::int64_t s) {
    return milliseconds{std::max<std::int64_t>(0, s) * 1'000 / std::max(1u, x.divide)};
  };
  auto first = jobs->front().submitted_s;
  for (const auto& j : *jobs) {
    auto n = static_cast<std::size_t>(std::max<std::int64_t>(0, j.user)) % x.by.size();
    tasks.emplace(x.starts + divided(j.submitted_s - first),
                  task{task::kind::submits, log.size(), 1});
    log.push_back({&x, x.by[n], std::max(milliseconds{1}, divided(j.ran_s))});
  }
  return std::nullopt;
}

std::optional<error> replay::parts::prepare() {
  if (auto missing = refuse_what_is_missing())
    return missing;
  for (const auto& u : told.users)
    if (u.proxy.count() > 0)
      proxy_ends[u.name] = u.proxy;
  for (std::size_t i = 0; i < told.happenings.size(); ++i)
    for (const auto& x : occurrences(told.happenings[i])) {
      tasks.emplace(x.when, task{task::kind::happens, i, x.times});
      if (x.undone)
        tasks.emplace(*x.undone, task{task::kind::undone, i, 1});
    }
  for (const auto& x : told.workloads)
    if (auto wrong = prepare(x))
      return wrong;
  for (auto& [host, x] : grid.all()) {
    x.disk.observe([this](std::span<const storage::change> batch) { facts.written(batch); });
    for (auto& q : x.queues)
      q.facts->tell = [this](const payload_news& news) { facts.payload(news); };
  }
  client_config c;
  c.wms = [this]() -> caf::strong_actor_ptr {
    auto* x = grid.playing(role::wms);
    return x && x->up && x->roles.contains(role::wms) ? x->roles.at(role::wms) : nullptr;
  };
  c.accepted = [this](job_index which, const job_id& id) { facts.acknowledged(which, id); };
  c.refused = [this](job_index which, const error& why) { facts.refused(which, why.text); };
  users = spawn_client(time.system(), std::move(c));
  return std::nullopt;
}

// --- the work ------------------------------------------------------------------------------------

payload_plan replay::parts::plan(std::size_t ce, const ce::hand_over& task) {
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
  if (fails > 0 && chance.unit() < fails)
    out.failed = "before_payload Working directory not writable";
  else if (crashes > 0 && chance.unit() < crashes)
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
  caf::anon_send(users, std::move(out));
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

std::vector<host_name> replay::parts::chosen(const target& x) {
  auto hosts = nodes_meant(told, x);
  if (x.how == quantifier::any && hosts.size() > 1)
    return {hosts[chance.below(hosts.size())]};
  return hosts;
}

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
      for (const auto& host : chosen(t))
        act_on_node(x, host);
  }
}

void replay::parts::act_on_jobs(const action& x) {
  std::vector<const job_facts*> all;
  for (const auto& job : facts.jobs())
    if ((x.work.name.empty() || x.work.name == job.name)
        && (x.work.ordinal == 0 || x.work.ordinal == job.ordinal)
        && (x.work.of.empty() || x.work.of == job.by || x.work.of == job.vo)
        && (x.work.on.empty() || x.work.on == job.destination) && !job.id.empty() && !over(job))
      all.push_back(&job);
  if (x.work.how == quantifier::any && all.size() > 1)
    all = {all[chance.below(all.size())]};
  for (const auto* job : all) {
    if (x.what == verb::cancel) {
      caf::anon_send(users, cancel_job{
                                {principal_of(job->by), job->id, {}}
      });
      continue;
    }
    if (job->ce.empty())
      continue;
    using kind = lrms_mishap::kind;
    lrms_mishap mishap{x.what == verb::hold      ? kind::hold
                       : x.what == verb::release ? kind::release
                                                 : kind::lose,
                       ce::session_name({job->id, job->attempt})};
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
                     ce::drain{who, node.draining, "asked by its operator"});
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
  auto from = x.on.empty() ? ends(0) : chosen(x.on[0]);
  if (!x.on.empty() && x.on[0].how != quantifier::any)
    from = ends(0);
  for (const auto& a : from)
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

void replay::parts::perform(const task& x) {
  if (x.what == task::kind::submits) {
    const auto& job = log[x.index];
    auto ordinal = ++ordinals[job.from->name];
    return submit(job.from->name, ordinal, job.by, jdl_of(told, *job.from, job.by, job.runs),
                  job.runs, 0, false);
  }
  const auto& happening = told.happenings[x.index];
  if (x.what == task::kind::happens)
    return act(happening.what, x.times);
  if (auto undo = undoing(happening.what))
    act(*undo, 1);
}

// --- playing -------------------------------------------------------------------------------------

progress replay::parts::look() const {
  progress out;
  out.now = now();
  out.steps = time.steps();
  for (const auto& x : facts.jobs())
    ++out.jobs[x.state];
  return out;
}

/// False: the run is to end here.
bool replay::parts::after_step() {
  if (options.tell && time.steps() - told_at >= options.tell_every) {
    told_at = time.steps();
    options.tell(look());
  }
  if (!facts.anything_changed())
    return true;
  auto changed = facts.changed();
  for (auto i : changed)
    if (auto now_over = over(facts.jobs()[i]); now_over != is_over[i]) {
      is_over[i] = now_over;
      open_jobs += now_over ? std::uint64_t{0} - 1 : 1;
    }
  verdicts.look(changed, now());
  return !(options.stop_at_failure && verdicts.anything_failed());
}

bool replay::parts::settle() {
  do {
    if (!after_step())
      return false;
  } while (time.step());
  return true;
}

milliseconds replay::parts::last_word() const {
  milliseconds out{0};
  for (const auto& x : told.expectations)
    out = std::max(out, x.time);
  return tasks.empty() ? out : std::max(out, tasks.rbegin()->first);
}

/// False: something was found that ends the run early.
bool replay::parts::play() {
  auto until = options.until ? *options.until : told.until;
  auto last = last_word() + longest;
  std::optional<milliseconds> quiet; // since when everything is over
  grid.start_all();
  for (;;) {
    if (!settle())
      return false;
    auto restarts = grid.look_after();
    if (!settle())
      return false;
    if (!all_over() || verdicts.next() || restarts)
      quiet.reset();
    else if (!quiet)
      quiet = now();
    std::optional<milliseconds> next = time.next_timer()
                                           ? std::optional{std::chrono::floor<milliseconds>(
                                               time.next_timer()->time_since_epoch())}
                                           : std::nullopt;
    auto sooner = [&](std::optional<milliseconds> x) {
      if (x && (!next || *x < *next))
        next = x;
    };
    auto due = tasks.empty() ? std::nullopt : std::optional{tasks.begin()->first};
    sooner(due);
    sooner(verdicts.next());
    if (restarts)
      sooner(std::chrono::ceil<milliseconds>(restarts->time_since_epoch()));
    auto end = until.count() > 0 ? until : quiet ? *quiet + linger : last;
    if (!next || *next > end) {
      time.wait_until(steady_time{end});
      return true;
    }
    if (verdicts.next() && *verdicts.next() <= *next) {
      time.wait_until(steady_time{*verdicts.next()});
      verdicts.clock(now());
      if (options.stop_at_failure && verdicts.anything_failed())
        return false;
    } else if (due && *due <= *next) {
      time.wait_until(steady_time{*due});
      auto what = tasks.begin()->second;
      tasks.erase(tasks.begin());
      perform(what);
    } else if (restarts && std::chrono::ceil<milliseconds>(restarts->time_since_epoch()) <= *next) {
      time.wait_until(steady_time{*next});
    } else {
      time.fire();
    }
    if (options.watch)
      if (finding = options.watch(*self); finding)
        return false;
  }
}

std::vector<traced> replay::parts::traces() {
  std::vector<traced> out;
  for (const auto& x : told.traces) {
    traced t;
    t.what = &x;
    const auto& named = facts.named(x.name);
    auto of = std::ranges::find_if(
        named, [&](job_index i) { return x.ordinal == 0 || facts.jobs()[i].ordinal == x.ordinal; });
    if (of == named.end() || facts.jobs()[*of].id.empty())
      t.problem = fmt::format("no job {} was accepted", x.name);
    else if (x.ordinal == 0 && named.size() > 1)
      t.problem
          = fmt::format("there are {} jobs {}: say which, as {}#1", named.size(), x.name, x.name);
    else
      for (const auto& e : self->events_of(facts.jobs()[*of].id))
        if (shows(x, e.what))
          t.lines.push_back(trace_line(e.what));
    t.same = t.problem.empty() && t.lines == x.lines;
    out.push_back(std::move(t));
  }
  return out;
}

std::uint64_t replay::parts::hash() {
  std::uint64_t h = 0xCBF29CE484222325u; // FNV-1a
  auto add = [&h](std::string_view s) {
    for (unsigned char c : s)
      h = (h ^ c) * 0x100000001B3u;
  };
  for (auto& [host, x] : grid.all())
    (void)x.disk.scan(storage::family::lb_events, {}, {},
                      [&](std::string_view key, std::string_view value) {
                        add(key);
                        add(value);
                        return true;
                      });
  return h;
}

// --- outside -------------------------------------------------------------------------------------

replay::replay(std::unique_ptr<parts> x) : parts_(std::move(x)) { parts_->self = this; }

replay::~replay() {
  if (parts_)
    parts_->time.end({caf::actor_cast<caf::strong_actor_ptr>(parts_->users)});
}

result<std::unique_ptr<replay>> replay::make(const story& told, replay_options options) {
  auto x = std::make_unique<parts>(told, std::move(options));
  if (auto wrong = x->prepare())
    return *wrong;
  return std::unique_ptr<replay>{new replay{std::move(x)}};
}

replay_result replay::run() {
  auto& p = *parts_;
  replay_result out;
  if (p.play())
    p.verdicts.end(p.now());
  out.finding = p.finding;
  out.verdicts = p.verdicts.verdicts();
  out.traces = p.traces();
  out.hash = p.hash();
  out.end = p.look();
  out.frames = p.grid.net().count().sent;
  out.events = p.facts.events();
  out.held = !out.finding && p.verdicts.all_held()
             && std::ranges::all_of(out.traces, [](const auto& t) { return t.same; });
  return out;
}

const truth& replay::facts() const { return parts_->facts; }

const story& replay::told() const { return parts_->told; }

milliseconds replay::now() const { return parts_->now(); }

std::map<host_name, node>& replay::nodes() { return parts_->grid.all(); }

bool replay::calm() const { return parts_->tasks.empty(); }

std::vector<lb::stored_event> replay::events_of(const job_id& job) const {
  auto* lb = parts_->grid.playing(role::lb);
  if (!lb)
    return {};
  auto all = storage::event_log{lb->disk}.events_of(job, 0, 100'000);
  return all ? std::move(*all) : std::vector<lb::stored_event>{};
}

std::vector<lb::stored_event> replay::all_events() const {
  std::vector<lb::stored_event> out;
  for (const auto& x : parts_->facts.jobs())
    if (!x.id.empty())
      for (auto& e : events_of(x.id))
        out.push_back(std::move(e));
  return out;
}

} // namespace trellis::world
