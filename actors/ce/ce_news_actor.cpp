/// What a CE tells the information supermarkets about its queues.
#include "actors/ce/ce_actor.hpp"
#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>

namespace trellis {

namespace {

constexpr auto call_limit = std::chrono::seconds{20};

} // namespace

ce::queue_state ce_shell::state_of(const queue_entry& x) const {
  ce::queue_state out;
  out.id = x.id;
  out.site = ctx_.site;
  out.status = draining_ ? "Draining" : "Production";
  out.vos = x.set_up.vos;
  out.software = x.set_up.software;
  out.slots = x.set_up.slots;
  out.max_wall = x.set_up.max_wall;
  out.max_cpu = x.set_up.max_cpu;
  out.max_total = x.set_up.slots + x.set_up.max_waiting;
  out.memory_mib = x.set_up.memory_mib;
  out.smp_size = x.set_up.smp_size;
  out.mean_wall_s = x.mean_wall_s;
  auto f = figures_.find(static_cast<std::size_t>(&x - queues_.data()));
  if (f != figures_.end()) {
    out.running = f->second.running;
    out.waiting = f->second.waiting;
    out.cpus_running = f->second.cpus_running;
    out.cpus_waiting = f->second.cpus_waiting;
  }
  return out;
}

/// It is told by then, with what else happens until then.
void ce_shell::note_news(queue_entry& x, std::chrono::milliseconds in) {
  x.news = true;
  tick_in(in);
}

void ce_shell::tick_in(std::chrono::milliseconds delay) {
  auto when = self_->clock().now() + delay;
  if (news_due_ && *news_due_ <= when)
    return;
  news_due_ = when;
  self_->delayed_send(self_, delay, ce_life::advertise_tick{false, when});
}

void ce_shell::on_advertise_tick(const ce_life::advertise_tick& tick) {
  if (tick.full)
    self_->delayed_send(self_, cfg_.advertise_every, ce_life::advertise_tick{true, {}});
  else if (news_due_ != tick.when)
    return; // an earlier one came before it
  else
    news_due_.reset();
  for (auto& x : queues_) {
    if (tick.full && x.set_up.ask_totals)
      ask_totals(x);
    if (std::exchange(x.news, false) || tick.full)
      x.missed = {cfg_.advertise_to.begin(), cfg_.advertise_to.end()};
    if (!x.missed.empty())
      advertise(x, std::exchange(x.missed, {}));
  }
}

void ce_shell::ask_totals(queue_entry& x) {
  auto index = static_cast<std::size_t>(&x - queues_.data());
  self_->request(x.batch, call_limit, batch::get_totals{})
      .then(
          [this, index](const batch::totals& now) {
            auto& to = queues_[index];
            if (std::exchange(to.set_up.slots, now.slots) != now.slots)
              note_news(to, cfg_.advertise_least);
            if (now.memory_mib > 0)
              to.set_up.memory_mib = now.memory_mib;
          },
          [this, index](caf::error& e) {
            log::warn("ce-totals-unknown", "{}: {}", queues_[index].id.text(), from_caf(e).text);
          });
}

void ce_shell::advertise(queue_entry& x, const std::set<host_name>& to) {
  info::advertise ad{x.id, ce::advertisement(state_of(x)), cfg_.advertisement_life, ++x.serial};
  for (const auto& host : to) {
    auto failed = [this, host, &x](caf::error& e) {
      log::debug("ce-not-advertised", "to {}: {}", host.text(), from_caf(e).text);
      x.missed.insert(host);
      tick_in(cfg_.advertise_again);
    };
    self_
        ->request(ctx_.directory, call_limit,
                  directory::find{
                      address{role::info, host, 0}
    })
        .then(
            [this, ad, failed](directory::found& found) {
              self_->request(caf::actor_cast<info_actor>(found.handle), call_limit, ad)
                  .then([](const info::advertised&) {}, failed);
            },
            failed);
  }
}

} // namespace trellis
