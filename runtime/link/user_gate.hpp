#pragma once
/// The gate for users of this node: it takes a call that was authenticated at the control socket or
/// the HTTPS front, puts the principal into it, and lets the addressed role answer, here or on a
/// peer.
/// Only rows of crossings with `users` pass. What the message itself says of `who` never counts.
#include "runtime/link/gateway.hpp"
#include "runtime/node/context.hpp"

#include <caf/fwd.hpp>

#include <functional>

namespace trellis::link {

/// Called once, from the actor's thread, with an answer or a failure of the call's number.
using user_reply = std::function<void(frame)>;

struct user_call {
  using stays_at_home = void;
  principal who;
  call what;
  user_reply reply;
};

} // namespace trellis::link

namespace trellis {

using user_gate_actor = caf::typed_actor<told<link::user_call>>;

} // namespace trellis

namespace trellis::link {

struct user_gate_config {
  std::size_t max_open = 8192;              // calls of all users; more are answered `busy`
  std::chrono::milliseconds limit{300'000}; // a call may ask for less time, not for more
};

user_gate_actor spawn_user_gate(caf::actor_system& in, node_context ctx,
                                user_gate_config config = {});

} // namespace trellis::link
