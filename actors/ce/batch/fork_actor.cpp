#include "actors/ce/batch/fork_actor.hpp"

#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace trellis {

using namespace std::chrono_literals;

namespace {

/// Time for the attempts of before a restart to take their slots back.
constexpr auto opening = std::chrono::milliseconds{300};

/// From the first new record to reading: what a short job writes is read, told and stored at once.
constexpr auto gathering = std::chrono::milliseconds{5};

} // namespace

void fork_shell::start(pointer self, batch_config cfg) {
  self_ = self;
  cfg_ = std::move(cfg);
  sessions_ = std::make_unique<sessions>(cfg_);
  auto me = caf::actor_cast<caf::weak_actor_ptr>(self);
  sessions_->watch_by([me](int number) {
    if (auto alive = caf::actor_cast<fork_batch_actor>(me))
      caf::anon_send(alive, batch::changed{number});
  });
  if (!cfg_.starter.empty()) {
    process::command server;
    server.arguments = {cfg_.starter, "serve"};
    if (cfg_.owner.uid >= 0) {
      server.arguments.push_back(fmt::format("uid={}", cfg_.owner.uid));
      server.arguments.push_back(fmt::format("gid={}", cfg_.owner.gid));
    }
    launcher_ = std::make_unique<process::launcher>(std::move(server));
  }
  self_->delayed_send(self_, opening, batch::look{});
}

// --- jobs --------------------------------------------------------------------------------------

caf::result<batch::done> fork_shell::on_remove(const batch::remove& x) {
  over(x.session);
  if (auto gone = sessions_->remove(x.session); !gone)
    return to_caf(gone.why());
  return batch::done{};
}

caf::result<batch::submitted> fork_shell::on_submit(batch::submit& x) {
  if (auto allowed = may_run_payloads(cfg_); !allowed)
    return to_caf(allowed.why());
  if (x.task.needs.cpus > cfg_.slots)
    return to_caf({errc::lrms_refused, fmt::format("the job wants {} processors, queue {} has {}",
                                                   x.task.needs.cpus, cfg_.queue, cfg_.slots)});
  auto claim = sessions_->prepare(x.session, x.task, x.lease_until);
  if (!claim)
    return to_caf({errc::busy, claim.why().text});
  over(x.session);
  sessions_->open(x.session, x.task.attempt, std::move(x.listener));
  job next;
  next.order = x.order;
  next.cpus = std::max(1u, x.task.needs.cpus);
  if (*claim) {
    next.started = true;
    next.wrapper = {(*claim)->pid, (*claim)->born};
    busy_ += next.cpus;
  } else {
    queue_[{x.order, x.session}] = true;
    next.task = std::move(x.task);
    next.lease_until = x.lease_until;
  }
  jobs_[x.session] = std::move(next);
  self_->send(self_, batch::look_at{x.session}); // news come after the answer
  return batch::submitted{x.session};
}

void fork_shell::start_next() {
  while (open_ && !queue_.empty()) {
    auto session = queue_.begin()->first.second;
    auto& next = jobs_.at(session);
    if (busy_ + next.cpus > cfg_.slots)
      return;
    queue_.erase(queue_.begin());
    start(session, next);
  }
}

void fork_shell::start(const std::string& session, job& of) {
  of.started = true;
  busy_ += of.cpus;
  auto started = start_wrapper(session, sessions_->wrapper_of(session, of.task, of.lease_until));
  of.task = {};
  if (!started) {
    log::error("wrapper-not-started", "{}: {}", session, started.why().text);
    tell(session, batch::news::kind::gone, started.why().text);
    over(session);
    return;
  }
  of.wrapper = *started;
  if (!launcher_)
    children_.push_back(started->pid);
}

/// A script that fits into a request is no file: making and removing files is a good part of what
/// a short job costs, and the environment of a job is nobody else's to read.
result<process::process_id> fork_shell::start_wrapper(const std::string& session,
                                                      const std::string& script) {
  auto path = sessions_->files().path_of(session);
  auto log = sessions_->files().root() + ".log";
  if (launcher_ && script.size() <= process::launcher::request_limit / 2)
    return launcher_->start(log, script, {"/bin/sh", process::launcher::text_path, path});
  if (auto put = sessions_->put_wrapper(session, script); !put)
    return put.why();
  if (launcher_)
    return launcher_->start(log, {}, {"/bin/sh", path + "/wrapper"});
  process::command plain;
  plain.arguments = {"/bin/sh", path + "/wrapper"};
  return process::start(plain);
}

void fork_shell::over(const std::string& session) {
  auto i = jobs_.find(session);
  if (i == jobs_.end())
    return;
  if (i->second.started)
    busy_ -= i->second.cpus;
  else
    queue_.erase({i->second.order, session});
  jobs_.erase(i);
  sessions_->close(session);
}

void fork_shell::tell(const std::string& session, batch::news::kind what, std::string text) {
  if (auto* x = sessions_->find(session))
    self_->send(x->listener, batch::news{x->attempt, what, std::move(text)});
}

/// A wrapper that was started but has not made its claim yet is known by what we started.
bool fork_shell::lives(const std::string& session, job& of) {
  if (process::alive(of.wrapper))
    return true;
  auto claim = sessions_->claim_of(session);
  if (!claim || !*claim || (*claim)->pid == 0 || (*claim)->pid == of.wrapper.pid)
    return false;
  of.wrapper = {(*claim)->pid, (*claim)->born}; // one of an earlier life of this node was faster
  return process::alive(of.wrapper);
}

/// Whether the wrapper lives is looked up by the regular look alone: it costs more than reading.
void fork_shell::look_at(const std::string& session, bool regular) {
  auto i = jobs_.find(session);
  auto* open = sessions_->find(session);
  if (i == jobs_.end() || !open)
    return start_next();
  auto& job = i->second;
  if (!job.started)
    return start_next();
  auto news = sessions_->read_news(*open, session);
  auto living = !regular || (news && !news->empty()) || lives(session, job);
  if (!living) // what it wrote last must not be missed
    news = sessions_->read_news(*open, session);
  if (news && !news->empty())
    tell(session, batch::news::kind::records, std::move(*news));
  if (!open->ended && !living)
    tell(session, batch::news::kind::gone, "its wrapper is not running any more");
  if (open->ended || !living) {
    over(session);
    start_next();
  } else {
    kill_if_due(session, job);
  }
}

void fork_shell::on_changed(int number) {
  if (changed_.empty())
    self_->delayed_send(self_, gathering, batch::look_at_changed{});
  changed_.insert(number);
}

void fork_shell::look_at_changed() {
  for (auto number : std::exchange(changed_, {}))
    if (const auto* session = sessions_->watched(number))
      look_at(std::string{*session}, false);
}

void fork_shell::look() {
  open_ = true;
  std::erase_if(children_, [](int pid) { return process::reap(pid); });
  std::vector<std::string> running;
  for (const auto& [session, job] : jobs_)
    if (job.started)
      running.push_back(session);
  std::ranges::sort(running);
  for (const auto& session : running)
    look_at(session, true);
  start_next();
  self_->delayed_send(self_, cfg_.look, batch::look{});
}

caf::result<batch::done> fork_shell::on_cancel(const batch::cancel& x) {
  auto i = jobs_.find(x.session);
  if (i == jobs_.end())
    return batch::done{}; // its end was told
  auto& job = i->second;
  auto mine = sessions_->take(x.session, "the CE ended it before it began");
  if (!mine)
    return to_caf(mine.why());
  if (*mine) { // none of its wrappers will ever start
    tell(x.session, batch::news::kind::gone, x.reason);
    over(x.session);
    start_next();
    return batch::done{};
  }
  if (!job.kill_at && lives(x.session, job)) {
    process::signal_group(job.wrapper, SIGTERM);
    job.kill_at
        = std::chrono::steady_clock::time_point{self_->clock().now()} + cfg_.limits.grace * 2 + 5s;
  }
  return batch::done{};
}

/// The wrapper and its starter had the time to end the payload; now both go, the payload first.
void fork_shell::kill_if_due(const std::string& session, job& of) {
  if (!of.kill_at || self_->clock().now() < *of.kill_at)
    return;
  auto* open = sessions_->find(session);
  if (open && open->payload > 0)
    ::kill(-open->payload, SIGKILL);
  process::signal_group(of.wrapper, SIGKILL);
}

batch::totals fork_shell::on_totals() const {
  batch::totals out;
  out.slots = cfg_.slots;
  out.busy = busy_;
  out.waiting = static_cast<std::uint32_t>(queue_.size());
  out.memory_mib = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES))
                       * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))
                   >> 20;
  return out;
}

fork_batch_actor::behavior_type fork_batch(fork_shell::pointer self, batch_config cfg) {
  auto& shell = self->state;
  shell.start(self, std::move(cfg));
  return {
      [&shell](const batch::put_input& x) { return shell.files().on_put(x); },
      [&shell](const batch::put_proxy& x) { return shell.files().on_proxy(x); },
      [&shell](const batch::input_size& x) { return shell.files().on_size(x); },
      [&shell](const batch::find_session& x) { return shell.files().on_find(x); },
      [&shell](batch::submit& x) { return shell.on_submit(x); },
      [&shell](const batch::renew& x) { return shell.files().on_renew(x); },
      [&shell](const batch::answer_token& x) { return shell.files().on_token(x); },
      [&shell](const batch::cancel& x) { return shell.on_cancel(x); },
      [&shell](const batch::read_file& x) { return shell.files().on_read(x); },
      [&shell](const batch::list_output& x) { return shell.files().on_list(x); },
      [&shell](const batch::remove& x) { return shell.on_remove(x); },
      [&shell](batch::get_totals) { return shell.on_totals(); },
      [&shell](batch::changed x) { shell.on_changed(x.number); },
      [&shell](batch::look_at_changed) { shell.look_at_changed(); },
      [&shell](const batch::look_at& x) { shell.look_at(x.session, false); },
      [&shell](batch::look) { shell.look(); },
  };
}

} // namespace trellis
