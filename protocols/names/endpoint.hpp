#pragma once
/// Where a node listens or is dialled: host:port, 192.0.2.1:9443, [2001:db8::1]:9443. Port 0 lets
/// the system choose (listening only). Errors: `malformed`, with the text that was tried.
#include "protocols/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace trellis {

struct endpoint {
  std::string host; // a name or an address, without brackets
  std::uint16_t port = 0;

  friend auto operator<=>(const endpoint&, const endpoint&) = default;
};

result<endpoint> parse_endpoint(std::string_view text);
std::string text(const endpoint& x);

} // namespace trellis
