#include "protocols/voms/lists.hpp"

#include "protocols/gsi/vomsdir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis::voms {

namespace {

/// Longer than any AC; more seconds are cut to it.
constexpr long long most_seconds = 100LL * 365 * 24 * 3600;

} // namespace

std::optional<std::vector<std::string_view>> elements(std::string_view list, std::size_t most) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    auto end = std::min(list.find(','), list.size());
    if (end > 0) {
      if (out.size() == most)
        return std::nullopt;
      out.push_back(list.substr(0, end));
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

result<gsi::fqan> parse_ordered(std::string_view text) {
  auto colon = text.find(':');
  if (colon == text.npos)
    return gsi::fqan::parse(text);
  return gsi::fqan::parse(fmt::format("{}/Role={}", text.substr(0, colon), text.substr(colon + 1)));
}

std::string ordered_text(const gsi::fqan& x) {
  return x.role.empty() ? x.group : x.group + ":" + x.role;
}

result<done> add_targets(std::string_view list, request& to) {
  auto all = elements(list, request::max_targets);
  if (!all || to.targets.size() + all->size() > request::max_targets)
    return error{errc::malformed, "more than 64 targets are asked for"};
  for (auto x : *all) {
    if (!gsi::is_server_host(x))
      return error{errc::malformed, fmt::format("the target '{}' is no host name", x)};
    to.targets.emplace_back(x);
  }
  return done{};
}

result<done> add_order(std::string_view list, request& to) {
  auto all = elements(list, request::max_wishes);
  if (!all || to.order.size() + all->size() > request::max_wishes)
    return error{errc::malformed, "more than 512 FQANs are to be put in order"};
  for (auto x : *all) {
    auto one = parse_ordered(x);
    if (!one)
      return one.why();
    to.order.push_back(*std::move(one));
  }
  return done{};
}

result<done> set_lifetime(std::string_view number, request& to) {
  long long seconds = 0;
  auto [end, why] = std::from_chars(number.data(), number.data() + number.size(), seconds);
  if (why != std::errc{} || end != number.data() + number.size())
    return error{errc::malformed, fmt::format("the lifetime '{}' is no number of seconds", number)};
  to.lifetime.reset();
  if (seconds > 0)
    to.lifetime = std::chrono::seconds{std::min(seconds, most_seconds)};
  return done{};
}

} // namespace trellis::voms
