#pragma once
/// A source file as the tidy checks see it: its path in the tree, its text, and its text without
/// comments, literals and preprocessor lines. Every form has the same lines, so places agree.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::tidy {

struct source {
  source(std::string path, std::string text);

  bool is_header() const { return path.ends_with(".hpp"); }

  /// Below this folder, which is written with its final slash.
  bool below(std::string_view folder) const { return path.starts_with(folder); }

  std::string path; ///< from the root of the tree, as in "actors/ce/lifecycle.hpp"
  std::string text;
  std::string code; ///< `text` with comments, literals and preprocessor lines as blanks
};

struct include {
  std::size_t line = 0;
  std::string file;  ///< without quotes or angle brackets
  bool ours = false; ///< written with quotes
};

/// A function body: where it opens, where it closes, and how its head began.
struct body {
  std::size_t first_line = 0;
  std::size_t last_line = 0;
  std::string head;
};

std::vector<std::string_view> lines_of(std::string_view text);
std::vector<include> includes_of(const source& file);

/// Every function at namespace or class scope, and every lambda in a table. What stands inside a
/// function belongs to it.
std::vector<body> functions_of(const source& file);

} // namespace trellis::tidy
