#pragma once
/// What operators ask of a node: its status, the supervision tree, letters that wait, giving up a
/// peer. Acts are for operators and leave a row in the audit family. It also says when the node's
/// certificates are about to end.
#include "runtime/interfaces/node.hpp"
#include "runtime/interfaces/post.hpp"
#include "runtime/link/directory_actor.hpp"
#include "runtime/node/certificate_watch.hpp"
#include "runtime/node/context.hpp"

#include <memory>

namespace trellis {

struct node_actor_config {
  std::string version;
  std::vector<role> roles;
  link_directory_actor links;
  post_actor post;
  caf::strong_actor_ptr root; // of the supervision tree; null: no tree is listed
  std::chrono::milliseconds clock_warn{5'000};
  std::uint64_t disk_low_bytes = 0;
  /// Where certificates are; null: there are none to look after (simulation).
  std::shared_ptr<const config::node> files;
  std::chrono::milliseconds look_every{60'000};
};

node_actor spawn_node_actor(caf::actor_system& in, node_context ctx, node_actor_config config);

} // namespace trellis
