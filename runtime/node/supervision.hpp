#pragma once
/// Failure is a design: every service of a node runs under a supervisor that starts it again, and
/// that falls itself when this does not help; then the node falls, and is started anew as a whole.
///
/// A supervisor is what others hold a handle of. It hands each message on to the present child,
/// with its sender and number, so that answers go straight back. While the child starts again,
/// messages wait (bounded; beyond that requests are answered `busy`). What the dead child had begun
/// to answer is lost: who asked sees an error or a time-out.
#include "protocols/node/messages.hpp"
#include "runtime/interfaces/base.hpp"
#include "runtime/node/children.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace trellis::supervision {

/// More restarts within this time, and the supervisor falls.
struct restart_limit {
  std::uint32_t restarts = 3;
  std::chrono::milliseconds within{60'000};
};

/// Messages that wait while a child starts again.
inline constexpr std::size_t waiting_messages = 10'000;

/// The pause before the n-th restart in the window: it doubles from 100 ms, up to 5 s.
std::chrono::milliseconds pause_before(std::uint32_t restart);

/// Starts a child that is ready when it has been spawned.
using make_child = std::function<caf::strong_actor_ptr()>;

/// Sent `user_shutdown`, it ends its child and, when that is gone, itself.
caf::strong_actor_ptr spawn_supervisor(caf::actor_system& in, std::string path, make_child make,
                                       restart_limit limit = {});

/// Somebody whose end is the node's end, in the order of their start.
struct watched {
  using stays_at_home = void;
  std::string path;
  caf::strong_actor_ptr who;
  bool supervisor = false;   // understands get_row
  bool has_children = false; // what it supervises understands get_children
};

/// The root of the tree: watches, and calls `fallen` once when one of them ends in another way than
/// by `user_shutdown`. Sent a `watched`, it watches that too. It lives until it is sent an exit.
caf::strong_actor_ptr spawn_root(caf::actor_system& in,
                                 std::function<void(const std::string& why)> fallen);

/// Asked of the root: the tree below `subtree` (a path or the beginning of one). The actors below a
/// role are counted, and listed when the role itself or one of them is asked for.
struct get_tree {
  using stays_at_home = void;
  std::string subtree;
};

} // namespace trellis::supervision
