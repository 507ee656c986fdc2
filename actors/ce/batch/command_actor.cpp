#include "actors/ce/batch/command_actor.hpp"

#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

namespace trellis {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds command_limit{60'000};
constexpr auto pool_limit = std::chrono::minutes{10};
constexpr std::chrono::milliseconds soon{2'000}; // after a cancel
/// Between the batch system's word and the last records, on a shared file system.
constexpr std::chrono::milliseconds record_lag{3'000};

} // namespace

void command_shell::start(pointer self, batch_config cfg, const ce::batch::batch_system* system) {
  self_ = self;
  cfg_ = std::move(cfg);
  system_ = system;
  sessions_ = std::make_unique<sessions>(cfg_);
  pool_ = self_->spawn<caf::linked>(process::command_pool, process::pool_config{});
  auto me = caf::actor_cast<caf::weak_actor_ptr>(self);
  sessions_->watch_by([me](int number) {
    if (auto alive = caf::actor_cast<command_batch_actor>(me))
      caf::anon_send(alive, batch::changed{number});
  });
  self_->delayed_send(self_, cfg_.look, batch::look{});
  self_->send(self_, batch::poll{});
}

template <class Do, class Fail>
void command_shell::run(ce::batch::command x, Do then, Fail failed) {
  process::run_command next;
  next.what.arguments = std::move(x.arguments);
  next.what.input = std::move(x.input);
  next.what.time_limit = command_limit;
  next.what.inherited = {"SLURM_CONF"};
  if (!cfg_.slurm_conf.empty())
    next.what.environment = {
        {"SLURM_CONF", cfg_.slurm_conf}
    };
  self_->request(pool_, pool_limit, std::move(next))
      .then(
          [then](const process::command_ended& x) mutable {
            then(ce::batch::printed{x.how.exit_code, x.how.output, x.how.errors});
          },
          [failed](caf::error& e) mutable { failed(from_caf(e)); });
}

// --- submission --------------------------------------------------------------------------------

caf::result<batch::submitted> command_shell::on_submit(batch::submit& x) {
  if (auto allowed = may_run_payloads(cfg_); !allowed)
    return to_caf(allowed.why());
  auto claim = sessions_->prepare(x.session, x.task, x.lease_until);
  if (!claim)
    return to_caf({errc::busy, claim.why().text});
  if (!*claim)
    if (auto put = sessions_->put_wrapper(x.session,
                                          sessions_->wrapper_of(x.session, x.task, x.lease_until));
        !put)
      return to_caf({errc::busy, put.why().text});
  sessions_->open(x.session, x.task.attempt, std::move(x.listener));
  auto answer = self_->make_response_promise<batch::submitted>();
  auto& job = jobs_[x.session];
  job.waiting.push_back(answer);
  if (job.waiting.size() > 1)
    return answer; // it is on its way already
  auto path = sessions_->files().path_of(x.session);
  job.what = {x.session,         path + "/wrapper", path + "/wrapper.log", cfg_.partition,
              cfg_.payload_user, x.task.needs,      cfg_.owner.gid};
  auto known = sessions_->files().get(x.session, "local_id");
  if (known && *known && !(*known)->empty())
    has_id(x.session, **known);
  else
    find_or_submit(x.session);
  return answer;
}

/// A submission whose answer was lost is found by its name.
void command_shell::find_or_submit(const std::string& session) {
  auto begun = sessions_->files().get(session, "submitting");
  if (begun && !*begun)
    return submit_now(session);
  run(
      system_->status_all(),
      [this, session](const ce::batch::printed& x) {
        auto list = system_->read_status(x);
        if (!list)
          return not_submitted(session, {errc::busy, list.why().text});
        for (const auto& seen : *list)
          if (seen.name == session)
            return has_id(session, seen.local_id);
        submit_now(session);
      },
      [this, session](const error& e) {
        not_submitted(session, {errc::busy, e.text});
      });
}

void command_shell::submit_now(const std::string& session) {
  auto i = jobs_.find(session);
  if (i == jobs_.end())
    return;
  if (auto marked = sessions_->files().put(session, "submitting", ""); !marked)
    return not_submitted(session, {errc::busy, marked.why().text});
  run(
      system_->submit(i->second.what),
      [this, session](const ce::batch::printed& x) {
        auto id = system_->read_submit(x);
        if (id)
          has_id(session, *id);
        else
          not_submitted(session, id.why());
      },
      [this, session](const error& e) {
        not_submitted(session, {errc::busy, e.text});
      });
}

void command_shell::has_id(const std::string& session, std::string local_id) {
  auto i = jobs_.find(session);
  if (i == jobs_.end())
    return cancel_in_batch(local_id); // it was removed meanwhile
  if (auto put = sessions_->files().put(session, "local_id", local_id); !put)
    log::warn("batch-id-not-kept", "{}: {}", session, put.why().text);
  i->second.local_id = std::move(local_id);
  for (auto& answer : std::exchange(i->second.waiting, {}))
    answer.deliver(batch::submitted{i->second.local_id});
  self_->send(self_, batch::look_at{session}); // news come after the answer
}

void command_shell::not_submitted(const std::string& session, const error& why) {
  auto i = jobs_.find(session);
  if (i == jobs_.end())
    return;
  auto waiting = std::exchange(i->second.waiting, {});
  over(session);
  for (auto& answer : waiting)
    answer.deliver(to_caf(why));
}

// --- what becomes of it ------------------------------------------------------------------------

void command_shell::tell(const std::string& session, batch::news::kind what, std::string text) {
  if (auto* x = sessions_->find(session))
    self_->send(x->listener, batch::news{x->attempt, what, std::move(text)});
}

void command_shell::over(const std::string& session) {
  jobs_.erase(session);
  sessions_->close(session);
}

/// No word will follow: also its wrapper, should it be somewhere, must not begin any more.
void command_shell::gone(const std::string& session, std::string reason) {
  (void)sessions_->take(session, "the CE gave it up");
  tell(session, batch::news::kind::gone, std::move(reason));
  over(session);
}

void command_shell::look_at(const std::string& session) {
  auto* open = sessions_->find(session);
  auto i = jobs_.find(session);
  if (!open || i == jobs_.end() || i->second.local_id.empty())
    return;
  auto news = sessions_->read_news(*open, session);
  if (news && !news->empty())
    tell(session, batch::news::kind::records, std::move(*news));
  if (open->ended)
    return over(session);
  auto& job = i->second;
  if (job.unseen && time{self_->clock().now()} - *job.unseen >= record_lag
      && !job.unseen_reason.empty())
    gone(session, job.unseen_reason);
}

void command_shell::on_changed(int number) {
  if (const auto* session = sessions_->watched(number))
    look_at(std::string{*session});
}

void command_shell::look() {
  std::vector<std::string> all;
  for (const auto& [session, job] : jobs_)
    all.push_back(session);
  for (const auto& session : all)
    look_at(session);
  if (next_poll_ && time{self_->clock().now()} >= *next_poll_)
    poll();
  self_->delayed_send(self_, cfg_.look, batch::look{});
}

void command_shell::poll_in(std::chrono::milliseconds delay) {
  auto at = time{self_->clock().now()} + delay;
  if (!next_poll_ || at < *next_poll_)
    next_poll_ = at;
}

void command_shell::poll() {
  if (polling_)
    return;
  next_poll_.reset();
  if (jobs_.empty())
    return poll_in(cfg_.poll);
  polling_ = true;
  run(
      system_->status_all(),
      [this](const ce::batch::printed& x) {
        polling_ = false;
        poll_in(cfg_.poll);
        auto list = system_->read_status(x);
        if (list)
          compare(*list);
        else
          log::warn("batch-list-failed", "{}: {}", system_->name, list.why().text);
      },
      [this](const error& e) {
        polling_ = false;
        poll_in(cfg_.poll);
        log::warn("batch-list-failed", "{}: {}", system_->name, e.text);
      });
}

void command_shell::compare(const std::vector<ce::batch::listed_job>& list) {
  std::unordered_map<std::string_view, const ce::batch::listed_job*> by_id;
  for (const auto& x : list)
    by_id[x.local_id] = &x;
  std::vector<std::string> all;
  for (const auto& [session, job] : jobs_)
    if (!job.local_id.empty())
      all.push_back(session);
  for (const auto& session : all) {
    auto& job = jobs_.at(session);
    auto seen = by_id.find(job.local_id);
    compare(session, job, seen == by_id.end() ? nullptr : seen->second);
  }
}

void command_shell::compare(const std::string& session, job& of,
                            const ce::batch::listed_job* seen) {
  using ce::batch::job_phase;
  auto now = time{self_->clock().now()};
  if (seen && seen->phase != job_phase::over && seen->phase != job_phase::cancelled) {
    of.unseen.reset();
    of.unseen_reason.clear();
    if (seen->phase == job_phase::held && !std::exchange(of.held, true))
      tell(session, batch::news::kind::held, seen->reason);
    else if (seen->phase != job_phase::held && std::exchange(of.held, false))
      tell(session, batch::news::kind::released, "");
    return;
  }
  if (!of.unseen) {
    of.unseen = now;
    if (!seen) // it may only be late in the list
      return poll_in(cfg_.grace);
  }
  if (seen)
    of.unseen_reason = fmt::format("{} says {}", system_->name, seen->reason);
  else if (now - *of.unseen >= cfg_.grace)
    of.unseen_reason = fmt::format("{} does not know job {} any more", system_->name, of.local_id);
}

void command_shell::cancel_in_batch(const std::string& local_id) {
  run(
      system_->cancel(local_id),
      [this, local_id](const ce::batch::printed& x) {
        if (auto done = system_->read_cancel(x); !done)
          log::warn("batch-cancel-failed", "job {}: {}", local_id, done.why().text);
        poll_in(soon);
      },
      [this, local_id](const error& e) {
        log::warn("batch-cancel-failed", "job {}: {}", local_id, e.text);
      });
}

caf::result<batch::done> command_shell::on_cancel(const batch::cancel& x) {
  auto i = jobs_.find(x.session);
  if (i == jobs_.end() || i->second.local_id.empty())
    return batch::done{}; // its end was told, or the answer to its submission comes first
  cancel_in_batch(i->second.local_id);
  auto mine = sessions_->take(x.session, "the CE ended it before it began");
  if (!mine)
    return to_caf(mine.why());
  if (*mine)
    gone(x.session, x.reason);
  return batch::done{};
}

caf::result<batch::done> command_shell::on_remove(const batch::remove& x) {
  over(x.session);
  if (auto gone = sessions_->remove(x.session); !gone)
    return to_caf(gone.why());
  return batch::done{};
}

caf::result<batch::totals> command_shell::on_totals() {
  auto answer = self_->make_response_promise<batch::totals>();
  run(
      system_->totals(cfg_.partition),
      [this, answer](const ce::batch::printed& x) mutable {
        auto found = system_->read_totals(x);
        if (found)
          answer.deliver(batch::totals{found->slots, found->busy, 0, found->memory_mib});
        else
          answer.deliver(to_caf(found.why()));
      },
      [answer](const error& e) mutable { answer.deliver(to_caf(e)); });
  return answer;
}

command_batch_actor::behavior_type command_batch(command_shell::pointer self, batch_config cfg,
                                                 const ce::batch::batch_system* system) {
  auto& shell = self->state;
  shell.start(self, std::move(cfg), system);
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
      [&shell](const batch::look_at& x) { shell.look_at(x.session); },
      [&shell](batch::look) { shell.look(); },
      [&shell](batch::poll) { shell.poll(); },
  };
}

} // namespace trellis
