#pragma once
/// How a log line looks. Plain functions: the time is an argument.
#include "runtime/log/log.hpp"

#include <chrono>

namespace trellis::log {

using log_time = std::chrono::sys_time<std::chrono::microseconds>;

/// {"time":"2026-03-01T10:00:00.000001Z","level":"info","id":"...","host":"...","text":"..."}
std::string json_line(log_time when, level how, std::string_view id, std::string_view host,
                      std::string_view text);

/// 10:00:00.000 warn  link-refused  sentence. Further lines of the sentence are indented.
std::string text_line(log_time when, level how, std::string_view id, std::string_view text);

/// The inside of a JSON string. Bytes that are not UTF-8 (RFC 3629) become U+FFFD, one each.
std::string json_escaped(std::string_view text);

/// For a terminal: control characters and bytes that are not UTF-8 as \xNN; newline and tab stay.
std::string terminal_safe(std::string_view text);

} // namespace trellis::log
