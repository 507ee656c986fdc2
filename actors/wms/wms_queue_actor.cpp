#include "actors/wms/describe.hpp"
#include "actors/wms/wms_actor.hpp"
#include "runtime/log/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace trellis::wms {

namespace {

constexpr auto call_timeout = std::chrono::seconds{10};
constexpr auto try_again = std::chrono::seconds{10};
constexpr std::size_t attempts_a_call = 4'096; // their ids fit well into one message

} // namespace

// --- timers --------------------------------------------------------------------------------------

void wms_shell::at(steady_time when, timer what, const std::string& of) {
  timers[when].emplace_back(what, of);
  wake_up_for(when);
}

void wms_shell::wake_up_for(steady_time when) {
  if (woken_at != steady_time{} && woken_at <= when)
    return;
  woken_at = when;
  self->delayed_send(self, std::max(when - now(), steady_time::duration{0}), wake{false});
}

void wms_shell::on_wake(const wake& x) {
  if (x.match) {
    match_soon = false;
    return match_pass();
  }
  woken_at = {};
  while (!timers.empty() && timers.begin()->first <= now()) {
    auto due = timers.extract(timers.begin());
    for (const auto& [what, of] : due.mapped())
      fire(what, of);
  }
  if (!timers.empty())
    wake_up_for(timers.begin()->first);
}

/// Timers are never taken back: each looks whether it still means something.
void wms_shell::fire(timer what, const std::string& of) {
  auto known = jobs.find(of);
  auto job = job_id::parse(of);
  switch (what) {
  case timer::subscribe:
    return subscribe();
  case timer::purge:
    return purge_some(of);
  case timer::renew:
    return renew(of);
  case timer::lease_ends:
    return lease_ends(of);
  case timer::job_expires:
    if (known != jobs.end() && known->second.phase <= job_phase::idle && !known->second.matching)
      look_at_expiry(of, *job);
    return;
  case timer::job_retry:
    if (known != jobs.end() && known->second.phase == job_phase::idle && !known->second.matching)
      if (auto row = load(*job))
        put_idle(of, known->second, row->state.previous);
    return;
  case timer::register_again:
    if (known == jobs.end() || known->second.phase != job_phase::registering)
      return;
    if (auto row = load(*job))
      register_job(row->terms, [this, of, terms = row->terms](const std::optional<error>& e) {
        auto still = jobs.find(of);
        if (still == jobs.end() || still->second.phase != job_phase::registering)
          return;
        if (e)
          at(now() + try_again, timer::register_again, of);
        else
          adopt_registered(terms); // its time may have run out meanwhile
      });
    return;
  }
}

// --- matching ------------------------------------------------------------------------------------

void wms_shell::subscribe() {
  // Asked for again and again: a supermarket that was restarted knows nobody.
  at(now() + std::min<steady_time::duration>(std::chrono::seconds{60}, config->match_retry),
     timer::subscribe, {});
  find({role::info, config->info, 0}, [this](const result<caf::strong_actor_ptr>& x) {
    if (!x)
      return at(now() + std::chrono::seconds{1}, timer::subscribe, {});
    self->send(caf::actor_cast<info_actor>(*x),
               info::subscribe{caf::actor_cast<info_listener>(self)});
  });
}

void wms_shell::on_news(const info::news& x) {
  if (x.all == market && now() < market_at + config->match_retry)
    return; // matched against already
  market = x.all;
  market_at = now();
  matching->use(x.all, wall_s());
  reopen = true;
  want_match();
}

void wms_shell::want_match() {
  if (std::exchange(match_soon, true))
    return;
  self->delayed_send(self, config->match_pause, wake{true});
}

std::optional<match_request> wms_shell::request_for(const job_id& job) const {
  auto row = load(job);
  if (!row)
    return std::nullopt;
  return request_of(row->terms, row->state.previous);
}

void wms_shell::match_pass() {
  if (!matching->has_snapshot())
    return;
  if (std::exchange(reopen, false))
    shares->reopen(wall_s());
  for (std::uint32_t i = 0; i < config->max_rounds; ++i)
    if (!match_one())
      return tell_unmatched();
  want_match();
}

bool wms_shell::match_one() {
  auto next = shares->next();
  if (!next)
    return false;
  auto choice = matching->choose(next->cluster, [&] { return request_for(next->job); });
  if (verdicts.size() <= next->cluster)
    verdicts.resize(next->cluster + 1, matchmaker::verdict::no_room);
  verdicts[next->cluster] = choice.what;
  if (choice.what != matchmaker::verdict::chosen) {
    shares->close(next->cluster);
    return true;
  }
  shares->remove(next->who, next->cluster, next->order);
  auto& x = jobs.at(next->job.text());
  x.matching = true;
  take_slot(x, next->job, choice.ce);
  tell(next->job, matched{choice.ce, config->grant_in_advance});
  return true;
}

/// Says once of each job that came to wait that nothing fits it, if so.
void wms_shell::tell_unmatched() {
  for (const auto& id : std::exchange(fresh, {})) {
    auto x = jobs.find(id);
    if (x == jobs.end() || x->second.phase != job_phase::idle || x->second.matching)
      continue;
    if (x->second.queued < verdicts.size()
        && verdicts[x->second.queued] == matchmaker::verdict::no_match)
      tell(*job_id::parse(id), unmatched{"BrokerHelper: no compatible resources"});
  }
}

// --- leases --------------------------------------------------------------------------------------

std::chrono::milliseconds wms_shell::period_of(std::chrono::seconds lease) const {
  using std::chrono::milliseconds;
  return std::clamp(milliseconds{lease} / 3, milliseconds{500}, milliseconds{config->renew_every});
}

void wms_shell::watch_attempt(const std::string& id, live_job& x) {
  x.heard = now();
  auto& host = hosts[x.ce->host().text()];
  host.jobs.insert(id);
  auto period = period_of(x.lease);
  if (host.jobs.size() > 1 && period >= host.period)
    return;
  host.period = period;
  host.next = now() + period;
  at(host.next, timer::renew, x.ce->host().text());
}

void wms_shell::unwatch_attempt(const std::string& id, live_job& x) {
  auto host = hosts.find(x.ce->host().text());
  if (host == hosts.end())
    return;
  host->second.jobs.erase(id);
  if (host->second.jobs.empty())
    hosts.erase(host);
}

/// One call renews all attempts of a CE that have a lease of the same length.
void wms_shell::renew(const std::string& name) {
  auto found = hosts.find(name);
  if (found == hosts.end() || now() < found->second.next)
    return;
  auto& host = found->second;
  std::map<std::chrono::seconds, std::vector<ce::attempt_id>> by_lease;
  for (const auto& id : host.jobs) {
    const auto& x = jobs.at(id);
    by_lease[x.lease].push_back({*job_id::parse(id), x.attempt});
  }
  host.period = period_of(by_lease.begin()->first);
  host.next = now() + host.period;
  at(host.next, timer::renew, name);
  auto timeout = std::min<std::chrono::milliseconds>(call_timeout, host.period);
  if (host.lost)
    return probe(name, timeout);
  for (auto& [lease, attempts] : by_lease)
    for (std::size_t i = 0; i < attempts.size(); i += attempts_a_call) {
      auto from = attempts.begin() + static_cast<std::ptrdiff_t>(i);
      auto end = attempts.begin()
                 + static_cast<std::ptrdiff_t>(std::min(i + attempts_a_call, attempts.size()));
      renew_group(name, timeout,
                  {
                      ctx.host, {from, end},
                       lease
      });
    }
}

void wms_shell::renew_group(const std::string& host, std::chrono::milliseconds timeout,
                            ce::renew_leases what) {
  auto attempts = what.attempts;
  auto failed = [=, this](const error& e) { not_renewed(host, attempts, e); };
  find({role::ce, *host_name::parse(host), 0},
       [=, this, what = std::move(what)](const result<caf::strong_actor_ptr>& ce) {
         if (!ce)
           return failed(ce.why());
         self->request(caf::actor_cast<ce_actor>(*ce), timeout, what)
             .then([=, this](const ce::leases_renewed& x) { renewed(host, attempts, x.unknown); },
                   [=](const caf::error& e) { failed(from_caf(e)); });
       });
}

/// Is the CE there again? Renews nothing.
void wms_shell::probe(const std::string& host, std::chrono::milliseconds timeout) {
  find({role::ce, *host_name::parse(host), 0}, [=, this](const result<caf::strong_actor_ptr>& ce) {
    if (!ce)
      return;
    self->request(caf::actor_cast<ce_actor>(*ce), timeout,
                  ce::renew_leases{ctx.host, {}, std::chrono::seconds{1}})
        .then(
            [=, this](const ce::leases_renewed&) {
              auto back = hosts.find(host);
              if (back == hosts.end())
                return;
              back->second.lost = false;
              back->second.next = now();
              renew(host);
            },
            [](const caf::error&) {});
  });
}

void wms_shell::renewed(const std::string& host, const std::vector<ce::attempt_id>& attempts,
                        const std::vector<ce::attempt_id>& unknown) {
  std::set<ce::attempt_id> not_there{unknown.begin(), unknown.end()};
  for (const auto& attempt : attempts) {
    auto known = jobs.find(attempt.job.text());
    if (known == jobs.end() || known->second.attempt != attempt.number || !known->second.ce)
      continue;
    auto& x = known->second;
    if (!not_there.contains(attempt)) {
      x.heard = now();
      if (x.phase == job_phase::lost_contact)
        tell(attempt.job, contact_back{});
    } else if (x.phase != job_phase::lost_contact && (x.accepted || now() >= x.heard + x.lease))
      tell(attempt.job, contact_lost{x.accepted ? "it does not know the attempt any more"
                                                : "it did not take the attempt in time"});
  }
  if (auto back = hosts.find(host); back != hosts.end())
    back->second.lost = false;
}

void wms_shell::not_renewed(const std::string& host, const std::vector<ce::attempt_id>& attempts,
                            const error& why) {
  if (auto known = hosts.find(host); known != hosts.end()) {
    if (!known->second.lost)
      log::warn("wms-contact-lost", "{} does not answer: {}", host, why.text);
    known->second.lost = true;
  }
  for (const auto& attempt : attempts) {
    auto known = jobs.find(attempt.job.text());
    if (known == jobs.end() || known->second.attempt != attempt.number || !known->second.ce)
      continue;
    if (why.code != errc::site_unreachable && why.code != errc::no_such_address)
      known->second.heard = now(); // it may have arrived all the same
    if (known->second.phase != job_phase::lost_contact)
      tell(attempt.job, contact_lost{why.text});
  }
}

void wms_shell::lease_ends(const std::string& id) {
  auto known = jobs.find(id);
  if (known == jobs.end() || known->second.phase != job_phase::lost_contact)
    return;
  auto end = known->second.heard + known->second.lease + config->allowed_skew;
  if (now() < end)
    return at(end, timer::lease_ends, id);
  tell(*job_id::parse(id), lease_over{});
}

} // namespace trellis::wms
