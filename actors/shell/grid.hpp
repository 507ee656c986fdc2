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

class grid {
public:
  virtual ~grid() = default;

  virtual const attached_node& node() const = 0;

  /// One request and its answer. Blocks at most for `limit`, then `timed_out`; `site_unreachable`
  /// when the node cannot be reached or hangs up; other errors as the role addressed gives them.
  virtual result<std::string> exchange(const address& to, std::uint16_t type, std::string body,
                                       std::chrono::milliseconds limit)
      = 0;
};

inline constexpr std::chrono::seconds usual_limit{60};

/// Asks and reads the answer. `who` in requests stays empty: the node fills in who is at the socket.
template <class Request>
result<response_of<Request>> ask(grid& nodes, const address& to, const Request& what,
                                 std::chrono::milliseconds limit = usual_limit) {
  auto bytes = nodes.exchange(to, operation_of<Request>().number, wire::encode(what), limit);
  if (!bytes)
    return bytes.why();
  auto x = wire::decode<response_of<Request>>(*bytes, {16, 1u << 20});
  if (!x)
    return error{errc::malformed,
                 text(to) + " answered in words that this program does not know: " + x.why().text};
  return x;
}

} // namespace trellis::shell
