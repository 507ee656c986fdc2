/// What a CE keeps of attempts that are over for good, what a queue gives to those that ask for
/// nothing, and what an operator sees of those that live.
#include "actors/ce/ce_actor.hpp"
#include "runtime/log/log.hpp"
#include "storage/ce_attempts.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis {

namespace {
constexpr auto store_limit = caf::infinite; // our own: it answers or ends
constexpr std::size_t attempts_a_turn = 1'000;
constexpr auto next_turn = std::chrono::milliseconds{100};
} // namespace

void ce_shell::bound(ce::resources& needs, std::size_t queue) const {
  if (queue >= queues_.size())
    return;
  const auto& of = queues_[queue].set_up;
  if (needs.wall_time.count() <= 0)
    needs.wall_time = of.given_wall;
  if (needs.cpu_time.count() <= 0)
    needs.cpu_time = of.given_cpu * std::max(1u, needs.cpus);
}

void ce_shell::purge_some() {
  auto before = ctx_.clock.wall(self_->clock().now()) - cfg_.keep_released;
  store::step step;
  std::vector<ce::attempt_id> old;
  for (const auto& [id, x] : attempts_) {
    if (!x.released || x.actor || x.over > before || old.size() >= attempts_a_turn)
      continue;
    old.push_back(id);
    step.erase(storage::family::ce_attempts, storage::attempt_key(x.vo, id));
    step.erase(storage::family::ce_attempts, storage::early_cancel_key(id));
  }
  auto more = old.size() == attempts_a_turn;
  self_->delayed_send(self_, more ? next_turn : std::chrono::milliseconds{cfg_.purge_every},
                      ce_life::purge_tick{});
  if (old.empty())
    return;
  self_->request(ctx_.store, store_limit, std::move(step))
      .then(
          [this, old](const store::committed&) {
            for (const auto& id : old)
              if (auto i = attempts_.find(id); i != attempts_.end() && !i->second.actor)
                attempts_.erase(i);
          },
          [](const caf::error& e) {
            log::warn("ce-not-purged", "old attempts stay for now: {}", from_caf(e).text);
          });
}

caf::result<node::actor_rows> ce_shell::on_children(const supervision::get_children& x) {
  std::vector<std::pair<std::string, attempt_actor>> below;
  for (const auto& [id, attempt] : attempts_)
    if (attempt.actor)
      below.emplace_back(fmt::format("{}/{}", id.job.text(), id.number), attempt.actor);
  return supervision::rows_below(self_, x, below);
}

} // namespace trellis
