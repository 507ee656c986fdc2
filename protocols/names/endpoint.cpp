#include "protocols/names/endpoint.hpp"

#include <fmt/core.h>

#include <charconv>

namespace trellis {

result<endpoint> parse_endpoint(std::string_view text) {
  error bad{errc::malformed, fmt::format("'{}' is no host:port", text)};
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return bad;
  auto host = text.substr(0, colon);
  auto port = text.substr(colon + 1);
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  auto fits = [&](char c) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return word || c == '.' || (bracketed ? c == ':' || c == '%' : c == '-');
  };
  for (char c : host)
    if (!fits(c))
      return bad;
  endpoint out{std::string{host}, 0};
  auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (host.empty() || port.empty() || ec != std::errc{} || end != port.data() + port.size())
    return bad;
  return out;
}

std::string text(const endpoint& x) {
  bool plain = x.host.find(':') == x.host.npos;
  return plain ? fmt::format("{}:{}", x.host, x.port) : fmt::format("[{}]:{}", x.host, x.port);
}

} // namespace trellis
