#include "protocols/names/address.hpp"

#include <fmt/format.h>

#include <charconv>

namespace trellis {

std::optional<role> role_from(std::string_view word) {
  for (const auto& row : role_rows)
    if (row.word == word)
      return row.which;
  return std::nullopt;
}

std::string text(const address& x) {
  if (x.instance == 0)
    return fmt::format("{}@{}", word(x.to), x.host.text());
  return fmt::format("{}/{}@{}", word(x.to), x.instance, x.host.text());
}

result<address> parse_address(std::string_view text) {
  auto bad
      = error{errc::malformed, fmt::format("'{}' is not an address: expected role[/instance]@host",
                                           text.substr(0, 300))};
  auto at = text.find('@');
  if (at == text.npos)
    return bad;
  auto head = text.substr(0, at);
  auto slash = head.find('/');
  auto which = role_from(head.substr(0, slash));
  auto host = host_name::parse(text.substr(at + 1));
  if (!which || !host)
    return bad;
  address out{*which, std::move(*host), 0};
  if (slash != head.npos) {
    auto number = head.substr(slash + 1);
    auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), out.instance);
    if (ec != std::errc{} || end != number.data() + number.size())
      return bad;
  }
  return out;
}

} // namespace trellis
