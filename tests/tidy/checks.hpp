#pragma once
/// What every source file has to keep. A check gets one file and returns what is wrong with it;
/// the tables say what may stand where, and are the one place to change when a rule changes.
#include "tests/tidy/source.hpp"

namespace trellis::tidy {

struct remark {
  std::string path;
  std::size_t line = 0;
  std::string what;
};

inline constexpr std::size_t line_limit = 100;
inline constexpr std::size_t function_limit = 60;
inline constexpr std::size_t file_limit = 500;

using remarks = std::vector<remark>;

/// No include points upward; `base` and `names` stay at the bottom; rules see only rules.
remarks check_layers(const source& file);

/// A library is included only in its folders.
remarks check_libraries(const source& file);

/// Rules and actors ask no clock, no chance, no thread and no environment; the world may.
remarks check_outside_world(const source& file);

remarks check_function_length(const source& file);
remarks check_file_length(const source& file);
remarks check_line_length(const source& file);

/// A header is guarded by `#pragma once` and says what it is before its first declaration.
remarks check_header(const source& file);

/// Nothing is left for later.
remarks check_words(const source& file);

} // namespace trellis::tidy
