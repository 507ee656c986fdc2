/// What a CE and a WMS tell each other after a silence: which attempts live, and which are stale.
#include "actors/ce/ce_actor.hpp"
#include "runtime/interfaces/wms.hpp"
#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace trellis {

namespace {
constexpr auto call_limit = std::chrono::seconds{20};
} // namespace

void ce_shell::take_inventory_soon(const host_name& wms) {
  inventory_due_.insert(wms);
  if (!std::exchange(inventory_soon_, true))
    self_->delayed_send(self_, cfg_.inventory_again, ce_life::inventory_tick{false});
}

void ce_shell::take_inventory(bool full) {
  if (full)
    self_->delayed_send(self_, cfg_.inventory_every, ce_life::inventory_tick{true});
  else
    inventory_soon_ = false;
  auto due = std::exchange(inventory_due_, {});
  std::map<host_name, std::vector<ce::attempt_id>> mine;
  if (full || !due.empty())
    for (const auto& [id, x] : attempts_)
      if (x.actor && !is_final(x.state) && (full || due.contains(x.wms)))
        mine[x.wms].push_back(id);
  for (auto& [wms, ids] : mine)
    ask_inventory(wms, std::move(ids));
}

void ce_shell::confirm(const std::vector<ce::attempt_id>& asked,
                       const std::vector<ce::attempt_id>& stale) {
  for (const auto& id : asked)
    if (std::ranges::find(stale, id) == stale.end())
      if (auto i = attempts_.find(id);
          i != attempts_.end() && i->second.actor && std::exchange(i->second.adopted, false))
        self_->send(i->second.actor, attempt_life::confirmed{});
}

void ce_shell::ask_inventory(const host_name& wms, std::vector<ce::attempt_id> mine) {
  auto failed = [this, wms](caf::error& e) {
    log::debug("ce-inventory-waits", "{}: {}", wms.text(), from_caf(e).text);
    take_inventory_soon(wms);
  };
  self_
      ->request(ctx_.directory, call_limit,
                directory::find{
                    address{role::wms, wms, 0}
  })
      .then(
          [this, wms, mine, failed](directory::found& found) {
            self_
                ->request(caf::actor_cast<wms_actor>(found.handle), call_limit,
                          wms::inventory{ctx_.host, mine})
                .then(
                    [this, wms, mine](const wms::inventory_answer& x) {
                      confirm(mine, x.stale);
                      for (const auto& id : x.stale)
                        if (auto i = attempts_.find(id); i != attempts_.end() && i->second.actor) {
                          log::warn("stale-attempt-killed",
                                    "{} attempt {} is ended: {} had given it up", id.job.text(),
                                    id.number, wms.text());
                          self_->send(i->second.actor,
                                      attempt_life::end{ce::end_cause::stale,
                                                        wms.text() + " had given it up"});
                        }
                    },
                    failed);
          },
          failed);
}

} // namespace trellis
