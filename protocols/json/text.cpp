#include "protocols/json/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace trellis {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (c < 32 || c == 127)
        out += fmt::format("\\u{:04x}", c);
      else if (c < 128)
        out += static_cast<char>(c);
      else if (auto n = utf8_sequence(text.substr(i)); n > 0) {
        out += text.substr(i, n);
        i += n - 1;
      } else
        out += "\\ufffd"; // a byte that is no UTF-8
    }
  }
  return out + '"';
}

std::size_t utf8_sequence(std::string_view s) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  auto first = byte(0);
  std::size_t n = first >= 0xF0 && first < 0xF5   ? 4
                  : first >= 0xE0 && first < 0xF0 ? 3
                  : first >= 0xC2 && first < 0xE0 ? 2
                                                  : 0;
  if (n == 0 || s.size() < n)
    return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  bool surrogate = first == 0xED && byte(1) >= 0xA0;
  bool beyond = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : n;
}

std::string json_number(double x) {
  if (!std::isfinite(x))
    return "null";
  return fmt::format("{}", x);
}

std::string iso_time(std::chrono::sys_time<std::chrono::microseconds> at) {
  auto whole = std::chrono::floor<std::chrono::seconds>(at);
  auto seconds = static_cast<std::time_t>(whole.time_since_epoch().count());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds), (at - whole).count());
}

std::optional<std::chrono::sys_time<std::chrono::microseconds>>
parse_iso_time(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= form.size() || text.back() != 'Z')
    return std::nullopt;
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i])
      return std::nullopt;
  auto part = [&](std::size_t at, std::size_t n) {
    int x = 0;
    for (auto c : text.substr(at, n))
      x = x * 10 + (c - '0');
    return x;
  };
  auto fraction = text.substr(form.size(), text.size() - form.size() - 1);
  if (!fraction.empty()
      && (fraction.size() < 2 || fraction.size() > 7 || fraction[0] != '.'
          || !std::ranges::all_of(fraction.substr(1), is_digit)))
    return std::nullopt;
  int micros = 0;
  for (std::size_t i = 1; i < 7; ++i)
    micros = micros * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  std::chrono::year_month_day date{std::chrono::year{part(0, 4)},
                                   std::chrono::month{static_cast<unsigned>(part(5, 2))},
                                   std::chrono::day{static_cast<unsigned>(part(8, 2))}};
  auto hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute}
         + std::chrono::seconds{second} + std::chrono::microseconds{micros};
}

void json_writer::body(const lb::event_body& x) {
  out_ += "{\"event\": ";
  out_ += json_string(word(lb::kind_of(x)));
  auto before = std::exchange(first_, false);
  std::visit([this](const auto& y) { fields(y); }, x);
  first_ = before;
  out_ += '}';
}

} // namespace trellis
