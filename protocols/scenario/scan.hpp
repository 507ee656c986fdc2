#pragma once
/// The text of a scenario file as statements: words with their places, `[ ... ]` blocks of JDL,
/// and the lines of a trace between two lines `----`.
#include "protocols/scenario/text.hpp"

namespace trellis::scenario {

/// A word, or `key=value`. Quotes and their escapes (`\"`, `\\`) are resolved.
struct word {
  std::string key, text;
  place at, text_at;
  bool quoted = false;
};

struct block_line {
  std::string text; // blanks squeezed
  place at;
};

struct statement {
  std::vector<word> words; // at least one
  place end;               // past the last word
  std::string jdl;
  place jdl_at;
  bool has_block = false;
  std::vector<block_line> block;
};

/// Adds what does not read to `problems`; places in them, no file.
std::vector<statement> scan(std::string_view text, std::vector<problem>& problems);

/// Words apart by single blanks, none at the ends.
std::string squeezed(std::string_view text);

} // namespace trellis::scenario
