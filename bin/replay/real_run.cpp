#include "bin/replay/real_run.hpp"

#include "bin/replay/real_parts.hpp"

#include <algorithm>
#include <thread>

namespace trellis::real {

using namespace std::chrono_literals;
using namespace scenario;
using world::job_index;

namespace {

/// After the last job is over: letters and receipts still go their way.
constexpr milliseconds linger = 60s;
constexpr std::chrono::milliseconds least_linger = 500ms; // real
/// A run without an end of its own goes on so long after the last thing that happens.
constexpr milliseconds longest = 2h;
constexpr std::chrono::milliseconds least_longest = 90s; // real

constexpr auto step_pause = 20ms;
constexpr std::size_t most_events = 100'000; // of a job

} // namespace

// --- what is asked -------------------------------------------------------------------------------

world::node_facts real_run::parts::asked_nodes() {
  world::node_facts out;
  out.is = [this](const host_name& host, node_state what) {
    const auto& x = grid->nodes().at(host);
    return what == node_state::up     ? x.up()
           : what == node_state::down ? !x.up()
                                      : x.up() && x.draining;
  };
  out.outbox = [this](const host_name& host) { return letters[grid->nodes().at(host).socket()]; };
  return out;
}

watcher::settings real_run::parts::what_to_watch() {
  watcher::settings out;
  if (auto* lb = grid->playing(role::lb))
    out.lb = lb->socket();
  if (auto* wms = grid->playing(role::wms))
    out.wms = wms->socket();
  for (const auto& x : told.expectations) {
    if (std::holds_alternative<outbox_is>(x.what) && out.nodes.empty())
      for (const auto& node : grid->nodes().all())
        out.nodes.push_back(node.socket());
    const auto* f = std::get_if<job_figure>(&x.what);
    out.attempts |= f && f->what == figure::attempts;
  }
  return out;
}

std::uint32_t real_run::parts::account_of(const std::string& name) const {
  const auto& all = accounts_of(told, grid->plan().uid);
  auto x = std::ranges::find(all, name, &account::user);
  return x == all.end() ? grid->plan().uid : x->uid;
}

// --- what is seen --------------------------------------------------------------------------------

void real_run::parts::take_answers() {
  for (auto& x : people->answers()) {
    auto which = static_cast<job_index>(x.job);
    if (x.id)
      facts.acknowledged(which, *x.id);
    else
      facts.refused(which, x.id.why().text);
  }
}

void real_run::parts::take_states() {
  auto seen = eyes->take();
  for (auto& x : seen.states) {
    auto& last = arrivals[x.job.text()];
    if (x.last_arrival == last)
      continue;
    last = x.last_arrival;
    facts.status(std::move(x));
  }
  for (const auto& [id, n] : seen.attempts)
    if (const auto* job = facts.of(id); job && job->attempt != n)
      facts.attempts(id, n);
  for (const auto& [socket, n] : seen.letters)
    letters[socket] = n;
}

void real_run::parts::take(const payloads::news& x) {
  auto known = by_label.find(x.label);
  if (known == by_label.end())
    return;
  const auto& job = facts.jobs()[known->second];
  if (job.id.empty()) {
    early.push_back(x);
    return;
  }
  world::seen::payload what;
  what.began = x.began;
  what.attempt = {job.id, static_cast<std::uint32_t>(x.pid)}; // the process is as good a number
  what.vo = job.vo;
  what.at = steady_time{now()};
  facts.take(what);
}

void real_run::parts::take_payloads() {
  for (const auto& x : std::exchange(early, {}))
    take(x);
  for (const auto& x : work.look())
    take(x);
}

void real_run::parts::judge_changes() {
  auto changed = facts.changed();
  auto anew = false;
  for (auto i : changed)
    if (auto now_over = over(facts.jobs()[i]); now_over != is_over[i]) {
      is_over[i] = now_over;
      open_jobs += now_over ? std::uint64_t{0} - 1 : 1;
      anew = true;
    }
  for (auto i : changed)
    anew |= arrivals.find(facts.jobs()[i].id.text()) == arrivals.end();
  if (anew) {
    std::vector<job_id> open;
    for (const auto& x : facts.jobs())
      if (!x.id.empty() && !lb::is_terminal(x.state) && x.code != lb::done_code::ok)
        open.push_back(x.id);
    eyes->ask_for(std::move(open), facts.jobs().size());
  }
  verdicts.look(changed, now());
}

void real_run::parts::look() {
  grid->nodes().look();
  take_answers();
  take_states();
  take_payloads();
  judge_changes();
  ++looks;
  if (options.tell && clock::now() - told_at > 1s) {
    told_at = clock::now();
    options.tell(progress());
  }
}

world::progress real_run::parts::progress() const {
  world::progress out;
  out.now = now();
  out.steps = looks;
  for (const auto& x : facts.jobs())
    ++out.jobs[x.state];
  return out;
}

// --- playing -------------------------------------------------------------------------------------

void real_run::parts::do_what_is_due() {
  for (;;) {
    auto next = verdicts.next();
    if (!plan.tasks.empty() && (!next || plan.tasks.begin()->first < *next)) {
      auto [at, what] = *plan.tasks.begin();
      if (at > now())
        return;
      plan.tasks.erase(plan.tasks.begin());
      perform(what);
    } else if (next && *next <= now()) {
      verdicts.clock(*next);
    } else {
      return;
    }
  }
}

void real_run::parts::pause() {
  auto until = clock::now() + step_pause;
  if (auto next = verdicts.next())
    until = std::min(until, when(*next));
  if (!plan.tasks.empty())
    until = std::min(until, when(plan.tasks.begin()->first));
  std::this_thread::sleep_until(until);
}

milliseconds real_run::parts::last_word() const {
  milliseconds out{0};
  for (const auto& x : told.expectations)
    out = std::max(out, x.time);
  return plan.tasks.empty() ? out : std::max(out, plan.tasks.rbegin()->first);
}

milliseconds real_run::parts::end_of(std::optional<milliseconds> quiet) const {
  return quiet ? *quiet + std::max(linger, options.by.told(least_linger)) : milliseconds::max();
}

/// False: it was interrupted.
bool real_run::parts::play() {
  milliseconds takes{0};
  for (const auto& x : told.jobs)
    takes = std::max(takes, x.runs);
  for (const auto& x : plan.log)
    takes = std::max(takes, x.runs);
  auto last = last_word() + 2 * takes + std::max(longest, options.by.told(least_longest));
  auto until = options.until.value_or(told.until);
  std::optional<milliseconds> quiet; // since when everything is over
  began = told_at = clock::now();
  began_at = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  for (;;) {
    do_what_is_due();
    look();
    if (options.interrupted && options.interrupted())
      return false;
    if (open_jobs > 0 || !plan.tasks.empty() || verdicts.next() || grid->nodes().anything_starts())
      quiet.reset();
    else if (!quiet)
      quiet = now();
    if (now() >= (until.count() > 0 ? until : std::min(last, end_of(quiet))))
      return true;
    pause();
  }
}

/// Of all jobs, while L&B still runs.
void real_run::parts::read_events() {
  auto* lb = grid->playing(role::lb);
  if (!lb || !lb->up())
    return;
  auto to = trellis::link::control_client::connect(lb->socket(), 5s);
  if (!to)
    return;
  for (const auto& x : facts.jobs()) {
    if (x.id.empty())
      continue;
    auto& all = events[x.id.text()];
    for (;;) {
      auto after = all.empty() ? 0 : all.back().arrival;
      auto more = to->call(role::lb, lb::get_events{{}, x.id, after, 1'000}, 10s);
      if (!more || more->events.empty() || all.size() > most_events)
        break;
      std::ranges::move(more->events, std::back_inserter(all));
    }
  }
}

// --- outside -------------------------------------------------------------------------------------

real_run::real_run(std::unique_ptr<parts> x) : parts_(std::move(x)) {}

real_run::~real_run() = default;

result<std::unique_ptr<real_run>> real_run::make(const story& told, real_options options) {
  auto plan = agenda_of(told, options.read);
  if (!plan)
    return plan.why();
  auto work = payloads::make(options.base);
  if (!work)
    return work.why();
  real_world::settings s;
  s.by = options.by;
  s.base = options.base;
  s.node_binary = options.node_binary;
  s.node_log = options.node_log;
  s.seed = options.seed.value_or(told.seed);
  s.interrupted = options.interrupted;
  auto grid = real_world::make(told, std::move(s));
  if (!grid)
    return grid.why();
  auto x = std::make_unique<parts>(told, std::move(options), std::move(*work), std::move(*plan));
  x->grid = std::move(*grid);
  x->run_name = "replay-";
  x->people = std::make_unique<users>();
  x->eyes = std::make_unique<watcher>(x->what_to_watch());
  return std::unique_ptr<real_run>{new real_run{std::move(x)}};
}

world::replay_result real_run::play() {
  auto& p = *parts_;
  world::replay_result out;
  p.was_interrupted = !p.play();
  if (!p.was_interrupted) {
    p.eyes->finish();
    p.look();
    p.verdicts.end(p.now());
    p.read_events();
  }
  out.end = p.progress();
  p.grid->nodes().end_all();
  p.people.reset();
  p.eyes.reset();
  out.verdicts = p.verdicts.verdicts();
  out.traces = compare_traces(p.told, p.facts, [this](const job_id& x) { return events_of(x); });
  for (const auto& [id, all] : p.events)
    out.events += all.size();
  out.held = p.verdicts.all_held()
             && std::ranges::all_of(out.traces, [](const auto& t) { return t.same; });
  return out;
}

bool real_run::interrupted() const { return parts_->was_interrupted; }

const world::truth& real_run::facts() const { return parts_->facts; }

std::vector<lb::stored_event> real_run::events_of(const job_id& job) const {
  auto known = parts_->events.find(job.text());
  return known == parts_->events.end() ? std::vector<lb::stored_event>{} : known->second;
}

std::vector<lb::stored_event> real_run::all_events() const {
  std::vector<lb::stored_event> out;
  for (const auto& x : parts_->facts.jobs())
    if (!x.id.empty())
      std::ranges::copy(events_of(x.id), std::back_inserter(out));
  return out;
}

milliseconds real_run::told(lb::moment x) const {
  return parts_->options.by.told(x - parts_->began_at);
}

} // namespace trellis::real
