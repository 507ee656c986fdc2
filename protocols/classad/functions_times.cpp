#include "protocols/classad/functions.hpp"
#include "protocols/classad/times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace trellis::classad::functions {

value epoch_time(call_frame& f) { return value::of(f.e.context().now_s); }

value current_time(call_frame& f) {
  return value::of(absolute_time{f.e.context().now_s, f.e.context().zone_offset_s});
}

value zone_offset(call_frame& f) {
  return value::of(relative_time{static_cast<double>(f.e.context().zone_offset_s)});
}

value day_time(call_frame& f) {
  auto c = to_calendar(f.e.context().now_s, f.e.context().zone_offset_s);
  return value::of(relative_time{c.hours * 3600.0 + c.minutes * 60.0 + c.seconds});
}

/// Tags: 0 year, 1 month, 2 day of month, 3 day of year, 4 day of week, 5 days, 6 hours, 7 minutes,
/// 8 seconds. The calendar's are for absolute times, days for relative ones.
value time_field(call_frame& f) {
  auto x = f.arg(0);
  if (x.is_undefined())
    return x;
  if (auto t = x.absolute()) {
    auto c = to_calendar(t->seconds, f.e.context().zone_offset_s);
    const std::int64_t fields[]
        = {c.year, c.month, c.day, c.year_day, c.weekday, 0, c.hours, c.minutes, c.seconds};
    return f.tag == 5 ? value::error() : value::of(fields[f.tag]);
  }
  auto r = x.relative();
  if (!r || f.tag < 5 || !(std::fabs(r->seconds) < 1e15))
    return value::error();
  auto s = static_cast<std::int64_t>(r->seconds);
  const std::int64_t fields[] = {s / 86400, s % 86400 / 3600, s % 3600 / 60, s % 60};
  return value::of(fields[f.tag - 5]);
}

namespace {

ad fields_of(const absolute_time& t) {
  auto c = to_calendar(t.seconds, t.offset);
  const std::pair<std::string_view, std::int64_t> fields[] = {
      {"Year",    c.year   },
      {"Month",   c.month  },
      {"Day",     c.day    },
      {"Hours",   c.hours  },
      {"Minutes", c.minutes},
      {"Seconds", c.seconds},
      {"Offset",  t.offset },
  };
  ad x;
  x.insert("Type", make_literal(value::of(std::string{"AbsoluteTime"})));
  for (const auto& [name, v] : fields)
    x.insert(name, make_literal(value::of(v)));
  return x;
}

/// The sign goes to the first part that is not zero.
ad fields_of(const relative_time& t) {
  auto total = std::min(std::fabs(t.seconds), 1e15);
  auto whole = static_cast<std::int64_t>(total);
  auto seconds = static_cast<double>(whole % 60) + (total - static_cast<double>(whole));
  std::int64_t parts[] = {whole / 86400, whole % 86400 / 3600, whole % 3600 / 60};
  if (t.seconds < 0) {
    auto first = std::find_if(std::begin(parts), std::end(parts), [](auto p) { return p != 0; });
    if (first != std::end(parts))
      *first = -*first;
    else
      seconds = -seconds;
  }
  ad x;
  x.insert("Type", make_literal(value::of(std::string{"RelativeTime"})));
  x.insert("Days", make_literal(value::of(parts[0])));
  x.insert("Hours", make_literal(value::of(parts[1])));
  x.insert("Minutes", make_literal(value::of(parts[2])));
  x.insert("Seconds", make_literal(value::of(seconds)));
  return x;
}

/// A number of seconds since the epoch or an absolute time.
std::optional<absolute_time> instant(call_frame& f, const value& x) {
  if (auto t = x.absolute())
    return *t;
  auto zone = f.e.context().zone_offset_s;
  if (auto i = x.integer())
    return absolute_time{*i, zone};
  if (auto r = x.real(); r && std::fabs(*r) < 1e15)
    return absolute_time{static_cast<std::int64_t>(*r), zone};
  return std::nullopt;
}

} // namespace

value split_time(call_frame& f) {
  auto x = f.arg(0);
  if (x.is_undefined())
    return x;
  if (auto r = x.relative())
    return value::of(ad_value{fields_of(*r), nullptr});
  auto t = instant(f, x);
  return t ? value::of(ad_value{fields_of(*t), nullptr}) : value::error();
}

namespace {

/// Reads back what splitTime makes.
calendar calendar_of(call_frame& f, const ad_value& x) {
  auto field = [&](std::string_view name, int otherwise) {
    auto what = x.what.find(name);
    auto v = what ? f.e.enter(*what, x.where ? x.where : root_scope(x.what)) : value{};
    auto i = v.integer();
    return i && *i >= -9999 && *i <= 9999 ? static_cast<int>(*i) : otherwise;
  };
  calendar c;
  c.year = field("Year", 1900);
  c.month = std::clamp(field("Month", 1), 1, 12);
  c.day = std::clamp(field("Day", 1), 1, 31);
  c.hours = field("Hours", 0);
  c.minutes = field("Minutes", 0);
  c.seconds = field("Seconds", 0);
  auto date = fmt::format("{:04}-{:02}-{:02}", c.year, c.month, c.day);
  if (auto t = read_absolute_time(date, 0)) {
    auto day = to_calendar(t->seconds, 0);
    c.weekday = day.weekday;
    c.year_day = day.year_day;
  }
  return c;
}

} // namespace

value format_time(call_frame& f) {
  auto x = f.size() == 0 ? value::of(f.e.context().now_s) : f.arg(0);
  auto format = f.size() == 2 ? f.arg(1) : value::of(std::string{"%c"});
  for (auto v : {&x, &format})
    if (v->is_error())
      return value::error();
  for (auto v : {&x, &format})
    if (v->is_undefined())
      return value{};
  auto t = instant(f, x);
  if ((!t && !x.nested()) || !format.string())
    return value::error();
  auto c = t ? to_calendar(t->seconds, t->offset) : calendar_of(f, *x.nested());
  return f.e.sized(format_calendar(c, *format.string()));
}

/// `days+hh:mm:ss` with the days three wide; leading parts that are zero are left out.
value interval(call_frame& f) {
  auto x = f.arg(0);
  if (x.is_undefined())
    return x;
  auto r = x.integer() ? x : as_real(x);
  auto v = r.real() ? truncated(*r.real()) : r;
  if (!v.integer())
    return value::error();
  auto total = *v.integer();
  auto minus = total < 0 ? "-" : "";
  auto s = total < 0 ? 0 - static_cast<std::uint64_t>(total) : static_cast<std::uint64_t>(total);
  auto days = s / 86400, hours = s / 3600 % 24, minutes = s / 60 % 60, seconds = s % 60;
  if (days)
    return value::of(fmt::format("{:>3}+{:02}:{:02}:{:02}", fmt::format("{}{}", minus, days), hours,
                                 minutes, seconds));
  if (hours)
    return value::of(fmt::format("{}{}:{:02}:{:02}", minus, hours, minutes, seconds));
  if (minutes)
    return value::of(fmt::format("{}{}:{:02}", minus, minutes, seconds));
  return value::of(fmt::format("{}{}", minus, seconds));
}

/// absTime(), absTime(text or time [, zone]): the zone is seconds east of UTC or a relative time.
value to_absolute_time(call_frame& f) {
  if (f.size() == 0)
    return current_time(f);
  arguments a{f};
  if (a.early)
    return *a.early;
  std::optional<absolute_time> t;
  if (auto s = a.v[0].string())
    t = read_absolute_time(*s, f.e.context().zone_offset_s);
  else if (auto r = a.v[0].relative(); r && std::fabs(r->seconds) < 1e15)
    t = absolute_time{static_cast<std::int64_t>(r->seconds), f.e.context().zone_offset_s};
  else
    t = instant(f, a.v[0]);
  if (!t)
    return value::error();
  if (f.size() == 2) {
    if (!a.v[1].integer() && !a.v[1].real() && !a.v[1].relative())
      return value::error();
    constexpr double half_a_day = 14 * 3600;
    auto zone = *as_real(a.v[1]).real();
    if (!(std::fabs(zone) <= half_a_day))
      return value::error();
    t->offset = static_cast<std::int32_t>(zone);
  }
  return value::of(*t);
}

value to_relative_time(call_frame& f) {
  auto x = f.arg(0);
  if (x.relative() || x.is_undefined())
    return x;
  if (auto s = x.string()) {
    auto t = read_relative_time(*s);
    return t ? value::of(*t) : value::error();
  }
  if (!x.integer() && !x.real() && !x.absolute())
    return value::error();
  auto s = *as_real(x).real();
  return std::isfinite(s) ? value::of(relative_time{s}) : value::error();
}

} // namespace trellis::classad::functions
