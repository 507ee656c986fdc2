#pragma once
/// How much a block of text says: `-v 0..3`, as the gLite user interface had it.
#include "actors/shell/session.hpp"

#include <fmt/format.h>

namespace trellis::shell {

inline constexpr option_row event_verbosity{"-v,--verbosity", "0..3",
                                            "How much a block says; 0 by default."};
inline constexpr option_row status_verbosity{"-v,--verbosity", "0..3",
                                             "How much the block says; 1 by default."};

/// Errors: `usage`.
inline result<int> verbosity_of(const arguments& given, std::string_view fallback) {
  auto text = given.text_or("--verbosity", fallback);
  if (text.size() != 1 || text[0] < '0' || text[0] > '3')
    return error{errc::usage, fmt::format("'{}' is no verbosity: expected 0, 1, 2 or 3", text)};
  return text[0] - '0';
}

} // namespace trellis::shell
