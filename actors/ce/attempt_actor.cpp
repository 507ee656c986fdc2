#include "actors/ce/attempt_actor.hpp"

#include "actors/ce/wrapper.hpp"
#include "runtime/interfaces/lb.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/crash_point.hpp"
#include "storage/ce_attempts.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <iterator>

namespace trellis {

using namespace std::chrono_literals;
using std::chrono::duration_cast;

namespace {

constexpr auto store_limit = caf::infinite; // our own: it answers or ends
constexpr auto batch_limit = caf::infinite; // what it starts has limits of its own
constexpr std::chrono::milliseconds cancel_again{5'000};

} // namespace

void attempt_shell::start(pointer self, node_context ctx, attempt_config cfg, batch_actor queue,
                          attempt_listener router) {
  self_ = self;
  ctx_ = std::move(ctx);
  cfg_ = std::move(cfg);
  queue_ = std::move(queue);
  router_ = std::move(router);
}

void attempt_shell::rebuild(ce::attempt_record row) {
  life_ = ce::attempt{std::move(row)};
  const auto& task = life_.row().task;
  session_ = ce::session_name(task.attempt);
  sure_ = surety::not_asked;
  // Never more than what was left: the WMS counts on it.
  auto kept = ctx_.rows->get(storage::family::ce_attempts, storage::lease_key(task.attempt));
  auto until = kept && *kept ? storage::read_lease(**kept) : now();
  start_lease(std::min<std::chrono::microseconds>(until - now(), task.lease));
  wake_in(0ms);
}

principal attempt_shell::this_node() const {
  principal out;
  out.kind = principal_kind::node;
  out.subject = ctx_.host.text();
  return out;
}

ce::moment attempt_shell::now() const { return ctx_.clock.wall(self_->clock().now()); }

void attempt_shell::wake_in(std::chrono::milliseconds delay) {
  self_->delayed_send(self_, delay, attempt_life::tick{});
}

// --- writing -----------------------------------------------------------------------------------

caf::result<received> attempt_shell::accept(const receipt& x) {
  store::step step;
  step.accept(x);
  auto answer = self_->make_response_promise<received>();
  write(std::move(step), {}, answer);
  return answer;
}

node::actor_row attempt_shell::on_row() const {
  return {{}, std::string{word(life_.state())}, self_->mailbox().size(), 0};
}

caf::result<received> attempt_shell::commit(ce::said what, const receipt* from) {
  store::step step;
  if (from)
    step.accept(*from);
  const auto& row = life_.row();
  if (what.changed)
    step.put(storage::family::ce_attempts, storage::attempt_key(row), storage::attempt_value(row));
  if (auto until = std::exchange(first_lease_, std::nullopt))
    step.put(storage::family::ce_attempts, storage::lease_key(row.task.attempt),
             storage::lease_value(*until));
  if (row.released)
    step.erase(storage::family::ce_attempts, storage::lease_key(row.task.attempt));
  if (!what.reports.empty()) // the last one says it all: the WMS fills in what it skips
    step.post(address{role::wms, row.task.wms, 0},
              wms::report{row.task.attempt, what.reports.back()});
  if (what.ask_token)
    step.post(address{role::wms, row.task.wms, 0}, wms::ask_token{row.task.attempt});
  if (!what.events.empty())
    step.post(address{role::lb, row.task.attempt.job.lb(), 0}, lb::log{this_node(), what.events});
  std::optional<promise> answer;
  if (from)
    answer = self_->make_response_promise<received>();
  if (what.changed || from || !what.reports.empty() || !what.events.empty())
    write(std::move(step), what, answer);
  if (answer)
    return *answer;
  return received{};
}

void attempt_shell::write(store::step step, const ce::said& what, std::optional<promise> answer) {
  self_->request(ctx_.store, store_limit, std::move(step))
      .await(
          [this, what, answer](const store::committed& x) mutable {
            if (answer)
              answer->deliver(received{});
            if (!x.repeat)
              written(what);
          },
          [this, answer](caf::error& e) mutable {
            if (answer)
              answer->deliver(e);
            storage_failed(e);
          });
}

void attempt_shell::storage_failed(const caf::error& e) {
  log::error("attempt-not-written", "{} attempt {} starts again from its row: {}",
             life_.row().task.attempt.job.text(), life_.row().task.attempt.number,
             from_caf(e).text);
  self_->quit(e);
}

void attempt_shell::written(const ce::said& what) {
  const auto& row = life_.row();
  if (!what.reports.empty())
    crash_point("ce-after-report");
  if (!what.reports.empty() || row.released)
    self_->send(router_, attempt_life::moved{row.task.attempt, life_.state(), row.facts.used.wall_s,
                                             row.released});
  if (what.answer_token)
    give_token();
  if (row.released)
    drop_files();
  else
    go_on();
}

// --- what comes in -----------------------------------------------------------------------------

caf::result<received> attempt_shell::on_hand_over(letter<ce::hand_over>& x) {
  if (!session_.empty())
    return accept(x.from); // the WMS says it again
  ce::attempt_record row;
  row.task = std::move(x.what);
  row.order = cfg_.order;
  session_ = ce::session_name(row.task.attempt);
  auto left = std::chrono::microseconds{row.task.lease};
  if (row.task.valid_until != ce::moment{})
    left = std::min(left, row.task.valid_until - now());
  auto late = left <= 0us;
  life_ = ce::attempt{std::move(row)};
  auto what = life_.accept(now());
  auto refused = late ? life_.refuse(ce::failure_class::lease_lapsed,
                                     "The hand-over came after its lease had lapsed", now())
                 : cfg_.refusal.empty()
                     ? ce::said{}
                     : life_.refuse(ce::failure_class::before_payload, cfg_.refusal, now());
  if (!refused.reports.empty())
    what.reports = std::move(refused.reports);
  else if (life_.row().task.what.input.empty())
    what.reports.clear(); // that it is queued follows at once, and says this too
  start_lease(left);
  first_lease_ = now() + left;
  return commit(std::move(what), &x.from);
}

caf::result<received> attempt_shell::on_cancel(letter<ce::cancel_attempt>& x) {
  return commit(life_.end(ce::end_cause::asked, x.what.reason, now()), &x.from);
}

caf::result<received> attempt_shell::on_token(letter<ce::token_answer>& x) {
  return commit(life_.token(x.what.granted), &x.from);
}

caf::result<received> attempt_shell::on_release(letter<ce::release>& x) {
  return commit(life_.release(), &x.from);
}

caf::result<chunk> attempt_shell::on_read(const ce::read_file& x) {
  if (!is_leaf_name(x.file))
    return caf::make_error(errc::denied, fmt::format("'{}' is not the name of a file", x.file));
  if (life_.row().released)
    return caf::make_error(
        errc::not_found, fmt::format("{} was released: its files are gone", x.attempt.job.text()));
  return self_->delegate(queue_,
                         batch::read_file{session_, x.file, x.offset, x.size, !life_.live()});
}

void attempt_shell::on_renew(const attempt_life::renew& x) {
  if (life_.row().ending != ce::end_cause::none)
    return;
  start_lease(x.time_left);
  if (submitted_ && life_.live() && !life_.row().task.idempotent)
    self_->request(queue_, batch_limit, batch::renew{session_, now() + x.time_left})
        .then([](const batch::done&) {},
              [this](caf::error& e) {
                log::warn("attempt-lease-not-laid", "{} attempt {} may end early: {}",
                          life_.row().task.attempt.job.text(), life_.row().task.attempt.number,
                          from_caf(e).text);
              });
}

void attempt_shell::on_end(const attempt_life::end& x) {
  commit(life_.end(x.cause, x.reason, now()), nullptr);
}

void attempt_shell::on_news(batch::news& x) {
  switch (x.what) {
  case batch::news::kind::records:
    take(ce::read_records(x.text).lines);
    break;
  case batch::news::kind::held:
    commit(life_.held(std::move(x.text), now()), nullptr);
    break;
  case batch::news::kind::released:
    commit(life_.resumed(now()), nullptr);
    break;
  case batch::news::kind::gone:
    lose(std::move(x.text));
    break;
  }
}

void attempt_shell::on_tick() {
  if (session_.empty())
    return;
  look_at_lease();
  const auto& row = life_.row();
  if (row.released)
    drop_files();
  else if (!life_.live() && now() >= row.ended + cfg_.keep_output)
    commit(life_.release(), nullptr);
  else
    go_on();
}

// --- the lease ---------------------------------------------------------------------------------

void attempt_shell::start_lease(std::chrono::microseconds left) {
  lease_until_ = self_->clock().now() + left;
  watch_lease();
}

/// One tick is under way, however often the lease is renewed: when it comes it asks for the next.
void attempt_shell::watch_lease() {
  const auto& row = life_.row();
  if (row.task.idempotent || !life_.live() || row.ending != ce::end_cause::none || !lease_until_
      || (lease_tick_ && *lease_tick_ <= *lease_until_))
    return;
  lease_tick_ = lease_until_;
  auto left = *lease_until_ - self_->clock().now();
  wake_in(std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(left)));
}

void attempt_shell::look_at_lease() {
  if (lease_tick_ && *lease_tick_ <= self_->clock().now())
    lease_tick_.reset();
  const auto& row = life_.row();
  if (!life_.live() || row.task.idempotent || row.ending != ce::end_cause::none || !lease_until_
      || self_->clock().now() < *lease_until_)
    return watch_lease();
  log::warn("attempt-lease-lapsed", "{} attempt {} is ended: {} was not heard in time",
            row.task.attempt.job.text(), row.task.attempt.number, row.task.wms.text());
  commit(life_.end(ce::end_cause::lease_lapsed,
                   "The lease lapsed: " + row.task.wms.text() + " was not heard in time", now()),
         nullptr);
}

// --- its way -----------------------------------------------------------------------------------

void attempt_shell::go_on() {
  if (!life_.live()) {
    auto keep = life_.row().ended + cfg_.keep_output - now();
    if (life_.row().ending == ce::end_cause::stale)
      commit(life_.release(), nullptr); // nobody will ask for its files
    else
      wake_in(std::chrono::ceil<std::chrono::milliseconds>(std::max(keep, decltype(keep){1})));
    return;
  }
  if (busy_)
    return;
  if (sure_ == surety::waits) {
    if (life_.row().ending != ce::end_cause::none) // there is nothing in the batch system to end
      lose(life_.row().end_reason);
    return;
  }
  if (sure_ == surety::not_asked)
    return look_for_session();
  if (life_.state() == ce::attempt_state::pending)
    return fetch();
  if (!submitted_)
    return submit();
  if (life_.row().ending != ce::end_cause::none)
    end_in_batch();
}

void attempt_shell::look_for_session() {
  busy_ = true;
  self_->request(queue_, batch_limit, batch::find_session{session_})
      .then(
          [this](const batch::session_found& x) {
            busy_ = false;
            if (sure_ == surety::not_asked)
              sure_ = x.there ? surety::sure : surety::waits;
            go_on();
          },
          [this](caf::error&) {
            busy_ = false;
            wake_in(cancel_again);
          });
}

void attempt_shell::on_confirmed() {
  if (std::exchange(sure_, surety::sure) != surety::sure && !session_.empty())
    go_on();
}

void attempt_shell::refuse(ce::failure_class why, std::string reason) {
  busy_ = false;
  commit(life_.refuse(why, std::move(reason), now()), nullptr);
}

void attempt_shell::submit() {
  if (life_.state() == ce::attempt_state::pending && !life_.row().task.delegation.empty()
      && !has_proxy_)
    return fetch_proxy();
  busy_ = true;
  crash_point("ce-before-submit");
  const auto& row = life_.row();
  batch::submit job{session_, row.order, row.task, caf::actor_cast<batch_listener>(self_), {}};
  if (!row.task.idempotent)
    job.lease_until
        = now() + duration_cast<std::chrono::microseconds>(*lease_until_ - self_->clock().now());
  self_->request(queue_, batch_limit, std::move(job))
      .then(
          [this](batch::submitted& x) {
            crash_point("ce-after-submit");
            busy_ = false;
            submitted_ = true;
            give_token(); // answered before a restart
            if (life_.state() == ce::attempt_state::pending)
              commit(life_.queued(std::move(x.local_id), now()), nullptr);
            else
              go_on();
          },
          [this](caf::error& e) {
            auto why = from_caf(e);
            busy_ = false;
            if (why.code == errc::lrms_refused && life_.state() == ce::attempt_state::pending)
              return refuse(ce::failure_class::before_payload, why.text);
            log::warn("attempt-not-submitted", "{} attempt {} is tried again: {}",
                      life_.row().task.attempt.job.text(), life_.row().task.attempt.number,
                      why.text);
            wake_in(cancel_again);
            if (!std::exchange(told_late_, true))
              commit(life_.tell(), nullptr);
          });
}

void attempt_shell::give_token() {
  const auto& row = life_.row();
  if (row.token != ce::token_state::granted && row.token != ce::token_state::refused)
    return;
  auto granted = row.token == ce::token_state::granted;
  self_->request(queue_, batch_limit, batch::answer_token{session_, granted})
      .then([](const batch::done&) {},
            [this](caf::error& e) {
              log::warn("attempt-token-not-given", "{} attempt {}: {}",
                        life_.row().task.attempt.job.text(), life_.row().task.attempt.number,
                        from_caf(e).text);
            });
}

void attempt_shell::end_in_batch() {
  self_->request(queue_, batch_limit, batch::cancel{session_, life_.row().end_reason})
      .then([this](const batch::done&) { wake_in(cancel_again); },
            [this](caf::error& e) {
              log::warn("attempt-not-cancelled", "{} attempt {} is tried again: {}",
                        life_.row().task.attempt.job.text(), life_.row().task.attempt.number,
                        from_caf(e).text);
              wake_in(cancel_again);
            });
}

/// The wrapper's last word and what it left make one step: a short job is told in one breath.
void attempt_shell::take(const std::vector<ce::worker_record>& records) {
  auto what = life_.take(records, now());
  if (!what.over || std::exchange(collecting_, true))
    return void(commit(std::move(what), nullptr));
  auto finish = [this, what](std::vector<sandbox_file> files) {
    auto all = what;
    auto end = life_.finish(std::move(files), now());
    all.changed |= end.changed;
    std::ranges::move(end.reports, std::back_inserter(all.reports));
    std::ranges::move(end.events, std::back_inserter(all.events));
    commit(std::move(all), nullptr);
  };
  if (life_.row().task.what.output.empty())
    return finish({});
  self_->request(queue_, batch_limit, batch::list_output{session_})
      .await([finish](batch::output_files& x) { finish(std::move(x.files)); },
             [finish](caf::error&) { finish({}); });
}

void attempt_shell::lose(std::string reason) {
  if (!life_.live() || std::exchange(collecting_, true))
    return;
  self_->request(queue_, batch_limit, batch::list_output{session_})
      .await(
          [this, reason](batch::output_files& x) {
            commit(life_.lost(reason, std::move(x.files), now()), nullptr);
          },
          [this, reason](caf::error&) { commit(life_.lost(reason, {}, now()), nullptr); });
}

void attempt_shell::drop_files() {
  self_->request(queue_, batch_limit, batch::remove{session_})
      .await([this](const batch::done&) { self_->quit(); },
             [this](caf::error& e) {
               log::warn("session-not-removed", "{}: {}", session_, from_caf(e).text);
               self_->quit();
             });
}

namespace {

attempt_actor::behavior_type behavior_of(attempt_shell& shell) {
  return {
      [&shell](letter<ce::hand_over>& x) { return shell.on_hand_over(x); },
      [&shell](letter<ce::cancel_attempt>& x) { return shell.on_cancel(x); },
      [&shell](letter<ce::token_answer>& x) { return shell.on_token(x); },
      [&shell](letter<ce::release>& x) { return shell.on_release(x); },
      [&shell](const ce::read_file& x) { return shell.on_read(x); },
      [&shell](const attempt_life::renew& x) { shell.on_renew(x); },
      [&shell](const attempt_life::end& x) { shell.on_end(x); },
      [&shell](attempt_life::confirmed) { shell.on_confirmed(); },
      [&shell](batch::news& x) { shell.on_news(x); },
      [&shell](attempt_life::tick) { shell.on_tick(); },
      [&shell](supervision::get_row) { return shell.on_row(); },
  };
}

} // namespace

attempt_actor::behavior_type attempt_from_letter(attempt_shell::pointer self, node_context ctx,
                                                 attempt_config cfg, batch_actor queue,
                                                 attempt_listener router) {
  self->state.start(self, std::move(ctx), std::move(cfg), std::move(queue), std::move(router));
  return behavior_of(self->state);
}

attempt_actor::behavior_type attempt_from_row(attempt_shell::pointer self, node_context ctx,
                                              attempt_config cfg, batch_actor queue,
                                              attempt_listener router, ce::attempt_record row) {
  self->state.start(self, std::move(ctx), std::move(cfg), std::move(queue), std::move(router));
  self->state.rebuild(std::move(row));
  return behavior_of(self->state);
}

} // namespace trellis
