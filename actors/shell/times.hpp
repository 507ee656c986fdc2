#pragma once
/// Durations and times as people write and read them. Errors: `usage`.
#include "actors/shell/surroundings.hpp"

namespace trellis::shell {

/// "90", "90s", "500ms", "10min", "2h", "1d"; without a unit seconds.
result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "42s", "12m", "3h", "2d": the largest unit that gives at least 2 of it, for tables.
std::string brief(std::chrono::seconds d);

/// "Tue Jan 27 10:33:23 2009 CET": as the status block shows times.
std::string block_time(const surroundings& world, moment at);

/// "10:33:23.433".
std::string clock_time(const surroundings& world, moment at);

} // namespace trellis::shell
