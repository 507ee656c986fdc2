#include "actors/lb/lb_shell_actor.hpp"
#include "runtime/log/log.hpp"
#include "storage/audit.hpp"

#include <caf/actor_system.hpp>
#include <fmt/format.h>

namespace trellis {

using lb::admittance;

/// Events of a step after which more are expected at once, and how long they are waited for.
constexpr std::size_t lively_step = 32;
constexpr std::chrono::microseconds patience{300};

void lb_shell::start(lb_inner::stateful_pointer<lb_shell> self, node_context ctx,
                     lb_config config) {
  self_ = self;
  ctx_ = std::move(ctx);
  config_ = std::move(config);
  book_.emplace(*ctx_.rows, config_.records);
  auto read = book_->start();
  if (read)
    read = book_->log().each_held([this](std::uint64_t number, storage::held_event&& x) {
      early_.put(number, std::move(x));
    });
  if (!read) {
    log::error("lb-unreadable", "{}", read.why().text);
    failed_ = true;
    self_->quit(to_caf(read.why()));
    return;
  }
  told_arrival_ = book_->last_arrival();
  if (early_.size() > 0)
    on_early();
}

// --- logging ------------------------------------------------------------------------------------

lb::moment lb_shell::now() const { return ctx_.clock.wall(self_->clock().now()); }

std::uint32_t lb_shell::roles_of(const host_name& host) const {
  if (host == ctx_.host)
    return ~0u;
  auto i = config_.peers.find(host);
  return i == config_.peers.end() ? 0 : i->second;
}

lb::sender lb_shell::sender_of(const principal& who) const {
  if (who.kind != principal_kind::node)
    return {{}, 0, &who};
  auto host = host_name::parse(who.subject);
  return host ? lb::sender{*host, roles_of(*host), nullptr} : lb::sender{{}, 0, &who};
}

caf::result<lb::registered> lb_shell::on_register(lb::register_job& x) {
  auto& e = x.first;
  const auto* first = std::get_if<lb::reg_job>(&e.what);
  if (!first)
    return to_caf({errc::usage, fmt::format("cannot register {}: the first event is a {}",
                                            e.job.text(), word(lb::kind_of(e.what)))});
  if (x.who.kind == principal_kind::nobody || x.who.subject.empty())
    return to_caf(
        {errc::unauthenticated, fmt::format("cannot register {}: nobody owns it", e.job.text())});
  e.user = lb::without_proxies(x.who.subject);
  if (first->vo.empty())
    std::get<lb::reg_job>(e.what).vo = x.who.vo;
  lb::logged out;
  if (auto taken = take_registration({ctx_.host, ~0u, nullptr}, e, out); !taken) {
    if (taken.why().code == errc::storage || taken.why().code == errc::malformed)
      fail(taken.why());
    return to_caf(taken.why());
  }
  auto promise = self_->make_response_promise<lb::registered>();
  steps_.after_all(book_->is_open(), [promise](const error* why) mutable {
    if (why)
      promise.deliver(to_caf(*why));
    else
      promise.deliver(lb::registered{});
  });
  arm();
  return promise;
}

caf::result<lb::logged> lb_shell::on_log(lb::log& x) {
  auto by = sender_of(x.who);
  lb::logged out;
  auto first = errc::none;
  for (auto& e : x.events) {
    if (by.person && e.user.empty())
      e.user = by.person->subject;
    auto taken = take_in(by, e, out);
    if (taken)
      continue;
    if (taken.why().code == errc::storage || taken.why().code == errc::malformed) {
      fail(taken.why());
      return to_caf(taken.why());
    }
    if (first == errc::none)
      first = taken.why().code;
  }
  arm();
  if (first != errc::none && out.stored + out.repeats == 0)
    return to_caf({first, out.refused});
  auto promise = self_->make_response_promise<lb::logged>();
  steps_.after_all(book_->is_open(), [promise, out](const error* why) mutable {
    if (why)
      promise.deliver(to_caf(*why));
    else
      promise.deliver(std::move(out));
  });
  return promise;
}

caf::result<received> lb_shell::on_letter(letter<lb::log>& x) {
  // Who sends is the host at the other end of the link, whatever the letter says.
  lb::sender by{x.from.from.from, roles_of(x.from.from.from), nullptr};
  lb::logged out;
  for (const auto& e : x.what.events)
    if (auto taken = take_in(by, e, out); !taken)
      if (taken.why().code == errc::storage || taken.why().code == errc::malformed) {
        fail(taken.why());
        return to_caf(taken.why());
      }
  receipts_.push_back(x.from);
  letters_.push_back(self_->make_response_promise<received>());
  auto promise = letters_.back();
  arm();
  return promise;
}

result<done> lb_shell::take_in(const lb::sender& by, const lb::event& e, lb::logged& out) {
  if (e.job.lb() != ctx_.host) {
    error why{errc::not_found, fmt::format("cannot log to {}: its L&B server is {}, not {}",
                                           e.job.text(), e.job.lb().text(), ctx_.host.text())};
    refuse(by, e, why, out);
    return why;
  }
  auto job = book_->find(e.job);
  if (!job)
    return job.why();
  if (!by.person && lb::kind_of(e.what) == lb::kind::reg_job)
    return take_registration(by, e, out);
  auto verdict = lb::admit(by, e, *job ? &(*job)->record : nullptr);
  switch (verdict.how) {
  case admittance::yes:
    return store(e, now(), out);
  case admittance::hold:
    hold(by, e, verdict.why, out);
    return done{};
  case admittance::no:
    break;
  }
  refuse(by, e, verdict.why, out);
  return verdict.why;
}

result<done> lb_shell::take_registration(const lb::sender& by, const lb::event& e,
                                         lb::logged& out) {
  auto refused = [&](errc code, std::string text) -> result<done> {
    error why{code, std::move(text)};
    refuse(by, e, why, out);
    return why;
  };
  if (e.job.lb() != ctx_.host)
    return refused(errc::usage, fmt::format("cannot register {}: its L&B server is {}, not {}",
                                            e.job.text(), e.job.lb().text(), ctx_.host.text()));
  if (!(by.roles & roles(role::wms)))
    return refused(errc::denied, fmt::format("cannot register {}: {} has not the role wms",
                                             e.job.text(), by.host.text()));
  if (e.user.empty())
    return refused(errc::usage, fmt::format("cannot register {}: nobody owns it", e.job.text()));
  auto job = book_->find(e.job);
  if (!job)
    return job.why();
  if (!*job)
    return store(e, now(), out);
  if (!lb::same_person((*job)->record.status.owner, e.user))
    return refused(errc::exists,
                   fmt::format("cannot register {}: it is a job of another owner", e.job.text()));
  ++out.repeats; // the first registration stands
  return done{};
}

result<done> lb_shell::store(const lb::event& e, lb::moment arrived, lb::logged& out) {
  auto took = book_->take(e, arrived);
  if (!took)
    return took.why();
  if (*took == lb::job_book::took::repeat) {
    ++out.repeats;
    return done{};
  }
  ++out.stored;
  auto what = lb::kind_of(e.what);
  if ((what == lb::kind::reg_job || what == lb::kind::match) && early_.has_any_of(e.job))
    return release_early(e.job);
  return done{};
}

void lb_shell::hold(const lb::sender& by, const lb::event& e, const error& why, lb::logged& out) {
  if (early_.size() >= config_.max_early)
    return refuse(by, e, {errc::busy, why.text + ", and too many such events wait"}, out);
  storage::held_event x{now(), by.host, e};
  auto number = early_.add(x);
  storage::event_log::hold(book_->rows(), number, x);
  ++out.stored;
  log::debug("lb-event-held", "{}", why.text);
  if (!looking_)
    on_early();
}

/// The event that admits their sender may have come.
result<done> lb_shell::release_early(const job_id& job) {
  lb::logged out;
  for (auto& [number, x] : early_.take(job)) {
    auto known = book_->find(job);
    if (!known)
      return known.why();
    lb::sender by{x.sender, roles_of(x.sender), nullptr};
    auto verdict = lb::admit(by, x.what, *known ? &(*known)->record : nullptr);
    if (verdict.how == admittance::hold) {
      early_.put(number, std::move(x));
      continue;
    }
    storage::event_log::let_go(book_->rows(), number);
    if (verdict.how == admittance::no)
      refuse(by, x.what, verdict.why, out);
    else if (auto stored = store(x.what, x.arrived, out); !stored)
      return stored;
  }
  return done{};
}

void lb_shell::refuse(const lb::sender& by, const lb::event& e, const error& why, lb::logged& out) {
  if (!out.refused.empty())
    return; // the first one of a message is said and audited
  out.refused = why.text;
  auto who = by.person ? by.person->subject : by.host.text();
  log::warn("lb-event-refused", "{}", why.text);
  book_->rows().push_back(storage::put_audit(
      now(), ++audits_, {who, "lb-event-refused", e.job.text(), false, why.text}));
}

void lb_shell::refuse_early(const storage::held_event& x) {
  lb::logged out;
  lb::sender by{x.sender, roles_of(x.sender), nullptr};
  refuse(by, x.what,
         {errc::denied,
          fmt::format("{} of {} for {} waited in vain for the event that admits it",
                      word(lb::kind_of(x.what.what)), x.sender.text(), x.what.job.text())},
         out);
}

void lb_shell::on_early() {
  looking_ = false;
  while (auto old = early_.expired(now() - config_.hold_early)) {
    storage::event_log::let_go(book_->rows(), old->first);
    refuse_early(old->second);
  }
  if (book_->is_open())
    arm();
  if (early_.size() > 0) {
    looking_ = true;
    self_->delayed_send(
        self_, std::min<std::chrono::milliseconds>(config_.hold_early, std::chrono::minutes{1}),
        lb::look_at_early{});
  }
}

// --- steps --------------------------------------------------------------------------------------

void lb_shell::arm() {
  if (failed_ || !anything_open())
    return;
  if (book_->events_open() >= config_.step_events && steps_.on_way() < config_.steps)
    ship();
  else if (!armed_ && steps_.on_way() == 0) { // else the next commit arms
    armed_ = true;
    send_flush();
  }
}

/// Those whom a large step answered mostly ask on at once. A moment's patience lets them share the
/// next sync, which costs more than it; who works alone never waits.
void lb_shell::send_flush() {
  if (last_step_ < lively_step)
    self_->send(self_, lb::flush{});
  else
    self_->delayed_send(self_, patience, lb::flush{});
}

void lb_shell::on_flush() {
  auto gathered = book_->events_open();
  if (gathered > gathered_ && gathered < config_.step_events) {
    gathered_ = gathered; // they still come in
    send_flush();
    return;
  }
  gathered_ = 0;
  armed_ = false;
  if (!failed_ && anything_open() && steps_.on_way() == 0)
    ship();
}

void lb_shell::ship() {
  store::step step;
  step.rows_stand = true; // a letter that was received before must not take them with it
  auto has_rows = book_->is_open();
  if (has_rows) {
    last_step_ = book_->events_open();
    auto closed = book_->close(steps_.open());
    steps_.ship(std::move(closed.told));
    step.changes = std::move(closed.rows);
  }
  step.receipts = std::exchange(receipts_, {});
  letters_on_way_.push_back(std::exchange(letters_, {}));
  self_->request(ctx_.store, caf::infinite, std::move(step))
      .then([this, has_rows](const store::committed&) { on_committed(has_rows); },
            [this](const caf::error& e) { fail(from_caf(e)); });
}

void lb_shell::on_committed(bool has_rows) {
  if (failed_)
    return;
  for (auto& promise : letters_on_way_.front()) // also where it was received before
    promise.deliver(received{});
  letters_on_way_.pop_front();
  if (!has_rows)
    return;
  tell(steps_.arrived());
  book_->forget(steps_.committed());
  arm();
}

void lb_shell::fail(const error& why) {
  if (std::exchange(failed_, true))
    return;
  log::error("lb-store-failed", "{}", why.text);
  steps_.fail(why);
  letters_on_way_.push_back(std::exchange(letters_, {}));
  for (auto& letters : std::exchange(letters_on_way_, {}))
    for (auto& promise : letters)
      promise.deliver(to_caf(why));
  for (auto& [id, x] : watches_)
    x.promise.deliver(to_caf(why));
  watches_.clear();
  self_->quit(to_caf(why));
}

namespace {

lb_inner::behavior_type run_lb(lb_inner::stateful_pointer<lb_shell> self, node_context ctx,
                               lb_config config) {
  auto& shell = self->state;
  shell.start(self, std::move(ctx), std::move(config));
  return {
      [&shell](lb::register_job& x) { return shell.on_register(x); },
      [&shell](letter<lb::log>& x) { return shell.on_letter(x); },
      [&shell](lb::log& x) { return shell.on_log(x); },
      [&shell](const lb::get_status& x) { return shell.on_status(x); },
      [&shell](lb::list_jobs& x) { return shell.on_list(x); },
      [&shell](const lb::count_jobs& x) { return shell.on_count(x); },
      [&shell](const lb::get_events& x) { return shell.on_events(x); },
      [&shell](const lb::watch& x) { return shell.on_watch(x); },
      [&shell](lb::flush) { shell.on_flush(); },
      [&shell](lb::look_at_early) { shell.on_early(); },
      [&shell](const lb::watch_over& x) { shell.on_watch_over(x.id); },
  };
}

} // namespace

lb_actor spawn_lb(caf::actor_system& system, node_context ctx, lb_config config) {
  return system.spawn(run_lb, std::move(ctx), std::move(config));
}

} // namespace trellis
