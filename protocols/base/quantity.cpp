#include "protocols/base/quantity.hpp"

#include <fmt/core.h>

#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace trellis {

namespace {

struct unit_row {
  std::string_view word;
  std::uint64_t size;
};

constexpr unit_row times[] = {
    {"d",   86'400'000},
    {"h",   3'600'000 },
    {"min", 60'000    },
    {"s",   1'000     },
    {"ms",  1         }
};

/// Printed in the first that divides; decimal before binary of the same magnitude.
constexpr unit_row sizes[] = {
    {"TB",  1'000'000'000'000},
    {"TiB", 1ull << 40       },
    {"GB",  1'000'000'000    },
    {"GiB", 1u << 30         },
    {"MB",  1'000'000        },
    {"MiB", 1u << 20         },
    {"kB",  1'000            },
    {"KiB", 1u << 10         },
    {"B",   1                }
};

std::optional<std::uint64_t> read(std::string_view text, std::span<const unit_row> units) {
  std::uint64_t n = 0;
  auto last = text.data() + text.size();
  auto [end, ec] = std::from_chars(text.data(), last, n);
  if (ec != std::errc{})
    return {};
  auto word = text.substr(static_cast<std::size_t>(end - text.data()));
  while (!word.empty() && word.front() == ' ')
    word.remove_prefix(1);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  for (const auto& unit : units)
    if (unit.word == word && n <= most / unit.size)
      return n * unit.size;
  return {};
}

std::string print(std::uint64_t n, std::span<const unit_row> units) {
  for (const auto& unit : units)
    if (n != 0 && n % unit.size == 0)
      return fmt::format("{}{}", n / unit.size, unit.word);
  return fmt::format("0{}", units.back().word);
}

} // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (auto n = read(text, times))
    return std::chrono::milliseconds{static_cast<std::int64_t>(*n)};
  return error{errc::malformed,
               fmt::format("'{}' is no duration such as 30min (units: ms s min h d)", text)};
}

result<byte_count> parse_bytes(std::string_view text) {
  if (auto n = read(text, sizes))
    return byte_count{*n};
  return error{
      errc::malformed,
      fmt::format("'{}' is no size such as 64MB (units: B kB MB GB TB KiB MiB GiB TiB)", text)};
}

std::string text(std::chrono::milliseconds x) {
  return print(static_cast<std::uint64_t>(x.count()), times);
}

std::string text(byte_count x) { return print(x.bytes, sizes); }

} // namespace trellis
