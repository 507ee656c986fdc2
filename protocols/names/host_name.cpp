#include "protocols/names/host_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis {
namespace {

bool is_label_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool is_label(std::string_view s) {
  return !s.empty() && s.size() <= 63 && s.front() != '-' && s.back() != '-'
         && std::ranges::all_of(s, is_label_char);
}

} // namespace

result<host_name> host_name::parse(std::string_view text) {
  std::string lower{text.substr(0, 254)};
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  auto bad = [&] { return error{errc::malformed, fmt::format("'{}' is not a host name", lower)}; };
  if (lower.empty() || lower.size() > 253)
    return bad();
  for (std::string_view rest = lower;;) {
    auto dot = rest.find('.');
    if (!is_label(rest.substr(0, dot)))
      return bad();
    if (dot == rest.npos)
      break;
    rest.remove_prefix(dot + 1);
  }
  host_name out;
  out.text_ = std::move(lower);
  return out;
}

} // namespace trellis
