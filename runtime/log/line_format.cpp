#include "runtime/log/line_format.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdint>

namespace trellis::log {

namespace {

/// The length of the well-formed UTF-8 sequence at the start of `s`, or 0 (RFC 3629, section 4).
std::size_t utf8_length(std::string_view s) {
  auto at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  auto first = at(0);
  if (first < 0x80)
    return 1;
  std::size_t n = first >= 0xC2 && first <= 0xDF   ? 2
                  : first >= 0xE0 && first <= 0xEF ? 3
                  : first >= 0xF0 && first <= 0xF4 ? 4
                                                   : 0;
  if (n == 0 || s.size() < n)
    return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((at(i) & 0xC0) != 0x80)
      return 0;
  bool overlong = (first == 0xE0 && at(1) < 0xA0) || (first == 0xF0 && at(1) < 0x90);
  bool surrogate = first == 0xED && at(1) > 0x9F;
  bool too_big = first == 0xF4 && at(1) > 0x8F;
  return overlong || surrogate || too_big ? 0 : n;
}

/// C1 controls (U+0080 to U+009F) steer terminals as the C0 ones do.
bool steers(std::string_view sequence) {
  auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1)
    return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

void append_json(std::string& out, std::string_view sequence) {
  switch (sequence[0]) {
  case '"':
    out += "\\\"";
    return;
  case '\\':
    out += "\\\\";
    return;
  case '\n':
    out += "\\n";
    return;
  case '\r':
    out += "\\r";
    return;
  case '\t':
    out += "\\t";
    return;
  default:
    break;
  }
  if (sequence.size() == 1 && steers(sequence))
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(sequence[0]));
  else
    out += sequence;
}

} // namespace

std::string json_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    auto n = utf8_length(text);
    if (n == 0)
      out += "\\ufffd";
    else
      append_json(out, text.substr(0, n));
    text.remove_prefix(n == 0 ? 1 : n);
  }
  return out;
}

std::string terminal_safe(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto n = utf8_length(text);
    auto sequence = text.substr(0, n == 0 ? 1 : n);
    if (sequence == "\n" || sequence == "\t" || (n != 0 && !steers(sequence)))
      out += sequence;
    else
      for (unsigned char c : sequence)
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
    text.remove_prefix(sequence.size());
  }
  return out;
}

std::string json_line(log_time when, level how, std::string_view id, std::string_view host,
                      std::string_view text) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  return fmt::format(R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:06}Z","level":"{}","id":"{}","host":"{}",)"
                     R"("text":"{}"}})",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (when - seconds).count(), word(how), json_escaped(id), json_escaped(host),
                     json_escaped(text));
}

std::string text_line(log_time when, level how, std::string_view id, std::string_view text) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  auto out = fmt::format("{:%H:%M:%S}.{:03} {:5} {}  ",
                         fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                         (when - seconds).count() / 1000, word(how), terminal_safe(id));
  for (char c : terminal_safe(text)) {
    out += c;
    if (c == '\n')
      out += "    ";
  }
  return out;
}

} // namespace trellis::log
