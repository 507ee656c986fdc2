#include "actors/wms/wms_actor.hpp"

#include "runtime/log/log.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace trellis::wms {

namespace rows = storage::wms_jobs;

namespace {
constexpr auto store_timeout = caf::infinite; // our own: it answers or ends
constexpr auto call_timeout = std::chrono::seconds{10};
constexpr auto retry_after = std::chrono::seconds{5};
} // namespace

steady_time wms_shell::now() const { return self->clock().now(); }

ce::moment wms_shell::wall() const { return ctx.clock.wall(now()); }

std::int64_t wms_shell::wall_s() const {
  return std::chrono::floor<std::chrono::seconds>(wall()).time_since_epoch().count();
}

// --- the start -----------------------------------------------------------------------------------

void wms_shell::start() {
  auto where = config->sandbox ? config->sandbox
               : ctx.simulated ? memory_sandboxes()
                               : disk_sandboxes(ctx.directory_path + "/sandboxes");
  files = ctx.simulated ? self->spawn<caf::linked>(sandbox_keeper, where)
                        : self->spawn<caf::linked + caf::detached>(sandbox_keeper, where);
  auto source = config->delegations;
  if (!source)
    source = [](const std::string&, const std::string& id) -> result<gsi::credential> {
      return error{errc::not_found,
                   fmt::format("no delegation {} is here: nothing can be delegated", id)};
    };
  proxies = ctx.simulated ? self->spawn<caf::linked>(proxy_keeper, source)
                          : self->spawn<caf::linked + caf::detached>(proxy_keeper, source);
  // Not linked: to undo one of many links costs as much as there are.
  self->set_down_handler([this](caf::down_msg& x) {
    if (x.reason)
      self->quit(std::move(x.reason));
  });
  matching.emplace(config->match, ctx.chance("match ties"));
  ids.emplace(ctx.chance(fmt::format("job ids {}", wall().time_since_epoch().count())));
  shares.emplace(config->shares);
  rebuild();
  subscribe();
  at(now() + config->purge_every, timer::purge, {});
}

wms_shell::~wms_shell() {
  for (const auto& [id, x] : jobs)
    if (x.actor)
      caf::anon_send_exit(x.actor, caf::exit_reason::kill);
}

void wms_shell::rebuild() {
  auto usage = rows::shares(*ctx.rows);
  if (usage)
    for (const auto& x : *usage)
      shares->restore({x.path, x.usage, x.as_of_s});
  auto read = rows::each(*ctx.rows, [this](rows::stored_job&& x) {
    if (std::find(vos.begin(), vos.end(), x.terms.vo) == vos.end())
      vos.push_back(x.terms.vo);
    if (!is_over(x.state.phase))
      adopt(x.terms, x.state);
  });
  if (!usage || !read) {
    const auto& why = !usage ? usage.why() : read.why();
    log::error("wms-rows-unreadable", "the jobs cannot be read: {}", why.text);
    return self->quit(to_caf(why));
  }
  if (!jobs.empty())
    log::info("wms-rebuilt", "{} living jobs, {} of them idle", jobs.size(), shares->idle());
}

live_job& wms_shell::place(const job_terms& terms, const job_state& state) {
  auto& x = jobs[terms.job.text()];
  auto vo = std::find(vos.begin(), vos.end(), terms.vo);
  x.vo = static_cast<std::uint32_t>(vo - vos.begin());
  if (vo == vos.end())
    vos.push_back(terms.vo);
  x.leaf = shares->place(terms.vo, terms.group, terms.user);
  x.cpus = std::max(1u, terms.needs.cpus);
  x.lease = terms.lease;
  x.phase = state.phase;
  x.attempt = state.attempt;
  x.order = static_cast<std::uint64_t>(terms.accepted.time_since_epoch().count());
  last_order = std::max(last_order, x.order);
  x.cluster = matching->cluster(terms.cluster);
  return x;
}

/// A living job takes its place in the index, after a submission or a restart.
void wms_shell::adopt(const job_terms& terms, const job_state& state) {
  const auto& id = terms.job.text();
  auto& x = place(terms, state);
  if (state.phase <= job_phase::idle) {
    auto left = std::max(terms.expires - wall(), ce::moment::duration{0});
    at(now() + left, timer::job_expires, id);
    if (terms.proxy_ends != ce::moment{})
      at(now() + std::max(terms.proxy_ends - wall(), ce::moment::duration{0}), timer::job_expires,
         id);
  }
  if (state.phase == job_phase::registering)
    at(now(), timer::register_again, id);
  else if (state.phase == job_phase::idle)
    put_idle(id, x, state.previous);
  else if (state.phase == job_phase::pulling)
    actor_of(terms.job);
  else if (has_attempt(state.phase) && state.ce) {
    take_slot(x, terms.job, *state.ce);
    x.accepted = state.facts.at != ce::moment{};
    if (x.accepted)
      matching->accepted(*x.ce, terms.job);
    watch_attempt(id, x);
    if (state.phase == job_phase::lost_contact)
      at(x.heard + x.lease + config->allowed_skew, timer::lease_ends, id);
  }
}

// --- jobs and their actors -----------------------------------------------------------------------

result<rows::stored_job> wms_shell::load(const job_id& job) const {
  if (auto known = jobs.find(job.text()); known != jobs.end())
    return rows::load(*ctx.rows, vos[known->second.vo], job);
  for (const auto& vo : vos)
    if (auto x = rows::load(*ctx.rows, vo, job); x || x.why().code != errc::not_found)
      return x;
  return error{errc::not_found,
               fmt::format("there is no job {} at {}", job.text(), ctx.host.text())};
}

/// Null when its rows cannot be read; then we end, too.
job_actor wms_shell::actor_of(const job_id& job, const rows::stored_job* known) {
  if (auto x = jobs.find(job.text()); x != jobs.end() && x->second.actor)
    return x->second.actor;
  std::optional<rows::stored_job> read;
  if (!known) {
    auto loaded = load(job);
    if (!loaded) {
      log::error("wms-job-unreadable", "{}: {}", job.text(), loaded.why().text);
      self->quit(to_caf(loaded.why()));
      return {};
    }
    known = &read.emplace(std::move(*loaded));
  }
  auto there = jobs.find(job.text());
  auto& x = there != jobs.end() ? there->second : place(known->terms, known->state);
  x.actor = self->spawn<caf::monitored>(trellis::wms::job, ctx, config,
                                        caf::actor_cast<job_listener>(self), files, known->terms,
                                        known->state);
  x.sent = 0;
  return x.actor;
}

void wms_shell::tell(const job_id& job, job_input what) {
  auto to = actor_of(job);
  if (!to)
    return;
  ++jobs.at(job.text()).sent;
  self->send(to, happened{std::move(what)});
}

void wms_shell::take_slot(live_job& x, const job_id& job, const ce_id& ce) {
  x.ce = std::make_unique<ce_id>(ce);
  matching->promised(ce, job, x.cpus);
  shares->running(x.leaf, x.cpus, wall_s());
}

void wms_shell::give_slot_back(const std::string& id, live_job& x, const job_id& job) {
  unwatch_attempt(id, x);
  matching->ended(*x.ce, job);
  shares->running(x.leaf, -static_cast<std::int64_t>(x.cpus), wall_s());
  x.ce = nullptr;
  x.accepted = false;
  reopen = true;
  want_match();
}

void wms_shell::put_idle(const std::string& id, live_job& x,
                         const std::vector<host_name>& previous) {
  auto job = job_id::parse(id);
  if (!previous.empty()) {
    auto key = fmt::format("#{}", x.cluster);
    for (const auto& host : previous)
      key += '\n' + host.text();
    x.queued = matching->cluster(key);
  } else
    x.queued = x.cluster;
  shares->add(x.leaf, x.queued, x.order, *job);
  fresh.push_back(id);
  want_match();
}

void wms_shell::charge(const live_job& x, std::uint64_t slot_seconds) {
  shares->charge(x.leaf, slot_seconds, wall_s());
  store::step s;
  s.lazy = true;
  for (const auto& row : shares->rows_of(x.leaf))
    s.changes.push_back(rows::put_share({row.path, row.usage, row.as_of_s}));
  self->request(ctx.store, store_timeout, std::move(s))
      .then([](const store::committed&) {},
            [](const caf::error& e) {
              log::warn("wms-share-not-written", "usage is kept in memory only: {}",
                        from_caf(e).text);
            });
}

void wms_shell::on_moved(job_moved& m) {
  const auto& id = m.job.text();
  auto found = jobs.find(id);
  if (found == jobs.end())
    return;
  auto& x = found->second;
  auto before = std::exchange(x.phase, m.phase);
  auto was_matching = std::exchange(x.matching, false);
  x.attempt = m.attempt;
  x.trouble = m.trouble.empty() ? nullptr : std::make_unique<std::string>(m.trouble);
  if (m.slot_seconds > 0)
    charge(x, m.slot_seconds);
  auto runs = has_attempt(m.phase) && m.phase != job_phase::pulling;
  if (runs && m.ce) {
    if (!x.ce)
      take_slot(x, m.job, *m.ce);
    if (before == job_phase::idle)
      watch_attempt(id, x);
    if (m.accepted && !std::exchange(x.accepted, true))
      matching->accepted(*x.ce, m.job);
    if (m.phase == job_phase::lost_contact && before != m.phase)
      at(x.heard + x.lease + config->allowed_skew, timer::lease_ends, id);
  } else if (x.ce)
    give_slot_back(id, x, m.job);
  if (before == job_phase::idle && m.phase != job_phase::idle && !was_matching)
    shares->remove(x.leaf, x.queued, x.order);
  if (m.phase == job_phase::idle && (before != job_phase::idle || was_matching)) {
    if (m.busy)
      at(now() + retry_after, timer::job_retry, id);
    else
      put_idle(id, x, m.previous);
  }
  if (x.actor && m.handled == x.sent && !has_attempt(m.phase)) {
    self->send(x.actor, retire{});
    x.actor = nullptr;
    if (is_over(m.phase))
      jobs.erase(found);
  }
}

void wms_shell::find(const address& who, std::function<void(result<caf::strong_actor_ptr>)> then) {
  auto name = text(who);
  if (auto known = handles.find(name); known != handles.end())
    return then(known->second);
  self->request(ctx.directory, call_timeout, directory::find{who})
      .then(
          [this, name, then](directory::found& x) {
            handles[name] = x.handle;
            then(x.handle);
          },
          [then](caf::error& e) { then(from_caf(e)); });
}

// --- what CEs say --------------------------------------------------------------------------------

template <class T>
caf::result<received> wms_shell::refuse_letter(const letter<T>& x) {
  log::info("wms-unknown-job", "{} speaks of {}, which is no job of ours", x.from.from.from.text(),
            x.what.attempt.job.text());
  store::step s;
  s.accept(x.from);
  address ce{role::ce, x.from.from.from, 0};
  if constexpr (std::is_same_v<T, ask_token>)
    s.post(ce, ce::token_answer{x.what.attempt, false, "the WMS does not know the job"});
  else if (ce::is_final(x.what.facts.state))
    s.post(ce, ce::release{x.what.attempt});
  else
    s.post(ce, ce::cancel_attempt{x.what.attempt, "the WMS does not know the job"});
  auto promise = self->template make_response_promise<caf::typed_response_promise<received>>();
  self->request(ctx.store, store_timeout, std::move(s))
      .then([promise](const store::committed&) mutable { promise.deliver(received{}); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

template <class T>
caf::result<received> wms_shell::on_letter(letter<T>& x) {
  auto job = x.what.attempt.job;
  auto known = jobs.find(job.text());
  if (known == jobs.end() || !known->second.actor) {
    auto row = load(job);
    if (!row && row.why().code == errc::not_found)
      return refuse_letter(x);
    if (!row)
      return to_caf(row.why());
    actor_of(job, &*row);
  }
  auto& live = jobs.at(job.text());
  ++live.sent;
  return self->delegate(live.actor, std::move(x));
}

caf::result<chunk> wms_shell::on_read_input(const read_input& x) {
  auto job = load(x.attempt.job);
  if (!job)
    return to_caf(job.why());
  const auto& ce = job->state.ce;
  if (!ce || x.who.kind != principal_kind::node || x.who.subject != ce->host().text())
    return to_caf({errc::denied, fmt::format("cannot give the input of {} to {}: it runs elsewhere",
                                             x.attempt.job.text(), x.who.subject)});
  if (!has_attempt(job->state.phase) || job->state.attempt != x.attempt.number)
    return to_caf(
        {errc::illegal_transition, fmt::format("cannot read the input of {}: attempt {} is over",
                                               x.attempt.job.text(), x.attempt.number)});
  return self->delegate(files, sandbox::get{x.attempt.job, side::input, x.file, x.offset, x.size});
}

caf::result<inventory_answer> wms_shell::on_inventory(const inventory& x) {
  inventory_answer out;
  for (const auto& attempt : x.attempts) {
    auto live = jobs.find(attempt.job.text());
    if (live != jobs.end() && has_attempt(live->second.phase)
        && live->second.attempt == attempt.number && live->second.ce
        && live->second.ce->host() == x.ce)
      continue; // as nearly always; what looks stale is looked up in its row
    auto job = load(attempt.job);
    if (!job && job.why().code != errc::not_found)
      return to_caf(job.why());
    if (!job || !has_attempt(job->state.phase) || job->state.attempt != attempt.number
        || !job->state.ce || job->state.ce->host() != x.ce)
      out.stale.push_back(attempt);
  }
  return out;
}

/// Jobs without an actor are rows alone; L&B knows them.
caf::result<node::actor_rows> wms_shell::on_children(const supervision::get_children& x) {
  std::vector<std::pair<std::string, job_actor>> below;
  for (const auto& [id, job] : jobs)
    if (job.actor)
      below.emplace_back(id, job.actor);
  std::sort(below.begin(), below.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return supervision::rows_below(self, x, below);
}

/// An act of a user on one job: to its actor, once it is known whose job it is.
template <class Answer, class T>
caf::result<Answer> wms_shell::on_own(const T& x, std::string_view doing,
                                      std::optional<gacl::job_act> also) {
  auto job = authorised(x.who, x.job, doing, also);
  if (!job)
    return to_caf(job.why());
  auto to = actor_of(x.job, &*job);
  ++jobs.at(x.job.text()).sent;
  return self->delegate(to, x);
}

// --- the actor -----------------------------------------------------------------------------------

wms_router::behavior_type wms(wms_router::stateful_pointer<wms_shell> self, node_context ctx,
                              wms_config config) {
  auto& shell = self->state;
  shell.self = self;
  shell.ctx = std::move(ctx);
  if (config.lb.empty())
    config.lb = shell.ctx.host;
  if (config.info.empty())
    config.info = shell.ctx.host;
  shell.config = std::make_shared<const wms_config>(std::move(config));
  shell.start();
  return {
      [&shell](const submit& x) { return shell.on_submit(x); },
      [&shell](put_input& x) { return shell.on_put_input(x); },
      [&shell](const start& x) { return shell.on_own<started>(x, "start"); },
      [&shell](const cancel& x) {
        return shell.on_own<cancel_taken>(x, "cancel", gacl::job_act::cancel);
      },
      [&shell](const list_match& x) { return shell.on_list_match(x); },
      [&shell](const why& x) { return shell.on_why(x); },
      [&shell](const list_output& x) { return shell.on_list_output(x); },
      [&shell](const read_output& x) { return shell.on_read_output(x); },
      [&shell](const purge& x) { return shell.on_own<purged>(x, "purge"); },
      [&shell](letter<report>& x) { return shell.on_letter(x); },
      [&shell](letter<ask_token>& x) { return shell.on_letter(x); },
      [&shell](const read_input& x) { return shell.on_read_input(x); },
      [&shell](const inventory& x) { return shell.on_inventory(x); },
      [&shell](const set_acl& x) { return shell.on_set_acl(x); },
      [&shell](const get_acl& x) { return shell.on_get_acl(x); },
      [&shell](const sign_proxy& x) { return shell.on_sign_proxy(x); },
      [&shell](job_moved& x) { shell.on_moved(x); },
      [&shell](const info::news& x) { shell.on_news(x); },
      [&shell](const wake& x) { shell.on_wake(x); },
      [&shell](const supervision::get_children& x) { return shell.on_children(x); },
  };
}

} // namespace trellis::wms
