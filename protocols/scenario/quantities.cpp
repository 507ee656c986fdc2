#include "protocols/scenario/quantities.hpp"

#include <fmt/format.h>

#include <charconv>

namespace trellis::scenario {

namespace {

struct unit_row {
  std::string_view word;
  std::uint64_t size;
};

constexpr unit_row rates[] = {
    {"Gb/s", 1'000'000'000},
    {"Mb/s", 1'000'000    },
    {"kb/s", 1'000        },
    {"b/s",  1            }
};

constexpr std::uint64_t fastest = 1'000'000'000'000'000; // bits a second
constexpr std::uint32_t whole = 1'000'000;               // millionths

/// The number that text begins with; the rest stays.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t n = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc{})
    return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return n;
}

error wrong(std::string_view text, std::string_view what) {
  return {errc::malformed, fmt::format("'{}' is no {}", text, what)};
}

} // namespace

result<milliseconds> parse_time(std::string_view text) {
  auto x = parse_duration(text);
  if (x && *x > longest)
    return wrong(text, "duration up to 10000d");
  return x;
}

result<bit_rate> parse_rate(std::string_view text) {
  auto rest = text;
  if (auto n = take_number(rest))
    for (const auto& unit : rates)
      if (unit.word == rest && *n <= fastest / unit.size)
        return bit_rate{*n * unit.size};
  return wrong(text, "rate such as 100Mb/s (units: b/s kb/s Mb/s Gb/s)");
}

result<fraction> parse_fraction(std::string_view text) {
  constexpr std::string_view like = "part such as 30% or 0.5%, at most 100%";
  auto rest = text;
  auto n = take_number(rest);
  if (!n || *n > 100)
    return wrong(text, like);
  auto millionths = *n * 10'000;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::uint64_t digit = 1'000;
    for (; !rest.empty() && rest[0] >= '0' && rest[0] <= '9' && digit > 0; digit /= 10) {
      millionths += digit * static_cast<std::uint64_t>(rest[0] - '0');
      rest.remove_prefix(1);
    }
    if (digit == 1'000)
      return wrong(text, like);
  }
  if (rest != "%" || millionths > whole)
    return wrong(text, like);
  return fraction{static_cast<std::uint32_t>(millionths)};
}

result<milliseconds> parse_offset(std::string_view text) {
  auto sign = text.empty() ? '0' : text[0];
  if (sign == '+' || sign == '-')
    if (auto x = parse_time(text.substr(1)))
      return sign == '+' ? *x : -*x;
  return wrong(text, "offset such as +30s or -2min");
}

result<std::uint64_t> parse_count(std::string_view text) {
  auto rest = text;
  if (auto n = take_number(rest); n && rest.empty())
    return *n;
  return wrong(text, "count: a number without a unit");
}

std::string time_text(milliseconds x) { return x.count() == 0 ? "0s" : trellis::text(x); }

std::string text(bit_rate x) {
  for (const auto& unit : rates)
    if (x.bits_s != 0 && x.bits_s % unit.size == 0)
      return fmt::format("{}{}", x.bits_s / unit.size, unit.word);
  return "0b/s";
}

std::string text(fraction x) {
  auto out = fmt::format("{}", x.millionths / 10'000);
  if (auto rest = x.millionths % 10'000) {
    auto digits = fmt::format("{:04}", rest);
    out += "." + digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return out + "%";
}

std::string offset_text(milliseconds x) {
  return (x.count() < 0 ? "-" : "+") + time_text(x.count() < 0 ? -x : x);
}

} // namespace trellis::scenario
