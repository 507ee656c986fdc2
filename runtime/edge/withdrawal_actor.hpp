#pragma once
/// Watches the VOMS servers of this node and of its peers, one question to each at a time, so that
/// what they take back counts here at once; after a failure it asks again until it is answered.
#include "runtime/edge/withdrawals.hpp"
#include "runtime/interfaces/voms.hpp"
#include "runtime/node/context.hpp"

#include <functional>

namespace trellis::edge {

struct withdrawal_config {
  std::vector<host_name> servers;
  /// Everything that this server has taken back; called by the actor.
  std::function<void(const host_name& server, const withdrawals::table& all)> tell;
  std::chrono::milliseconds wait{20'000}; // of one question
  std::chrono::milliseconds again{500};   // after a failure
};

/// One more server; one that is watched already is no news.
struct watch_server {
  using stays_at_home = void;
  host_name host;
};

using withdrawal_actor = caf::typed_actor<told<watch_server>>;

withdrawal_actor spawn_withdrawal_watch(caf::actor_system& in, node_context ctx,
                                        withdrawal_config config);

} // namespace trellis::edge
