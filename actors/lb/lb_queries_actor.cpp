// What the L&B actor answers: states, lists, counts, events, and the long poll.
#include "actors/lb/lb_shell_actor.hpp"

#include <fmt/format.h>

namespace trellis {

/// What one watch brings at most.
constexpr std::size_t watch_events = 1'000;
constexpr std::size_t watch_jobs = 1'000;

result<done> lb_shell::readable(const principal& who, const job_id& job) {
  auto found = book_->find(job);
  if (!found)
    return found.why();
  if (!*found)
    return error{errc::not_found, fmt::format("{} knows no job {}", ctx_.host.text(), job.text())};
  auto by = sender_of(who);
  auto allowed = by.person ? lb::may_read(who, (*found)->record)
                           : (by.roles & roles(role::wms, role::lb)) != 0;
  if (!allowed)
    return error{errc::denied, fmt::format("{} may not read job {}: it belongs to another owner",
                                           who.subject, job.text())};
  return done{};
}

caf::result<lb::job_status> lb_shell::on_status(const lb::get_status& x) {
  if (auto ok = readable(x.who, x.job); !ok)
    return to_caf(ok.why());
  const auto* job = *book_->find(x.job);
  if (!job->touched && job->step <= steps_.committed())
    return job->record.status;
  auto promise = self_->make_response_promise<lb::job_status>();
  auto step = job->touched ? steps_.open() : job->step; // what is shown must not be lost again
  steps_.after(step, [promise, status = job->record.status](const error* why) mutable {
    if (why)
      promise.deliver(to_caf(*why));
    else
      promise.deliver(std::move(status));
  });
  return promise;
}

caf::result<lb::job_list> lb_shell::on_list(lb::list_jobs& x) {
  auto everybody = is_operator(x.who) && x.owner.empty();
  if (x.owner.empty())
    x.owner = x.who.subject;
  if (!is_operator(x.who) && !lb::same_person(x.owner, x.who.subject))
    return to_caf(
        {errc::denied, fmt::format("{} may not list the jobs of {}", x.who.subject, x.owner)});
  auto limit = x.limit == 0 ? config_.query_jobs : std::min(x.limit, config_.query_jobs);
  auto page = lb::page_of(book_->log(), lb::ranges_of(book_->jobs(), x, everybody), x, limit);
  if (!page)
    return to_caf(page.why());
  return std::move(*page);
}

caf::result<lb::job_counts> lb_shell::on_count(const lb::count_jobs& x) {
  auto owner = x.owner.empty() && !is_operator(x.who) ? x.who.subject : x.owner;
  if (!is_operator(x.who) && !lb::same_person(owner, x.who.subject))
    return to_caf(
        {errc::denied, fmt::format("{} may not count the jobs of {}", x.who.subject, owner)});
  std::array<std::uint64_t, static_cast<std::size_t>(lb::job_state::purged) + 1> sums{};
  for (const auto& [place, count] : book_->jobs())
    if ((x.vo.empty() || x.vo == place.first)
        && (owner.empty() || lb::same_person(owner, place.second)))
      for (std::size_t s = 0; s < sums.size(); ++s)
        sums[s] += count[s];
  lb::job_counts out;
  for (std::size_t s = 0; s < sums.size(); ++s)
    if (sums[s] > 0)
      out.by_state.emplace_back(static_cast<lb::job_state>(s), sums[s]);
  return out;
}

caf::result<lb::event_list> lb_shell::on_events(const lb::get_events& x) {
  if (auto ok = readable(x.who, x.job); !ok)
    return to_caf(ok.why());
  auto limit = x.limit == 0 ? config_.query_events : std::min(x.limit, config_.query_events);
  auto events = book_->log().events_of(x.job, x.after, limit);
  if (!events)
    return to_caf(events.why());
  return lb::event_list{std::move(*events)};
}

// --- watch --------------------------------------------------------------------------------------

caf::result<lb::changes> lb_shell::on_watch(const lb::watch& x) {
  if (x.who.kind == principal_kind::nobody)
    return to_caf({errc::unauthenticated, "cannot watch jobs: nobody asks"});
  if (x.jobs.size() > watch_jobs)
    return to_caf({errc::usage, fmt::format("cannot watch {} jobs at once: at most {}",
                                            x.jobs.size(), watch_jobs)});
  for (const auto& job : x.jobs)
    if (auto ok = readable(x.who, job); !ok)
      return to_caf(ok.why());
  watcher w{{}, std::string{lb::without_proxies(x.who.subject)}, x.jobs, x.after};
  auto there = news_for(w);
  if (!there)
    return to_caf(there.why());
  if (!there->events.empty() || x.wait <= x.wait.zero())
    return std::move(*there);
  if (watches_.size() >= config_.watches)
    return to_caf({errc::busy, fmt::format("cannot watch: {} others do already", watches_.size())});
  w.promise = self_->make_response_promise<lb::changes>();
  auto id = next_watch_++;
  for (const auto& job : x.jobs)
    watches_by_job_.emplace(job.text(), id);
  if (x.jobs.empty())
    watches_by_owner_.emplace(w.owner, id);
  auto promise = w.promise;
  watches_.emplace(id, std::move(w));
  self_->delayed_send(self_, std::min(x.wait, config_.watch_wait), lb::watch_over{id});
  return promise;
}

result<lb::changes> lb_shell::news_for(const watcher& x) {
  auto jobs = x.jobs;
  if (jobs.empty() && x.after < told_arrival_) {
    if (!recent_.empty() && recent_.front().arrival <= x.after + 1) {
      std::set<job_id> own;
      for (auto i = recent_.rbegin(); i != recent_.rend() && i->arrival > x.after; ++i)
        if (lb::same_person(i->owner, x.owner))
          own.insert(i->job);
      jobs.assign(own.begin(), own.end());
    } else {
      auto own = lb::jobs_with_news(book_->log(), book_->jobs(), x.owner, x.after, watch_jobs);
      if (!own)
        return own.why();
      jobs = std::move(*own);
    }
  }
  auto out = lb::changes_of(book_->log(), jobs, x.after, watch_events);
  if (out && out->events.size() < watch_events) // that was all up to now
    out->last = std::max(out->last, told_arrival_);
  return out;
}

void lb_shell::finish(std::uint64_t id) {
  auto node = watches_.extract(id);
  if (node.empty())
    return;
  auto& x = node.mapped();
  auto drop = [&](auto& index, const std::string& key) {
    auto [from, to] = index.equal_range(key);
    for (auto i = from; i != to; ++i)
      if (i->second == id) {
        index.erase(i);
        return;
      }
  };
  for (const auto& job : x.jobs)
    drop(watches_by_job_, job.text());
  if (x.jobs.empty())
    drop(watches_by_owner_, x.owner);
  if (auto out = news_for(x))
    x.promise.deliver(std::move(*out));
  else
    x.promise.deliver(to_caf(out.why()));
}

void lb_shell::on_watch_over(std::uint64_t id) { finish(id); }

/// A step is on disk: who waits for it hears it, once for all its events.
void lb_shell::tell(std::vector<lb::news> told) {
  if (told.empty())
    return;
  told_arrival_ = told.back().arrival;
  std::set<std::uint64_t> woken;
  for (auto& x : told) {
    if (!watches_.empty()) {
      auto by = [&](const auto& index, const std::string& key) {
        auto [from, to] = index.equal_range(key);
        for (auto i = from; i != to; ++i)
          woken.insert(i->second);
      };
      by(watches_by_job_, x.job.text());
      by(watches_by_owner_, std::string{lb::without_proxies(x.owner)});
    }
    recent_.push_back(std::move(x));
  }
  while (recent_.size() > config_.news)
    recent_.pop_front();
  for (auto id : woken)
    finish(id);
}

} // namespace trellis
