#pragma once
/// Rates (b/s kb/s Mb/s Gb/s, powers of 1000), parts of the whole (10%, 0.25%), offsets with a sign
/// (+30s, -2min) and counts. `text` writes what the parser reads. Errors: `malformed`, with what
/// would do.
#include "protocols/scenario/scenario.hpp"

namespace trellis::scenario {

/// More would overflow when durations are added up.
inline constexpr milliseconds longest{std::chrono::hours{24 * 10'000}};

result<milliseconds> parse_time(std::string_view text); // at most `longest`
result<bit_rate> parse_rate(std::string_view text);
result<fraction> parse_fraction(std::string_view text); // at most 100%
result<milliseconds> parse_offset(std::string_view text);
result<std::uint64_t> parse_count(std::string_view text);

std::string time_text(milliseconds x);
std::string text(bit_rate x);
std::string text(fraction x);
std::string offset_text(milliseconds x);

} // namespace trellis::scenario
