#include "protocols/names/ce_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace trellis {
namespace {

constexpr std::array<std::string_view, 3> prefixes{"trellis-", "jobmanager-", "cream-"};

bool is_word(std::string_view s, std::string_view extra) {
  return !s.empty() && s.size() <= 64 && std::ranges::all_of(s, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || extra.find(c) != extra.npos;
  });
}

} // namespace

result<ce_id> ce_id::parse(std::string_view text) {
  auto bad = [&] {
    return error{errc::malformed,
                 fmt::format("'{}' is not a CE id: expected <host>:<port>/trellis-<lrms>-<queue>",
                             text.substr(0, 300))};
  };
  auto colon = text.find(':');
  auto slash = text.find('/');
  if (colon == text.npos || slash == text.npos || colon > slash)
    return bad();
  auto host = host_name::parse(text.substr(0, colon));
  auto port = text.substr(colon + 1, slash - colon - 1);
  std::uint16_t number = 0;
  auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (!host || ec != std::errc{} || end != port.data() + port.size() || number == 0)
    return bad();
  auto rest = text.substr(slash + 1);
  auto prefix = std::ranges::find_if(prefixes, [&](auto p) { return rest.starts_with(p); });
  if (prefix == prefixes.end())
    return bad();
  auto tail = rest.substr(prefix->size());
  auto dash = tail.find('-');
  if (dash == tail.npos || !is_word(tail.substr(0, dash), "_")
      || !is_word(tail.substr(dash + 1), "-_."))
    return bad();
  ce_id out;
  out.text_ = fmt::format("{}:{}/{}", host->text(), number, rest);
  out.host_ = std::move(*host);
  out.lrms_ = tail.substr(0, dash);
  out.queue_ = tail.substr(dash + 1);
  return out;
}

result<ce_id> ce_id::make(const host_name& host, std::uint16_t port, std::string_view lrms,
                          std::string_view queue) {
  return parse(fmt::format("{}:{}/trellis-{}-{}", host.text(), port, lrms, queue));
}

} // namespace trellis
