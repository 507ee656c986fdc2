#include "actors/shell/json_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>

namespace trellis::shell {

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

void json_writer::body(const lb::event_body& x) {
  out_ += "{\"event\": ";
  out_ += json_string(word(lb::kind_of(x)));
  auto before = std::exchange(first_, false);
  std::visit([this](const auto& y) { fields(y); }, x);
  first_ = before;
  out_ += '}';
}

} // namespace trellis::shell
