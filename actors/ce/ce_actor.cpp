#include "actors/ce/ce_actor.hpp"

#include "runtime/log/log.hpp"
#include "storage/ce_attempts.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>

namespace trellis {

using namespace std::chrono_literals;

namespace {

constexpr auto store_limit = caf::infinite; // our own: it answers or ends
constexpr auto no_queue = static_cast<std::size_t>(-1);

bool waits(ce::attempt_state x) {
  return x <= ce::attempt_state::idle || x == ce::attempt_state::held;
}

bool runs(ce::attempt_state x) {
  return x == ce::attempt_state::running || x == ce::attempt_state::really_running;
}

} // namespace

void ce_shell::start(pointer self, node_context ctx, ce_config cfg) {
  self_ = self;
  ctx_ = std::move(ctx);
  cfg_ = std::move(cfg);
  for (auto& x : cfg_.queues) {
    auto id = ce_id::make(ctx_.host, cfg_.port, x.lrms, x.name);
    if (!id) {
      log::error("ce-queue-unnamed", "queue {} is left out: {}", x.name, id.why().text);
      continue;
    }
    queue_entry next;
    next.batch = x.batch(*self_);
    next.set_up = std::move(x);
    next.id = *id;
    // Serials rise over restarts: an older advertisement changes nothing.
    next.serial = static_cast<std::uint64_t>(
        ctx_.clock.wall(self_->clock().now()).time_since_epoch().count());
    queues_.push_back(std::move(next));
  }
  self_->set_down_handler([this](caf::down_msg& x) { attempt_down(x.source, x.reason); });
  rebuild();
  self_->send(self_, ce_life::advertise_tick{true, {}});
  self_->send(self_, ce_life::inventory_tick{true});
  self_->delayed_send(self_, cfg_.purge_every, ce_life::purge_tick{});
}

ce_shell::~ce_shell() {
  for (const auto& [id, x] : attempts_)
    if (x.actor)
      caf::anon_send_exit(x.actor, caf::exit_reason::kill);
}

void ce_shell::rebuild() {
  auto why = ctx_.rows->get(storage::family::ce_attempts, storage::drain_key);
  if (why && *why)
    draining_ = **why;
  auto rows = storage::all_attempts(*ctx_.rows);
  auto cancelled = storage::early_cancels(*ctx_.rows);
  if (!rows || !cancelled) {
    const auto& problem = rows ? cancelled.why() : rows.why();
    log::error("ce-not-rebuilt", "the attempts of this CE cannot be read: {}", problem.text);
    self_->quit(to_caf(problem));
    return;
  }
  for (const auto& x : *cancelled)
    mark_cancelled(x);
  std::ranges::sort(*rows, {}, &ce::attempt_record::order);
  auto open = std::ranges::count_if(*rows, [](const auto& x) { return !is_final(x.facts.state); });
  if (open > 0)
    log::info("attempts-adopted", "{} attempts of before this start go on", open);
  for (auto& row : *rows)
    adopt(std::move(row));
}

void ce_shell::adopt(ce::attempt_record row) {
  next_order_ = std::max(next_order_, row.order + 1);
  auto id = row.task.attempt;
  auto& x = attempts_[id];
  x.wms = row.task.wms;
  x.cpus = row.task.needs.cpus;
  x.released = row.released;
  x.vo = row.task.who.vo;
  x.over = row.ended;
  x.queue = no_queue;
  for (std::size_t i = 0; i < queues_.size(); ++i)
    if (queues_[i].id == row.task.queue)
      x.queue = i;
  count(x, row.facts.state);
  // A queue that is set up no more keeps the rows for the day it comes back.
  if (row.task.attempt.job.empty() || x.queue == no_queue || (x.released && is_final(x.state)))
    return;
  if (!is_final(x.state))
    take_inventory_soon(x.wms);
  attempt_config cfg{{}, cfg_.keep_output, row.order, cfg_.trust};
  x.actor = self_->spawn<caf::monitored>(attempt_from_row, ctx_, cfg, queues_[x.queue].batch,
                                         caf::actor_cast<attempt_listener>(self_), std::move(row));
  x.adopted = true;
  by_actor_[x.actor.id()] = id;
}

// --- letters -----------------------------------------------------------------------------------

std::string ce_shell::refusal_of(const ce::hand_over& x, std::size_t& queue) const {
  queue = no_queue;
  for (std::size_t i = 0; i < queues_.size(); ++i)
    if (queues_[i].id == x.queue)
      queue = i;
  if (queue == no_queue)
    return "there is no queue " + x.queue.text() + " here";
  const auto& vos = queues_[queue].set_up.vos;
  if (draining_)
    return "the CE is draining" + (draining_->empty() ? "" : ": " + *draining_);
  if (!vos.empty() && std::ranges::find(vos, x.who.vo) == vos.end())
    return fmt::format("queue {} does not take jobs of VO '{}'", x.queue.text(), x.who.vo);
  if (x.needs.wall_time > queues_[queue].set_up.max_wall)
    return fmt::format("queue {} runs jobs for at most {} min", x.queue.text(),
                       queues_[queue].set_up.max_wall.count());
  if (by_actor_.size() >= cfg_.max_attempts)
    return fmt::format("this CE has {} attempts already", by_actor_.size());
  auto figures = figures_.find(queue);
  if (figures != figures_.end() && figures->second.waiting >= queues_[queue].set_up.max_waiting)
    return fmt::format("{} jobs wait in queue {} already", figures->second.waiting, x.queue.text());
  return {};
}

ce_shell::entry& ce_shell::spawn(const ce::hand_over& x) {
  std::size_t queue = no_queue;
  attempt_config cfg{refusal_of(x, queue), cfg_.keep_output, next_order_++, cfg_.trust};
  auto& made = attempts_[x.attempt];
  made.wms = x.wms;
  made.queue = queue;
  made.cpus = x.needs.cpus;
  made.vo = x.who.vo;
  auto batch = queue == no_queue ? batch_actor{} : queues_[queue].batch;
  made.actor = self_->spawn<caf::monitored>(attempt_from_letter, ctx_, cfg, batch,
                                            caf::actor_cast<attempt_listener>(self_));
  by_actor_[made.actor.id()] = x.attempt;
  count(made, ce::attempt_state::registered);
  return made;
}

caf::result<received> ce_shell::on_hand_over(letter<ce::hand_over>& x) {
  auto i = attempts_.find(x.what.attempt);
  if (i != attempts_.end() && !i->second.actor)
    return accept(x.from, x.what.attempt, "hand-over");
  auto& entry = i != attempts_.end() ? i->second : spawn(x.what);
  bound(x.what.needs, entry.queue);
  return self_->delegate(entry.actor, std::move(x));
}

caf::result<received> ce_shell::on_cancel(letter<ce::cancel_attempt>& x) {
  auto i = attempts_.find(x.what.attempt);
  if (i == attempts_.end())
    return note_early_cancel(x);
  if (!i->second.actor)
    return accept(x.from, x.what.attempt, "cancel");
  return self_->delegate(i->second.actor, std::move(x));
}

void ce_shell::mark_cancelled(const ce::early_cancel& x) {
  auto& made = attempts_[x.attempt];
  made.queue = no_queue;
  made.state = ce::attempt_state::cancelled;
  made.released = true;
  made.over = x.at;
}

caf::result<received> ce_shell::note_early_cancel(letter<ce::cancel_attempt>& x) {
  ce::early_cancel note{x.what.attempt, x.what.reason, ctx_.clock.wall(self_->clock().now())};
  mark_cancelled(note);
  store::step step;
  step.accept(x.from);
  step.put(storage::family::ce_attempts, storage::early_cancel_key(x.what.attempt),
           storage::early_cancel_value(note));
  auto answer = self_->make_response_promise<received>();
  self_->request(ctx_.store, store_limit, std::move(step))
      .then([answer](const store::committed&) mutable { answer.deliver(received{}); },
            [this, answer](caf::error& e) mutable {
              answer.deliver(e);
              self_->quit(e);
            });
  return answer;
}

caf::result<received> ce_shell::on_token(letter<ce::token_answer>& x) {
  auto i = attempts_.find(x.what.attempt);
  if (i == attempts_.end() || !i->second.actor)
    return accept(x.from, x.what.attempt, "token");
  return self_->delegate(i->second.actor, std::move(x));
}

caf::result<received> ce_shell::on_release(letter<ce::release>& x) {
  auto i = attempts_.find(x.what.attempt);
  if (i == attempts_.end() || !i->second.actor)
    return accept(x.from, x.what.attempt, "release");
  return self_->delegate(i->second.actor, std::move(x));
}

/// The letter is about something that is over, or that nobody knows: it must not come again.
caf::result<received> ce_shell::accept(const receipt& from, const ce::attempt_id& who,
                                       std::string_view what) {
  log::debug("ce-letter-late", "a {} for {} attempt {} changes nothing", what, who.job.text(),
             who.number);
  store::step step;
  step.accept(from);
  auto answer = self_->make_response_promise<received>();
  self_->request(ctx_.store, store_limit, std::move(step))
      .then([answer](const store::committed&) mutable { answer.deliver(received{}); },
            [answer](caf::error& e) mutable { answer.deliver(e); });
  return answer;
}

// --- requests ----------------------------------------------------------------------------------

caf::result<ce::leases_renewed> ce_shell::on_renew(const ce::renew_leases& x) {
  ce::leases_renewed out;
  store::step step;
  step.lazy = true; // what is lost ends a lease early, never late
  auto now = self_->clock().now();
  auto until = ctx_.clock.wall(now) + x.time_left;
  for (const auto& id : x.attempts) {
    auto i = attempts_.find(id);
    if (i == attempts_.end() || i->second.released || i->second.wms != x.wms) {
      out.unknown.push_back(id);
    } else if (i->second.actor && !is_final(i->second.state)
               && now + x.time_left - i->second.lease_until >= x.time_left / 10) {
      i->second.lease_until = now + x.time_left;
      self_->send(i->second.actor, attempt_life::renew{x.time_left});
      step.put(storage::family::ce_attempts, storage::lease_key(id), storage::lease_value(until));
    }
  }
  if (!step.changes.empty())
    self_->request(ctx_.store, store_limit, std::move(step))
        .then([](const store::committed&) {},
              [](caf::error& e) {
                log::warn("ce-leases-not-written", "after a restart they end early: {}",
                          from_caf(e).text);
              });
  return out;
}

caf::result<chunk> ce_shell::on_read(const ce::read_file& x) {
  auto i = attempts_.find(x.attempt);
  if (i == attempts_.end() || !i->second.actor)
    return to_caf({errc::not_found, fmt::format("attempt {} of {} has no files here",
                                                x.attempt.number, x.attempt.job.text())});
  return self_->delegate(i->second.actor, x);
}

caf::result<ce::attempt_rows> ce_shell::on_list(const ce::list_attempts& x) const {
  if (!is_operator(x.who))
    return to_caf({errc::denied, x.who.subject + " is no operator of this CE"});
  auto rows = storage::all_attempts(*ctx_.rows);
  if (!rows)
    return to_caf(rows.why());
  auto now = ctx_.clock.wall(self_->clock().now());
  ce::attempt_rows out;
  for (auto& row : *rows) {
    ce::attempt_row next{row.task.attempt, std::move(row.facts), {}};
    auto lease = ctx_.rows->get(storage::family::ce_attempts, storage::lease_key(next.attempt));
    if (lease && *lease && !is_final(next.facts.state))
      next.lease_left
          = std::chrono::duration_cast<std::chrono::seconds>(storage::read_lease(**lease) - now);
    out.attempts.push_back(std::move(next));
  }
  return out;
}

caf::result<ce::drained> ce_shell::on_drain(const ce::drain& x) {
  if (!is_operator(x.who))
    return to_caf({errc::denied, x.who.subject + " is no operator of this CE"});
  store::step step;
  if (x.on)
    step.put(storage::family::ce_attempts, std::string{storage::drain_key}, x.reason);
  else
    step.erase(storage::family::ce_attempts, std::string{storage::drain_key});
  auto answer = self_->make_response_promise<ce::drained>();
  self_->request(ctx_.store, store_limit, std::move(step))
      .then(
          [this, answer, x](const store::committed&) mutable {
            draining_ = x.on ? std::optional{x.reason} : std::nullopt;
            log::info(x.on ? "ce-drains" : "ce-drains-no-more", "by {}: {}", x.who.subject,
                      x.reason);
            for (auto& q : queues_)
              note_news(q, cfg_.advertise_least);
            answer.deliver(ce::drained{});
          },
          [answer](caf::error& e) mutable { answer.deliver(e); });
  return answer;
}

// --- what attempts tell ------------------------------------------------------------------------

void ce_shell::count(entry& x, ce::attempt_state to) {
  auto add = [&](ce::attempt_state state, std::uint32_t by) {
    auto& f = figures_[x.queue];
    if (runs(state))
      f.running += by, f.cpus_running += by * x.cpus;
    else if (waits(state))
      f.waiting += by, f.cpus_waiting += by * x.cpus;
  };
  if (x.counted)
    add(x.state, static_cast<std::uint32_t>(-1));
  x.counted = true;
  x.state = to;
  add(to, 1);
  if (x.queue < queues_.size())
    note_news(queues_[x.queue], cfg_.advertise_least);
}

void ce_shell::on_moved(const attempt_life::moved& x) {
  auto i = attempts_.find(x.attempt);
  if (i == attempts_.end())
    return;
  auto& attempt = i->second;
  auto was_live = !is_final(attempt.state);
  count(attempt, x.state);
  attempt.released = x.released;
  if (x.released)
    attempt.over = ctx_.clock.wall(self_->clock().now());
  if (was_live && x.state == ce::attempt_state::done_ok && attempt.queue < queues_.size()) {
    auto& mean = queues_[attempt.queue].mean_wall_s;
    mean = mean == 0 ? x.wall_s : mean * 0.9 + x.wall_s * 0.1;
  }
}

/// An attempt ended by itself when it was released, else it is started again from its row.
void ce_shell::attempt_down(const caf::actor_addr& who, const caf::error& why) {
  auto i = by_actor_.find(who.id());
  if (i == by_actor_.end())
    return;
  auto id = i->second;
  by_actor_.erase(i);
  auto& x = attempts_[id];
  x.actor = nullptr;
  if (x.released)
    return;
  log::warn("attempt-restarts", "{} attempt {}: {}", id.job.text(), id.number,
            why ? from_caf(why).text : "it ended");
  auto rows = storage::all_attempts(*ctx_.rows);
  auto found = rows ? std::ranges::find(*rows, id, [](const auto& r) { return r.task.attempt; })
                    : std::vector<ce::attempt_record>::iterator{};
  count(x, ce::attempt_state::purged);
  x.counted = false;
  if (rows && found != rows->end())
    adopt(std::move(*found));
  else
    attempts_.erase(id); // it was never written: the letter will come again
}

ce_router_actor::behavior_type computing_element(ce_shell::pointer self, node_context ctx,
                                                 ce_config cfg) {
  auto& shell = self->state;
  shell.start(self, std::move(ctx), std::move(cfg));
  return {
      [&shell](letter<ce::hand_over>& x) { return shell.on_hand_over(x); },
      [&shell](letter<ce::cancel_attempt>& x) { return shell.on_cancel(x); },
      [&shell](letter<ce::token_answer>& x) { return shell.on_token(x); },
      [&shell](letter<ce::release>& x) { return shell.on_release(x); },
      [&shell](const ce::renew_leases& x) { return shell.on_renew(x); },
      [&shell](const ce::read_file& x) { return shell.on_read(x); },
      [&shell](const ce::list_attempts& x) { return shell.on_list(x); },
      [&shell](const ce::drain& x) { return shell.on_drain(x); },
      [&shell](const attempt_life::moved& x) { shell.on_moved(x); },
      [&shell](const ce_life::advertise_tick& x) { shell.on_advertise_tick(x); },
      [&shell](ce_life::inventory_tick x) { shell.take_inventory(x.full); },
      [&shell](ce_life::purge_tick) { shell.purge_some(); },
      [&shell](const supervision::get_children& x) { return shell.on_children(x); },
  };
}

} // namespace trellis
