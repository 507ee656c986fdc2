#include "actors/world/lrms_actor.hpp"

#include "actors/ce/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace trellis::world {

using namespace std::chrono_literals;

payload_plan plan_of(const ce::hand_over& task) {
  payload_plan out;
  std::istringstream words{task.what.arguments};
  double seconds = 1;
  if (task.what.executable == "/bin/sleep" && words >> seconds) {
    out.runs = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
    words >> out.exit_code;
  } else if (task.what.executable == "/bin/false") {
    out.exit_code = 1;
  }
  return out;
}

void lrms_shell::start(pointer self, lrms_config cfg, std::shared_ptr<lrms_facts> facts) {
  self_ = self;
  cfg_ = std::move(cfg);
  facts_ = std::move(facts);
}

// --- files -------------------------------------------------------------------------------------

caf::result<batch::input_there> lrms_shell::on_put(const batch::put_input& x) {
  auto& file = sessions_[x.session].files[x.file];
  if (x.piece.offset <= file.size())
    file.replace(x.piece.offset, x.piece.bytes.size(), x.piece.bytes);
  return batch::input_there{file.size()};
}

batch::done lrms_shell::on_proxy(const batch::put_proxy& x) {
  static_cast<void>(sessions_[x.session]); // as a real one makes the directory
  facts_->proxies[x.session] = x.pem;
  return {};
}

std::uint64_t lrms_shell::size_of(const std::string& session, const std::string& file) const {
  auto i = sessions_.find(session);
  if (i == sessions_.end())
    return 0;
  auto j = i->second.files.find(file);
  return j == i->second.files.end() ? 0 : j->second.size();
}

caf::result<chunk> lrms_shell::on_read(const batch::read_file& x) {
  auto i = sessions_.find(x.session);
  if (i == sessions_.end() || !i->second.output.contains(x.file))
    return to_caf({errc::not_found, "no file " + x.file});
  const auto& text = i->second.output[x.file];
  chunk out;
  out.offset = x.offset;
  out.file_size = text.size();
  if (x.offset < text.size())
    out.bytes = text.substr(x.offset, std::min(x.size, chunk_limit_bytes));
  out.crc32 = crc32(out.bytes);
  out.last = x.complete && x.offset + out.bytes.size() >= text.size();
  return out;
}

batch::output_files lrms_shell::on_list(const batch::list_output& x) {
  batch::output_files out;
  for (const auto& [name, text] : sessions_[x.session].output)
    out.files.push_back({name, text.size(), false});
  return out;
}

batch::done lrms_shell::on_remove(const batch::remove& x) {
  if (auto i = sessions_.find(x.session); i != sessions_.end()) {
    leave(i->second, "");
    look(i->second);
    sessions_.erase(i);
  }
  return {};
}

// --- jobs --------------------------------------------------------------------------------------

void lrms_shell::tell(session& x, batch::news::kind what, std::string text) {
  if (x.listener)
    self_->send(x.listener, batch::news{x.task.attempt, what, std::move(text)});
}

void lrms_shell::record(session& x, const std::string& line) {
  x.records += line + "\n";
  x.unread += line + "\n";
  if (cfg_.line_by_line)
    look(x);
}

/// Who looks into a file finds all that was written at this moment.
void lrms_shell::look(session& x) {
  if (!x.unread.empty())
    tell(x, batch::news::kind::records, std::exchange(x.unread, {}));
}

void lrms_shell::later(const std::string& name, session& x, lrms_event::kind what,
                       std::chrono::milliseconds in) {
  self_->delayed_send(self_, in, lrms_event{what, name, x.life});
}

steady_time lrms_shell::now() const { return self_->clock().now(); }

void lrms_shell::tell_world(payload_step what, const session& x) {
  if (facts_->tell)
    facts_->tell({what, x.task, now()});
}

void lrms_shell::enqueue(const std::string& name, session& x) {
  x.at = phase::queued;
  queue_[{x.order, name}] = name;
  facts_->waiting = static_cast<std::uint32_t>(queue_.size());
}

batch::submitted lrms_shell::on_submit(batch::submit& x) {
  auto& session = sessions_[x.session];
  session.listener = std::move(x.listener);
  if (x.lease_until)
    session.lease_until = x.lease_until;
  if (session.at == phase::none) {
    session.order = x.order;
    session.task = std::move(x.task);
    enqueue(x.session, session);
    self_->send(self_, lrms_event{lrms_event::kind::start, x.session, session.life});
  } else {
    if (!session.records.empty())
      self_->delayed_send(
          session.listener, 1ms,
          batch::news{session.task.attempt, batch::news::kind::records, session.records});
    if (!session.gone.empty())
      self_->delayed_send(session.listener, 2ms,
                          batch::news{session.task.attempt, batch::news::kind::gone, session.gone});
  }
  return {"sim-" + x.session};
}

void lrms_shell::start_next() {
  while (facts_->busy < cfg_.slots && !queue_.empty()) {
    auto name = queue_.begin()->second;
    queue_.erase(queue_.begin());
    facts_->waiting = static_cast<std::uint32_t>(queue_.size());
    auto& next = sessions_.at(name);
    ++facts_->busy;
    next.at = phase::starting;
    later(name, next, lrms_event::kind::began, cfg_.start_delay);
  }
}

void lrms_shell::begin_payload(const std::string& name, session& x) {
  x.plan = cfg_.plan(x.task);
  x.at = phase::running;
  if (x.lease_until && cfg_.clock.wall(now()) >= *x.lease_until) {
    record(x, "failed lease_lapsed The lease lapsed before the payload began");
    return leave(x, "");
  }
  if (!x.plan.failed.empty()) {
    record(x, "failed " + x.plan.failed);
    return leave(x, "");
  }
  record(x, "payload_started - 4711");
  ++facts_->payloads[x.task.attempt];
  auto of_job = ++facts_->running[x.task.attempt.job];
  facts_->most_of_one_job = std::max(facts_->most_of_one_job, of_job);
  tell_world(payload_step::began, x);
  if (!x.task.what.std_output.empty())
    x.output[x.task.what.std_output] = "hello from " + cfg_.worker + "\n";
  x.ends = now() + x.plan.runs;
  later(name, x, lrms_event::kind::payload_over, x.plan.runs);
  watch_lease(name, x);
}

void lrms_shell::payload_over(const session& x) {
  if (auto i = facts_->running.find(x.task.attempt.job); --i->second == 0)
    facts_->running.erase(i);
  tell_world(payload_step::ended, x);
}

void lrms_shell::end_payload(session& x, int code, std::string_view why) {
  payload_over(x);
  auto not_run = x.held ? x.left : std::max(x.ends - now(), steady_time::duration{0});
  record(x, fmt::format("payload_ended - {} {:.3f} 0.01 0.01 1024 {}", code,
                        std::chrono::duration<double>(x.plan.runs - not_run).count(), why));
  leave(x, "");
}

void lrms_shell::lose_payload(session& x, std::string why) {
  if (x.at == phase::running)
    payload_over(x);
  leave(x, std::move(why));
}

/// As the starter does: by the clock of the worker node, whether the CE lives or not.
void lrms_shell::watch_lease(const std::string& name, session& x) {
  if (!x.lease_until)
    return;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(*x.lease_until - cfg_.clock.wall(now()));
  later(name, x, lrms_event::kind::lease_over, std::max(left, 1ms));
}

/// Over: with the wrapper's last word, or gone without one.
void lrms_shell::leave(session& x, std::string gone) {
  if (x.at == phase::over || x.at == phase::none)
    return;
  if (x.at != phase::queued)
    --facts_->busy;
  else
    queue_.erase({x.order, ce::session_name(x.task.attempt)});
  facts_->waiting = static_cast<std::uint32_t>(queue_.size());
  x.at = phase::over;
  ++x.life;
  if (gone.empty()) {
    record(x, "ended -");
  } else {
    x.gone = std::move(gone);
    look(x);
    tell(x, batch::news::kind::gone, x.gone);
  }
  start_next();
}

void lrms_shell::on_event(const lrms_event& e) {
  auto i = sessions_.find(e.session);
  if (i == sessions_.end() || i->second.life != e.life)
    return;
  happen(e, i->second);
  look(i->second);
}

void lrms_shell::happen(const lrms_event& e, session& x) {
  switch (e.what) {
  case lrms_event::kind::start:
    return start_next();
  case lrms_event::kind::began:
    ++facts_->wrappers[x.task.attempt];
    tell_world(payload_step::wrapper, x);
    record(x, "wrapper_started - " + cfg_.worker);
    if (x.task.token != ce::token_mode::ask || x.token == true)
      return begin_payload(e.session, x);
    x.at = phase::waiting;
    record(x, "token_asked -");
    return later(e.session, x, lrms_event::kind::token_over, cfg_.token_wait);
  case lrms_event::kind::token_over:
    if (x.at == phase::waiting) {
      record(x, "token_gave_up -");
      record(x, "failed gave_up_token No answer about the token in time");
      leave(x, "");
    }
    return;
  case lrms_event::kind::payload_over:
    if (x.at != phase::running)
      return;
    if (!x.plan.vanishes)
      return end_payload(x, x.plan.exit_code, "exited");
    return lose_payload(x, "its worker node is down");
  case lrms_event::kind::lease_over:
    if (x.at != phase::running)
      return;
    if (cfg_.clock.wall(now()) < *x.lease_until)
      return watch_lease(e.session, x);
    return end_payload(x, 143, "lease_lapsed");
  case lrms_event::kind::cancelled:
    if (x.at == phase::running)
      end_payload(x, 143, "terminated");
    else
      leave(x, "cancelled");
  }
}

batch::done lrms_shell::on_token(const batch::answer_token& a) {
  auto i = sessions_.find(a.session);
  if (i == sessions_.end())
    return {};
  auto& x = i->second;
  x.token = a.granted;
  if (x.at != phase::waiting)
    return {};
  if (a.granted) {
    begin_payload(a.session, x);
  } else {
    record(x, "failed token_refused Cannot take shallow resubmission token");
    leave(x, "");
  }
  look(x);
  return {};
}

batch::done lrms_shell::on_cancel(const batch::cancel& c) {
  auto i = sessions_.find(c.session);
  if (i == sessions_.end())
    return {};
  if (i->second.at == phase::queued)
    leave(i->second, c.reason.empty() ? "cancelled" : c.reason);
  else
    later(c.session, i->second, lrms_event::kind::cancelled, cfg_.end_delay);
  return {};
}

void lrms_shell::on_mishap(const lrms_mishap& m) {
  auto i = sessions_.find(m.session);
  if (i == sessions_.end())
    return;
  auto& x = i->second;
  switch (m.what) {
  case lrms_mishap::kind::lose:
    return lose_payload(x, "the batch system does not know it any more");
  case lrms_mishap::kind::hold:
    return hold(m.session, x);
  case lrms_mishap::kind::release:
    return resume(m.session, x);
  }
}

void lrms_shell::hold(const std::string& name, session& x) {
  if (x.held || (x.at != phase::queued && x.at != phase::running))
    return;
  x.held = true;
  if (x.at == phase::queued) {
    queue_.erase({x.order, name});
    facts_->waiting = static_cast<std::uint32_t>(queue_.size());
  } else {
    x.left = x.ends - now();
    ++x.life; // its end does not come
    watch_lease(name, x);
  }
  tell(x, batch::news::kind::held, "held by an operator");
}

void lrms_shell::resume(const std::string& name, session& x) {
  if (!std::exchange(x.held, false))
    return;
  tell(x, batch::news::kind::released, "");
  if (x.at == phase::queued) {
    enqueue(name, x);
    start_next();
  } else if (x.at == phase::running) {
    x.ends = now() + x.left;
    later(name, x, lrms_event::kind::payload_over,
          std::chrono::ceil<std::chrono::milliseconds>(x.left));
  }
}

batch::session_found lrms_shell::on_find(const batch::find_session& x) const {
  return {sessions_.contains(x.session)};
}

batch::done lrms_shell::on_renew(const batch::renew& x) {
  if (auto i = sessions_.find(x.session); i != sessions_.end())
    i->second.lease_until = x.lease_until;
  return {};
}

batch::totals lrms_shell::on_totals() const {
  batch::totals out;
  out.slots = cfg_.slots;
  out.busy = facts_->busy;
  out.waiting = facts_->waiting;
  return out;
}

lrms_actor::behavior_type simulated_lrms(lrms_shell::pointer self, lrms_config cfg,
                                         std::shared_ptr<lrms_facts> facts) {
  auto& shell = self->state;
  shell.start(self, std::move(cfg), std::move(facts));
  return {
      [&shell](const batch::put_input& x) { return shell.on_put(x); },
      [&shell](const batch::put_proxy& x) { return shell.on_proxy(x); },
      [&shell](const batch::input_size& x) {
        return batch::input_there{shell.size_of(x.session, x.file)};
      },
      [&shell](const batch::find_session& x) { return shell.on_find(x); },
      [&shell](batch::submit& x) { return shell.on_submit(x); },
      [&shell](const batch::renew& x) { return shell.on_renew(x); },
      [&shell](const batch::answer_token& x) { return shell.on_token(x); },
      [&shell](const batch::cancel& x) { return shell.on_cancel(x); },
      [&shell](const batch::read_file& x) { return shell.on_read(x); },
      [&shell](const batch::list_output& x) { return shell.on_list(x); },
      [&shell](const batch::remove& x) { return shell.on_remove(x); },
      [&shell](batch::get_totals) { return shell.on_totals(); },
      [&shell](const lrms_event& x) { shell.on_event(x); },
      [&shell](const lrms_mishap& x) { shell.on_mishap(x); },
  };
}

} // namespace trellis::world
