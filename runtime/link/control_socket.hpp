#pragma once
/// The control socket of a node: a local stream socket; each message is a length (u32, little
/// endian)
/// and a list of frames. The node speaks first, with its hello or with the failure that says why it
/// does not serve this user. Who asks is what the kernel says, through `authenticate`.
///
/// One thread serves all connections and never waits for one of them: a client that does not read
/// is
/// cut off when its answers fill its buffer, a client that has too many calls open is not read
/// from,
/// a message that does not come to its end is given up.
///
/// Every refusal has a log id: control-refused-user, control-refused-connections,
/// control-oversized,
/// control-unreadable, control-slow.
#include "runtime/link/local_users.hpp"
#include "runtime/link/user_gate.hpp"

#include <memory>

namespace trellis::link {

struct control_config {
  std::string path;
  hello greeting; // the node's names and roles
  /// Clients at once, of all users; and of one user, so that one does not keep out the others.
  std::size_t connections = 256, connections_of_user = 64;
  std::size_t open_calls = 256;                    // of one connection; more wait in its socket
  std::size_t buffer_bytes = 8u << 20;             // of answers that one connection does not read
  std::chrono::milliseconds message_limit{30'000}; // from the first byte of a message to its last
};

/// Errors are sent to the client.
using authenticator = std::function<result<principal>(const peer_identity&)>;

class control_socket {
public:
  /// Removes the socket of a node that has ended; `exists` when a node listens there, `usage` for a
  /// path that is too long, `storage` when it cannot be made.
  static result<std::unique_ptr<control_socket>> open(control_config config, authenticator who,
                                                      user_gate_actor gate);

  /// Ends all connections and the thread, and removes the socket.
  ~control_socket();

  control_socket(const control_socket&) = delete;
  control_socket& operator=(const control_socket&) = delete;

private:
  class server;
  explicit control_socket(std::shared_ptr<server> x);
  std::shared_ptr<server> server_;
};

} // namespace trellis::link
