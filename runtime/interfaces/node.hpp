#pragma once
/// What operators ask of every node.
#include "protocols/node/messages.hpp"
#include "runtime/interfaces/base.hpp"

namespace trellis {

using node_actor
    = caf::typed_actor<asked<node::get_status, node::status>,       // roles, links, warnings
                       asked<node::list_actors, node::actor_rows>,  // the supervision tree
                       asked<node::list_outbox, node::outbox_rows>, // letters that wait
                       asked<node::forget, node::forgotten>>;       // a peer is gone for good

inline constexpr crossing node_crossings[] = {
    may_cross<node::get_status>(0x0501, role::node, users),
    may_cross<node::list_actors>(0x0502, role::node, users),
    may_cross<node::list_outbox>(0x0503, role::node, users),
    may_cross<node::forget>(0x0504, role::node, users),
};

namespace node {
template <class Message>
constexpr std::span<const crossing> table_for(const Message*) {
  return node_crossings;
}
} // namespace node

} // namespace trellis
