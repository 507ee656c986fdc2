#pragma once
/// What links, stubs, the post and the directory tell a gateway. One gateway a peer; it lives as
/// long
/// as the node, over all connections to that peer.
#include "protocols/node/messages.hpp"
#include "runtime/interfaces/post.hpp"
#include "runtime/link/connection.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>

#include <memory>

namespace trellis::link {

/// A new connection; the one before it, if any, is over.
struct link_up {
  using stays_at_home = void;
  std::uint64_t connection = 0;
  std::shared_ptr<trellis::link::connection> via;
  std::string direction, remote; // in | out, and the other end's address, for the status
};

/// Ignored unless `connection` is the present one.
struct link_down {
  using stays_at_home = void;
  std::uint64_t connection = 0;
  std::string why;
};

/// One message of the peer, not read yet.
struct arrived {
  using stays_at_home = void;
  std::uint64_t connection = 0;
  std::string bytes;
};

/// An attempt to reach the peer failed: for the status.
struct dial_failed {
  using stays_at_home = void;
  std::string why;
};

/// From now on the peer may reach this actor under this role.
struct serves {
  using stays_at_home = void;
  role which{};
  std::uint32_t instance = 0;
  caf::strong_actor_ptr handle;
};

/// Makes the answer's message of its body.
using answer_reader = result<caf::message> (*)(std::string_view body);

/// A call of a stub. The answer is a message of the stub's interface, made by `read`; with null
/// nobody waits.
struct outgoing {
  using stays_at_home = void;
  call what;
  answer_reader read = nullptr;
};

/// Stands for the type that `outgoing::read` makes; never sent.
struct carried {
  using stays_at_home = void;
};

/// A look at the calls that nobody answered.
struct sweep {
  using stays_at_home = void;
};

/// The clocks were too far apart at this connection's hello; a new one measures again.
struct measure_again {
  using stays_at_home = void;
  std::uint64_t connection = 0;
};

/// By now the peer should have said who it is.
struct hello_due {
  using stays_at_home = void;
  std::uint64_t connection = 0;
};

struct get_row {
  using stays_at_home = void;
};

} // namespace trellis::link

namespace trellis {

using gateway_actor = carrier_actor::extend<
    told<link::link_up>, told<link::link_down>, told<link::arrived>, told<link::dial_failed>,
    told<link::serves>, told<link::sweep>, told<link::measure_again>, told<link::hello_due>,
    asked<link::outgoing, link::carried>, asked<link::get_row, node::link_row>>;

} // namespace trellis
