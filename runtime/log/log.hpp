#pragma once
/// Log lines with a stable id and a sentence: log::info("job-resubmitted", "{} goes back", id).
///
/// Ids are what tests, traces and operators match on: lower case with hyphens, never changed once
/// released. The sentence is for people. Lines go to stderr: text on a terminal, one JSON object a
/// line otherwise. Any bytes are safe in it: what is not UTF-8 or would steer a terminal is
/// escaped. Every function may be called from any thread at any time, before `set_up` too.
#include "protocols/base/result.hpp"

#include <fmt/core.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis::log {

enum class level : std::uint8_t { debug, info, warn, error };

std::string_view word(level x);
result<level> parse_level(std::string_view word);

enum class form : std::uint8_t { automatic, text, json };

struct settings {
  level least = level::info; // lines below it are not written
  form how = form::automatic;
  std::string host; // in each JSON line
};

/// For the whole process; at its start and when its configuration changes.
void set_up(const settings& x);

/// Lines of this level are written, or collected by somebody.
bool wanted(level x);

/// The one place where lines leave. Collectors see the text as it was given.
void write(level how, std::string_view id, std::string_view text);

template <class... Args>
void put(level how, std::string_view id, fmt::string_view sentence, const Args&... args) {
  if (wanted(how))
    write(how, id, fmt::vformat(sentence, fmt::make_format_args(args...)));
}

template <class... Args>
void debug(std::string_view id, fmt::format_string<const Args&...> sentence, const Args&... args) {
  put(level::debug, id, sentence, args...);
}

template <class... Args>
void info(std::string_view id, fmt::format_string<const Args&...> sentence, const Args&... args) {
  put(level::info, id, sentence, args...);
}

template <class... Args>
void warn(std::string_view id, fmt::format_string<const Args&...> sentence, const Args&... args) {
  put(level::warn, id, sentence, args...);
}

template <class... Args>
void error(std::string_view id, fmt::format_string<const Args&...> sentence, const Args&... args) {
  put(level::error, id, sentence, args...);
}

struct line {
  level how = level::info;
  std::string id, text;
};

/// Takes every line of the process while it lives, of each level, instead of stderr. For tests.
class collector {
public:
  collector();
  ~collector();
  collector(const collector&) = delete;
  collector& operator=(const collector&) = delete;

  std::vector<line> lines() const;

  std::size_t count(std::string_view id) const;

  /// The text of the last line with this id; empty when there is none.
  std::string last(std::string_view id) const;

private:
  friend void write(level how, std::string_view id, std::string_view text);
  void add(line x);

  mutable std::vector<line> lines_;
};

} // namespace trellis::log
