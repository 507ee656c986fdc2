#pragma once
/// The post of a node. Outgoing: one window of letters a stream, sent when the link is up, again
/// after a silence or a new connection, until acknowledged. Incoming: letters are laid before the
/// addressed actor in order; an acknowledgement leaves only after the actor's step with the
/// receipt is on disk. Letters to roles of the same node take the same way, without a link.
#include "runtime/interfaces/post.hpp"
#include "runtime/node/context.hpp"

namespace trellis {

struct post_config {
  /// Letters sent ahead of the last acknowledgement. Too low: the link idles. Too high: a slow
  /// actor's mailbox grows.
  std::size_t window = 1024;
  /// After this silence letters are sent again. Too low: repeats under load.
  std::chrono::milliseconds silence{5'000};
  /// From the first letter that was taken to its acknowledgement. Nothing waits for it but the
  /// sender's rows. Too high: its outbox looks longer than it is.
  std::chrono::milliseconds ack_pause{100};
};

post_actor spawn_post(caf::actor_system& system, node_context context, post_config config = {});

} // namespace trellis
