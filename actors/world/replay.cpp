#include "actors/world/replay_parts.hpp"
#include "protocols/scenario/missing.hpp"
#include "storage/event_log.hpp"

#include <caf/actor_cast.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace trellis::world {

using namespace std::chrono_literals;

namespace {

/// After the last job is over: letters and receipts still go their way.
constexpr milliseconds linger = 60s;
/// The longest that a run without an end of its own goes on after the last thing that happens.
constexpr milliseconds longest = 48h;

} // namespace

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
  if (auto missing = missing_parts(told); !missing.empty())
    return error{errc::usage,
                 fmt::format("line {}: {}", missing.front().at.line, missing.front().why)};
  if (nodes_of(told).empty())
    return error{errc::usage, "the world has no node: it needs a site and a CE"};
  return std::nullopt;
}

std::optional<error> replay::parts::prepare() {
  if (auto missing = refuse_what_is_missing())
    return missing;
  for (const auto& u : told.users)
    if (u.proxy.count() > 0)
      proxy_ends[u.name] = u.proxy;
  auto plan = agenda_of(told, options.read);
  if (!plan)
    return plan.why();
  tasks = std::move(plan->tasks);
  log = std::move(plan->log);
  for (auto& [host, x] : grid.all())
    watch(x);
  spawn_users();
  return std::nullopt;
}

void replay::parts::watch(node& x) {
  x.disk.observe([this, i = x.island](std::span<const storage::change> batch) {
    if (auto rows = seen::in(batch); !rows.empty())
      note(i, std::move(rows));
  });
  for (auto& q : x.queues)
    q.facts->tell = [this, &q, i = x.island](const payload_news& news) {
      if (auto payload = seen::in(news))
        note(i, std::move(*payload));
      if (auto broken = promises::slots(told.ces[q.plan], *q.facts))
        note(i, finding::broken{std::move(*broken)});
    };
}

/// Users live where their WMS does.
void replay::parts::spawn_users() {
  auto all = playing(told, role::wms);
  for (const auto& host : all) {
    const auto& home = grid.at(host);
    auto i = home.island;
    client_config c;
    c.wms = [&home]() -> caf::strong_actor_ptr {
      return home.up && home.roles.contains(role::wms) ? home.roles.at(role::wms) : nullptr;
    };
    c.accepted = [this, i](job_index which, const job_id& id) {
      note(i, finding::accepted{which, id});
    };
    c.refused = [this, i](job_index which, const error& why) {
      note(i, finding::refused{which, why.text});
    };
    users.push_back(spawn_client(time.at(i).system(), std::move(c)));
  }
  for (const auto& u : told.users)
    wms_of_user[u.name]
        = static_cast<std::uint32_t>(std::ranges::find(all, wms_of(told, u.name)) - all.begin());
}

// --- playing -------------------------------------------------------------------------------------

progress replay::parts::seen_so_far() const {
  progress out;
  out.now = now();
  out.steps = time.steps();
  for (const auto& x : facts.jobs())
    ++out.jobs[x.state];
  return out;
}

void replay::parts::take(finding& x) {
  if (auto* rows = std::get_if<std::vector<seen::row>>(&x.what))
    facts.take(std::move(*rows));
  else if (const auto* payload = std::get_if<seen::payload>(&x.what))
    facts.take(*payload);
  else if (const auto* yes = std::get_if<finding::accepted>(&x.what))
    facts.acknowledged(yes->which, yes->id);
  else if (const auto* no = std::get_if<finding::refused>(&x.what))
    facts.refused(no->which, no->why);
  else if (const auto* broken = std::get_if<finding::broken>(&x.what))
    kept.say(broken->promise);
}

/// False: the run is to end here.
bool replay::parts::look(milliseconds at) {
  auto changed = facts.changed();
  for (auto i : changed)
    if (auto now_over = over(facts.jobs()[i]); now_over != is_over[i]) {
      is_over[i] = now_over;
      open_jobs += now_over ? std::uint64_t{0} - 1 : 1;
    }
  if (!changed.empty()) {
    verdicts.look(changed, at);
    kept.look(changed, at);
  }
  return !kept.broken() && !(options.stop_at_failure && verdicts.anything_failed());
}

/// After a step or, on several islands, a window. False: the run is to end here.
bool replay::parts::after_step() {
  if (options.tell && time.steps() - told_at >= options.tell_every) {
    told_at = time.steps();
    options.tell(seen_so_far());
  }
  if (found.size() == 1) {
    if (found.front().empty() && !facts.anything_changed())
      return true;
    for (auto& x : found.front())
      take(x);
    found.front().clear();
    return look(now());
  }
  std::vector<finding*> all;
  for (auto& island : found)
    for (auto& x : island)
      all.push_back(&x);
  std::ranges::stable_sort(all, {}, &finding::at);
  if (facts.anything_changed() && !look(now()))
    return false;
  for (auto* x : all) {
    take(*x);
    if (!look(std::chrono::floor<milliseconds>(x->at.time_since_epoch())))
      return false;
  }
  for (auto& island : found)
    island.clear();
  return true;
}

bool replay::parts::settle() {
  do {
    if (!after_step())
      return false;
  } while (time.size() == 1 && time.at(0).step());
  return true;
}

/// What is to do at `next`, and on several islands for a window from then on, before `limit`.
void replay::parts::go_on(milliseconds next, milliseconds limit) {
  if (time.size() == 1)
    return time.at(0).fire();
  time.run_until(steady_time{std::min(next + window, limit)});
  grid.net().cross();
}

/// Every node is up and hears every other.
bool replay::parts::calm() {
  for (auto& [a, x] : grid.all())
    for (auto& [b, y] : grid.all())
      if (!x.up || (a != b && (!grid.net().connected(a, b) || grid.net().way(a, b).drop > 0)))
        return false;
  return true;
}

milliseconds replay::parts::last_word() const {
  milliseconds out{0};
  for (const auto& x : told.expectations)
    out = std::max(out, x.time);
  return tasks.empty() ? out : std::max(out, tasks.rbegin()->first);
}

namespace {

using some_time = std::optional<milliseconds>;

some_time whole(std::optional<steady_time> x) {
  if (!x)
    return std::nullopt;
  return std::chrono::ceil<milliseconds>(x->time_since_epoch());
}

some_time earliest(some_time a, some_time b) { return !a ? b : !b ? a : std::min(*a, *b); }

some_time earliest(some_time a, some_time b, some_time c) { return earliest(earliest(a, b), c); }

} // namespace

/// The next moment at which an actor has something to do.
std::optional<milliseconds> replay::parts::next_event() const {
  if (time.busy())
    return now();
  auto next = time.next_timer();
  if (!next)
    return std::nullopt;
  return std::chrono::floor<milliseconds>(next->time_since_epoch());
}

/// False: something was found that ends the run early.
bool replay::parts::play() {
  auto until = options.until ? *options.until : told.until;
  auto last = last_word() + longest;
  std::optional<milliseconds> quiet; // since when everything is over
  grid.start_all();
  window = grid.net().window();
  for (;;) {
    if (!settle())
      return false;
    auto restarts = whole(grid.look_after());
    if (!settle())
      return false;
    if (!all_over() || verdicts.next() || restarts)
      quiet.reset();
    else if (!quiet)
      quiet = now();
    auto task = tasks.empty() ? std::nullopt : std::optional{tasks.begin()->first};
    auto limit = earliest(task, verdicts.next(), restarts);
    auto next = earliest(next_event(), limit);
    auto end = until.count() > 0 ? until : quiet ? *quiet + linger : last;
    if (!next || *next > end) {
      time.wait_until(steady_time{end});
      ran_out = until.count() == 0;
      return true;
    }
    if (verdicts.next() && *verdicts.next() <= *next) {
      time.wait_until(steady_time{*verdicts.next()});
      verdicts.clock(now());
      if (options.stop_at_failure && verdicts.anything_failed())
        return false;
    } else if (task && *task <= *next) {
      time.wait_until(steady_time{*task});
      auto what = tasks.begin()->second;
      tasks.erase(tasks.begin());
      perform(what);
      window = grid.net().window();
    } else if (restarts && *restarts <= *next) {
      time.wait_until(steady_time{*next});
    } else {
      go_on(*next, std::min(limit.value_or(end + 1ms), end + 1ms));
    }
  }
}

std::vector<traced> replay::parts::traces() {
  return compare_traces(told, facts, [this](const job_id& job) { return self->events_of(job); });
}

namespace {

/// FNV-1a over eight bytes at a time, of all machines alike.
std::uint64_t mixed(std::uint64_t h, std::string_view s) {
  auto take = [&h](std::uint64_t x) {
    h = (h ^ x) * 0x100000001B3u;
    h ^= h >> 29;
  };
  take(s.size());
  for (; !s.empty(); s.remove_prefix(std::min<std::size_t>(s.size(), 8))) {
    std::uint64_t x = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(s.size(), 8); ++i)
      x |= std::uint64_t{static_cast<unsigned char>(s[i])} << (8 * i);
    take(x);
  }
  return h;
}

} // namespace

/// The sum of what the rows give, whatever their order.
std::uint64_t replay::parts::hash() {
  std::uint64_t sum = 0;
  for (auto& [host, x] : grid.all())
    x.disk.table(storage::family::lb_events)
        .each([&](std::string_view key, std::string_view value) {
          sum += mixed(mixed(0xCBF29CE484222325u, key), value);
        });
  return sum;
}

// --- outside -------------------------------------------------------------------------------------

replay::replay(std::unique_ptr<parts> x) : parts_(std::move(x)) { parts_->self = this; }

replay::~replay() {
  if (!parts_)
    return;
  std::vector<caf::strong_actor_ptr> all;
  for (const auto& x : std::exchange(parts_->users, {}))
    all.push_back(caf::actor_cast<caf::strong_actor_ptr>(x));
  parts_->time.end(std::move(all));
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
  if (p.play()) {
    p.verdicts.end(p.now());
    p.kept.end(p.calm(), p.ran_out, p.now());
  }
  out.broken = p.kept.broken();
  out.verdicts = p.verdicts.verdicts();
  out.traces = p.traces();
  out.hash = p.hash();
  out.end = p.seen_so_far();
  out.shares_judged = p.kept.shares_judged();
  out.frames = p.grid.net().count().sent;
  out.events = p.facts.events();
  out.held = !out.broken && p.verdicts.all_held()
             && std::ranges::all_of(out.traces, [](const auto& t) { return t.same; });
  return out;
}

const truth& replay::facts() const { return parts_->facts; }

std::vector<lb::stored_event> replay::events_of(const job_id& job) const {
  auto lb = parts_->grid.all().find(job.lb());
  if (lb == parts_->grid.all().end())
    return {};
  auto all = storage::event_log{lb->second.disk}.events_of(job, 0, 100'000);
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
