#pragma once
/// Asks a node through its control socket. No CAF, no threads: one connection, blocking calls with
/// a
/// deadline; `send` and `receive` let many requests be in flight.
///
/// Who asks is found by the node from the socket itself; the `who` of a request is overwritten
/// there.
///
/// Errors: those of the addressed actor; `site_unreachable` when no node listens or it has gone;
/// `timed_out`; `unauthenticated` when the node does not know this user (its text says what to
/// add).
#include "protocols/link/frames.hpp"
#include "runtime/interfaces/operations.hpp"

#include <map>

namespace trellis::link {

/// Where the node's socket is: `node_directory`/node.sock, else $TRELLIS_SOCKET, else
/// $XDG_RUNTIME_DIR/trellis/node.sock when it exists, else /run/trellis/node.sock.
std::string find_control_socket(const std::string& node_directory);

class control_client {
public:
  using milliseconds = std::chrono::milliseconds;

  static constexpr milliseconds usual_limit{60'000};

  static result<control_client> connect(const std::string& path,
                                        milliseconds limit = milliseconds{5'000});

  control_client(control_client&& x) noexcept;
  control_client& operator=(control_client&& x) noexcept;
  ~control_client();

  /// The node at the other end: host, site, roles.
  const hello& node() const { return node_; }

  /// The role of this very node.
  address at(role which) const { return {which, node_.host, 0}; }

  template <class Request>
  result<response_of<Request>> call(const address& to, const Request& x,
                                    milliseconds limit = usual_limit) {
    auto number = send(to, x, limit);
    if (!number)
      return number.why();
    return receive<response_of<Request>>(*number, limit);
  }

  template <class Request>
  result<response_of<Request>> call(role to, const Request& x, milliseconds limit = usual_limit) {
    return call(at(to), x, limit);
  }

  /// Sends a request and gives its number. It blocks while the node takes no more.
  template <class Request>
  result<std::uint64_t> send(const address& to, const Request& x,
                             milliseconds limit = usual_limit) {
    return send_body(to, operation_of<Request>().number, wire::encode(x), limit);
  }

  /// The answer of one number, in whatever order answers come.
  template <class Response>
  result<Response> receive(std::uint64_t number, milliseconds limit = usual_limit) {
    auto body = receive_body(number, limit);
    if (!body)
      return body.why();
    return wire::decode<Response>(*body, {16, 1u << 20});
  }

  /// As above, without types.
  result<std::uint64_t> send_body(const address& to, std::uint16_t type, std::string body,
                                  milliseconds limit);
  result<std::string> receive_body(std::uint64_t number, milliseconds limit);

private:
  using instant = std::chrono::steady_clock::time_point;

  control_client(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  result<done> greet(milliseconds limit);
  result<done> wait(short events, instant until, const char* what);
  result<done> write_all(std::string_view bytes, instant until);
  result<done> read_some();
  result<done> read_message(instant until);
  error gone(const char* what) const;

  int fd_ = -1;
  std::string path_;
  std::string in_; // read, and not yet a whole message
  std::uint64_t last_number_ = 0;
  hello node_;
  bool greeted_ = false;
  std::map<std::uint64_t, result<std::string>> answers_;
};

} // namespace trellis::link
