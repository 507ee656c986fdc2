#pragma once
/// The post of a node: it brings letters from the outbox to their node and lays arrived ones before
/// the addressed actor. Gateways carry; the post decides what is due.
#include "protocols/link/frames.hpp"
#include "runtime/interfaces/base.hpp"

#include <memory>

namespace trellis {

namespace link {
struct peer_rights;
} // namespace link

namespace post {

/// Frames to send to the peer of a gateway, in order. Lost when the link is down: the post sends
/// again after the next hello.
struct carry {
  using stays_at_home = void;
  link::message frames;
};

} // namespace post

/// What the post asks of a gateway.
using carrier_actor = caf::typed_actor<told<post::carry>>;

namespace post {

/// The store committed these letters; they have their numbers now. All from this node.
struct committed_letters {
  using stays_at_home = void;
  std::vector<link::parcel> letters;
};

/// The hello of a peer was accepted. `connection` tells an old carrier's last words from the new
/// one's.
struct peer_up {
  using stays_at_home = void;
  host_name peer;
  std::uint64_t connection = 0;
  carrier_actor carrier;
  std::string birth, incarnation;      // of the peer's store
  std::vector<link::inbox_mark> marks; // what the peer has of our streams
};

struct peer_down {
  using stays_at_home = void;
  host_name peer;
  std::uint64_t connection = 0;
};

/// Parcels and acknowledgements of one message, in order. The gateway has checked that `peer` may
/// send each of these types; for whom the letters in them may speak is for the post to see, by
/// `rights`. Without rights it may speak for itself alone.
struct arrived {
  using stays_at_home = void;
  host_name peer;
  std::uint64_t connection = 0;
  std::vector<link::parcel> parcels;
  std::vector<link::ack> acks;
  std::shared_ptr<const link::peer_rights> rights = nullptr;
};

/// How far the peer's streams have come here: for our hello to it.
struct get_marks {
  using stays_at_home = void;
  host_name peer;
};

struct marks {
  using stays_at_home = void;
  std::vector<link::inbox_mark> of_peer;
};

/// How many letters wait, by peer.
struct get_depths {
  using stays_at_home = void;
};

struct depth {
  host_name peer;
  std::uint64_t letters = 0, bytes = 0;
};

struct depths {
  using stays_at_home = void;
  std::vector<depth> by_peer;
};

} // namespace post

using post_actor = caf::typed_actor<told<post::committed_letters>,          // from the store
                                    told<post::peer_up>,                    // from a gateway
                                    told<post::peer_down>,                  // from a gateway
                                    told<post::arrived>,                    // from a gateway
                                    asked<post::get_marks, post::marks>,    // for a hello
                                    asked<post::get_depths, post::depths>>; // for the node's status

} // namespace trellis
