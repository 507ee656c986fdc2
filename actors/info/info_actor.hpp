#pragma once
/// The information supermarket of a node: it takes the advertisements of CEs, publishes immutable
/// snapshots to the matchmaker, and answers what is known. Soft state, kept lazily on disk so that
/// matching goes on at once after a restart.
#include "actors/info/snapshot.hpp"
#include "runtime/interfaces/info.hpp"
#include "runtime/node/clock.hpp"
#include "runtime/node/context.hpp"

#include <optional>

namespace trellis::info {

struct info_config {
  std::chrono::milliseconds pause{50};     // between two snapshots while much is said
  std::chrono::seconds max_validity{3600}; // an advertisement asking for more gets this
  std::size_t max_ces = 10'000;            // more are refused as busy
  std::size_t max_ad_bytes = 256 * 1024;
};

/// To oneself: publish, or look for what has ended.
struct due {
  using stays_at_home = void;
};

using info_keeper = info_actor::extend<told<due>>;

struct info_shell {
  info_keeper::pointer self = nullptr;
  node_context ctx;
  info_config config;
  supermarket ads;
  std::shared_ptr<const snapshot> latest;
  std::vector<info_listener> listeners;
  std::map<ce_id, ce_state_ptr> unsaved;
  bool changed = false;
  steady_time published{};
  steady_time due_at{}; // the timer that is on its way; the epoch: none

  static inline const char* name = "info";

  void start();
  ce::moment wall() const;
  void wake_at(steady_time when);
  caf::result<advertised> on_advertise(advertise& x);
  caf::result<ce_list> on_list(const list_ces& x) const;
  void on_subscribe(const subscribe& x);
  void on_due();
  void publish();
  void save();
};

info_keeper::behavior_type info(info_keeper::stateful_pointer<info_shell> self, node_context ctx,
                                info_config config);

} // namespace trellis::info
