#pragma once
/// The seam between commands and a grid: who is attached to, and one call that takes bytes to an
/// address and brings bytes back. Behind it is the control socket of a node, or a fake in tests.
#include "runtime/interfaces/operations.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace trellis::shell {

/// The node whose control socket is used, as its hello said.
struct attached_node {
  host_name host;
  std::vector<role> roles;
};

/// A proxy that the node keeps for its owner.
struct kept_proxy {
  std::string id, subject, vo;
  std::vector<std::string> fqans;
  bool limited = false;
  std::chrono::system_clock::time_point expires;
};
TRELLIS_INSPECT(kept_proxy, id, subject, vo, fqans, limited, expires)

/// What is wished of a delegation.
struct delegation_wish {
  std::string id; // empty: the usual one of this user and these FQANs
  std::chrono::sys_seconds now{};
  std::chrono::seconds valid{std::chrono::hours{12}};
  bool limited = false;
};

class grid {
public:
  virtual ~grid() = default;

  virtual const attached_node& node() const = 0;

  /// One request and its answer. Blocks at most for `limit`, then `timed_out`; `site_unreachable`
  /// when the node cannot be reached or hangs up; other errors as the role addressed gives them.
  virtual result<std::string> exchange(const address& to, std::uint16_t type, std::string body,
                                       std::chrono::milliseconds limit)
      = 0;

  /// Many requests of one type; answers in their order. One after the other where nothing better is
  /// known; over a socket many are in flight.
  virtual std::vector<result<std::string>> exchange_all(const address& to, std::uint16_t type,
                                                        std::vector<std::string> bodies,
                                                        std::chrono::milliseconds limit) {
    std::vector<result<std::string>> answers;
    for (auto& body : bodies)
      answers.push_back(exchange(to, type, std::move(body), limit));
    return answers;
  }

  /// Gives the node a proxy of the user's credential. Only who comes over HTTPS shows one.
  virtual result<kept_proxy> delegate(const delegation_wish&) {
    return error{errc::usage, "cannot delegate over a control socket: the user of a node's own "
                              "machine shows no proxy; give the --endpoint of its HTTPS front"};
  }

  /// Whether the node keeps proxies of those who come to it.
  virtual bool takes_delegations() const { return false; }

  /// The user's usual delegation, made anew when it ends before `until` or is not there.
  virtual result<kept_proxy> delegate_unless_kept(const delegation_wish& x,
                                                  std::chrono::sys_seconds) {
    return delegate(x);
  }

  /// Those of the user that the node has. None over a control socket.
  virtual result<std::vector<kept_proxy>> delegations() { return std::vector<kept_proxy>{}; }
};

inline constexpr std::chrono::seconds usual_limit{60};

template <class Response>
result<Response> read_answer(const address& from, const result<std::string>& bytes) {
  if (!bytes)
    return bytes.why();
  auto x = wire::decode<Response>(*bytes, {16, 1u << 20});
  if (!x)
    return error{errc::malformed,
                 text(from)
                     + " answered in words that this program does not know: " + x.why().text};
  return x;
}

/// Asks and reads the answer. `who` in requests stays empty: the node fills in who asks.
template <class Request>
result<response_of<Request>> ask(grid& nodes, const address& to, const Request& what,
                                 std::chrono::milliseconds limit = usual_limit) {
  auto bytes = nodes.exchange(to, operation_of<Request>().number, wire::encode(what), limit);
  return read_answer<response_of<Request>>(to, bytes);
}

} // namespace trellis::shell
