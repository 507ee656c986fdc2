#include "protocols/classad/times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace trellis::classad {
namespace {

/// Reads along a text; each step says whether it found what it was asked for.
class cursor {
public:
  explicit cursor(std::string_view s) : s_(s) {}

  bool at_end() const { return at_ == s_.size(); }

  char peek() const { return at_end() ? '\0' : s_[at_]; }

  bool take(char c) {
    if (peek() != c)
      return false;
    ++at_;
    return true;
  }

  void blanks() {
    while (peek() == ' ' || peek() == '\t')
      ++at_;
  }

  /// Between `least` and `most` digits.
  std::optional<std::int64_t> digits(std::size_t least, std::size_t most) {
    std::int64_t v = 0;
    std::size_t n = 0;
    for (; n < most && peek() >= '0' && peek() <= '9'; ++n)
      v = v * 10 + (s_[at_++] - '0');
    if (n < least)
      return std::nullopt;
    return v;
  }

  /// Digits with an optional fraction.
  std::optional<double> decimal() {
    auto begin = at_;
    while ((peek() >= '0' && peek() <= '9') || peek() == '.')
      ++at_;
    auto text = std::string{s_.substr(begin, at_ - begin)};
    char* end = nullptr;
    auto v = std::strtod(text.c_str(), &end);
    if (text.empty() || text.size() > 40 || text == "." || *end != '\0')
      return std::nullopt;
    return v;
  }

private:
  std::string_view s_;
  std::size_t at_ = 0;
};

std::int64_t days_from_epoch(std::int64_t year, int month, int day) {
  using namespace std::chrono;
  return sys_days{std::chrono::year{static_cast<int>(year)}
                  / std::chrono::month{static_cast<unsigned>(month)}
                  / std::chrono::day{static_cast<unsigned>(day)}}
      .time_since_epoch()
      .count();
}

/// `Z`, `+hh`, `+hhmm` or `+hh:mm`.
bool read_zone(cursor& c, std::int32_t& offset) {
  if (c.take('Z') || c.take('z')) {
    offset = 0;
    return true;
  }
  bool minus = c.peek() == '-';
  if (!c.take('-') && !c.take('+'))
    return false;
  auto hours = c.digits(2, 2);
  c.take(':');
  auto minutes = c.digits(0, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59)
    return false;
  offset = static_cast<std::int32_t>(*hours * 3600 + *minutes * 60) * (minus ? -1 : 1);
  return true;
}

bool read_clock(cursor& c, std::int64_t& seconds) {
  auto hours = c.digits(2, 2);
  c.take(':');
  auto minutes = c.digits(2, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59)
    return false;
  seconds = *hours * 3600 + *minutes * 60;
  if (c.take(':') || (c.peek() >= '0' && c.peek() <= '9')) {
    auto s = c.digits(2, 2);
    if (!s || *s > 60)
      return false;
    seconds += *s;
    if (c.take('.') && !c.digits(1, 9))
      return false;
  }
  return true;
}

/// `1d2h3m4.5s`, each part at most once and in this order.
std::optional<double> read_units(std::string_view s) {
  constexpr std::pair<char, double> units[] = {
      {'d', 86400},
      {'h', 3600 },
      {'m', 60   },
      {'s', 1    }
  };
  cursor c{s};
  double total = 0;
  std::size_t next = 0;
  bool any = false;
  for (c.blanks(); !c.at_end(); c.blanks()) {
    auto v = c.decimal();
    c.blanks();
    if (!v)
      return std::nullopt;
    auto unit = static_cast<char>(c.peek() | 0x20);
    while (next < std::size(units) && units[next].first != unit)
      ++next;
    if (next == std::size(units))
      return std::nullopt;
    c.take(c.peek());
    total += *v * units[next++].second;
    any = true;
  }
  return any ? std::optional{total} : std::nullopt;
}

/// `[days+][[hh:]mm:]ss[.fff]`
std::optional<double> read_colons(std::string_view s) {
  cursor c{s};
  double total = 0;
  auto v = c.decimal();
  if (v && c.take('+')) {
    total = *v * 86400;
    v = c.decimal();
  }
  double parts = 0;
  int n = 1;
  for (; v && c.take(':'); ++n) {
    if (n == 3)
      return std::nullopt;
    parts = (parts + *v) * 60;
    v = c.decimal();
  }
  c.blanks();
  if (!v || !c.at_end())
    return std::nullopt;
  return total + parts + *v;
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t'))
    s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t'))
    s.remove_suffix(1);
  return s;
}

} // namespace

calendar to_calendar(std::int64_t seconds, std::int32_t offset) {
  using namespace std::chrono;
  // Beyond these years the calendar type ends.
  constexpr std::int64_t bound = 31'556'952LL * 30'000;
  auto t = std::clamp(seconds, -bound, bound) + offset;
  auto day_number = floor<days>(sys_seconds{std::chrono::seconds{t}});
  year_month_day ymd{day_number};
  auto in_day = t - duration_cast<std::chrono::seconds>(day_number.time_since_epoch()).count();
  calendar c;
  c.year = static_cast<int>(ymd.year());
  c.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
  c.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
  c.hours = static_cast<int>(in_day / 3600);
  c.minutes = static_cast<int>(in_day / 60 % 60);
  c.seconds = static_cast<int>(in_day % 60);
  c.weekday = static_cast<int>(weekday{day_number}.c_encoding());
  c.year_day = static_cast<int>((day_number - sys_days{ymd.year() / January / 1}).count());
  return c;
}

std::optional<absolute_time> read_absolute_time(std::string_view s, std::int32_t default_offset) {
  cursor c{trimmed(s)};
  auto year = c.digits(4, 4);
  bool dashes = c.take('-');
  auto month = c.digits(2, 2);
  if (dashes && !c.take('-'))
    return std::nullopt;
  auto day = c.digits(2, 2);
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1)
    return std::nullopt;
  std::chrono::year_month_day date{
      std::chrono::year{static_cast<int>(*year)},
      std::chrono::month{static_cast<unsigned>(*month)},
      std::chrono::day{static_cast<unsigned>(*day)},
  };
  if (!date.ok())
    return std::nullopt;
  absolute_time t;
  t.offset = default_offset;
  t.seconds = days_from_epoch(*year, static_cast<int>(*month), static_cast<int>(*day)) * 86400;
  if (c.take('T') || c.take('t') || c.take(' ')) {
    c.take(':');
    c.blanks();
    std::int64_t clock = 0;
    if (c.peek() >= '0' && c.peek() <= '9' && !read_clock(c, clock))
      return std::nullopt;
    t.seconds += clock;
  }
  c.blanks();
  if (!c.at_end() && (!read_zone(c, t.offset) || !c.at_end()))
    return std::nullopt;
  t.seconds -= t.offset;
  return t;
}

std::optional<relative_time> read_relative_time(std::string_view s) {
  s = trimmed(s);
  bool minus = !s.empty() && s.front() == '-';
  if (minus)
    s.remove_prefix(1);
  auto v = s.find_first_of("dhmsDHMS") != s.npos ? read_units(s) : read_colons(s);
  if (!v)
    return std::nullopt;
  return relative_time{minus ? -*v : *v};
}

std::string print_time(const absolute_time& x) {
  auto c = to_calendar(x.seconds, x.offset);
  auto zone = std::abs(x.offset);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}{:02}", c.year, c.month, c.day,
                     c.hours, c.minutes, c.seconds, x.offset < 0 ? '-' : '+', zone / 3600,
                     zone / 60 % 60);
}

std::string print_time(const relative_time& x) {
  auto total = std::fabs(x.seconds);
  if (!(total < 1e15))
    total = 1e15;
  auto whole = static_cast<std::int64_t>(total);
  // Milliseconds are what is printed; a fraction that rounds up carries.
  auto ms = static_cast<std::int64_t>(std::llround((total - static_cast<double>(whole)) * 1000));
  whole += ms / 1000;
  ms %= 1000;
  auto days = whole / 86400, hours = whole / 3600 % 24, minutes = whole / 60 % 60;
  auto seconds = whole % 60;
  std::string out = x.seconds < 0 && (whole || ms) ? "-" : "";
  if (days)
    out += fmt::format("{}+{:02}:{:02}:{:02}", days, hours, minutes, seconds);
  else if (hours)
    out += fmt::format("{:02}:{:02}:{:02}", hours, minutes, seconds);
  else if (minutes)
    out += fmt::format("{:02}:{:02}", minutes, seconds);
  else
    out += fmt::format("{:02}", seconds);
  if (ms)
    out += fmt::format(".{:03}", ms);
  return out;
}

std::string format_calendar(const calendar& x, const std::string& format) {
  std::tm t{};
  t.tm_year = static_cast<int>(x.year - 1900);
  t.tm_mon = x.month - 1;
  t.tm_mday = x.day;
  t.tm_hour = x.hours;
  t.tm_min = x.minutes;
  t.tm_sec = x.seconds;
  t.tm_wday = x.weekday;
  t.tm_yday = x.year_day;
  std::array<char, 1024> text{};
  auto n = std::strftime(text.data(), text.size(), format.c_str(), &t);
  return {text.data(), n};
}

} // namespace trellis::classad
