#include "protocols/names/job_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis {
namespace {

constexpr std::string_view alphabet
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view scheme = "https://";
constexpr std::size_t unique_size = 22;

} // namespace

result<job_id> job_id::parse(std::string_view text) {
  auto bad = [&](std::string_view why) {
    return error{errc::malformed,
                 fmt::format("'{}' is not a job id: {}", text.substr(0, 300), why)};
  };
  if (!text.starts_with(scheme))
    return bad("it must begin with https://");
  auto rest = text.substr(scheme.size());
  auto slash = rest.find('/');
  auto colon = rest.find(':');
  if (slash == rest.npos || colon == rest.npos || colon > slash)
    return bad("expected https://<host>:<port>/<unique>");
  auto host = host_name::parse(rest.substr(0, colon));
  if (!host)
    return bad("its host name is not one");
  auto port = rest.substr(colon + 1, slash - colon - 1);
  std::uint16_t number = 0;
  auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (ec != std::errc{} || end != port.data() + port.size() || number == 0 || port.front() == '0')
    return bad("its port is not a number from 1 to 65535");
  auto unique = rest.substr(slash + 1);
  if (unique.size() != unique_size || unique.find_first_not_of(alphabet) != unique.npos)
    return bad("its last part must be 22 characters from A-Z a-z 0-9 - _");
  job_id out;
  out.text_ = text;
  out.text_.replace(scheme.size(), host->text().size(), host->text()); // in lower case
  return out;
}

job_id job_id::make(const host_name& lb, std::uint16_t port,
                    const std::array<std::uint8_t, 16>& random) {
  std::string unique;
  std::uint32_t bits = 0;
  int have = 0;
  for (auto byte : random) {
    bits = (bits << 8) | byte;
    for (have += 8; have >= 6; have -= 6)
      unique += alphabet[(bits >> (have - 6)) & 63];
  }
  unique += alphabet[(bits << (6 - have)) & 63];
  job_id out;
  out.text_ = fmt::format("https://{}:{}/{}", lb.text(), port, unique);
  return out;
}

host_name job_id::lb() const {
  if (text_.empty())
    return {};
  auto rest = std::string_view{text_}.substr(scheme.size());
  return *host_name::parse(rest.substr(0, rest.find(':')));
}

std::string_view job_id::unique() const {
  auto all = std::string_view{text_};
  return all.substr(all.size() - std::min(unique_size, all.size()));
}

} // namespace trellis
