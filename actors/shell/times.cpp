#include "actors/shell/times.hpp"

#include <fmt/format.h>

#include <charconv>

namespace trellis::shell {
namespace {

struct unit {
  std::string_view word;
  std::int64_t milliseconds;
};

constexpr unit units[] = {
    {"",    1'000     },
    {"s",   1'000     },
    {"sec", 1'000     },
    {"ms",  1         },
    {"m",   60'000    },
    {"min", 60'000    },
    {"h",   3'600'000 },
    {"d",   86'400'000},
};

} // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t n = 0;
  auto end = text.data() + text.size();
  auto [rest, ec] = std::from_chars(text.data(), end, n);
  std::string_view word{rest, static_cast<std::size_t>(end - rest)};
  if (ec == std::errc{} && n >= 0 && n <= 1'000'000'000)
    for (const auto& u : units)
      if (u.word == word)
        return std::chrono::milliseconds{n * u.milliseconds};
  return error{errc::usage,
               fmt::format("cannot read '{}' as a duration: expected a number with one of ms, s, "
                           "min, h, d, such as 10min",
                           text)};
}

std::string brief(std::chrono::seconds d) {
  auto s = std::max<std::int64_t>(0, d.count());
  if (s < 120)
    return fmt::format("{}s", s);
  if (s < 120 * 60)
    return fmt::format("{}m", s / 60);
  if (s < 48 * 3600)
    return fmt::format("{}h", s / 3600);
  return fmt::format("{}d", s / 86'400);
}

std::string block_time(const surroundings& world, moment at) {
  auto tm = world.calendar(std::chrono::floor<std::chrono::seconds>(at));
  char text[64];
  auto n = std::strftime(text, sizeof text, "%a %b %d %H:%M:%S %Y %Z", &tm);
  return {text, n};
}

std::string clock_time(const surroundings& world, moment at) {
  auto whole = std::chrono::floor<std::chrono::seconds>(at);
  auto tm = world.calendar(whole);
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at - whole).count();
  return fmt::format("{:02}:{:02}:{:02}.{:03}", tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}

} // namespace trellis::shell
