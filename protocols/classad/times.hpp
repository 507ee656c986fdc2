#pragma once
/// Times as ClassAds write them: `2004-01-01T00:00:00+0000` and `2+01:14:16.123`.
#include "protocols/classad/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace trellis::classad {

/// A calendar time with its zone; months and days from 1, as people count.
struct calendar {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  int weekday = 4;  // 0 is Sunday
  int year_day = 0; // from 0
};

calendar to_calendar(std::int64_t seconds, std::int32_t offset);

/// Reads dates with or without a time, `Z` or `+hhmm` or `+hh:mm` zones, and a stray colon after
/// the `T`. Without a zone it is in `default_offset`.
std::optional<absolute_time> read_absolute_time(std::string_view s, std::int32_t default_offset);

/// Reads `[-][days+][[hh:]mm:]ss[.fff]` and `1d2h3m4.5s`.
std::optional<relative_time> read_relative_time(std::string_view s);

std::string print_time(const absolute_time& x);
std::string print_time(const relative_time& x);

/// strftime in the C locale, bounded in length; an empty text for a format it cannot do.
std::string format_calendar(const calendar& x, const std::string& format);

} // namespace trellis::classad
