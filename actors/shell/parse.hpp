#pragma once
/// From words to a command and its arguments, for the command line and the shell alike.
#include "actors/shell/session.hpp"

#include <span>
#include <string>
#include <vector>

namespace trellis::shell {

/// The options that every command takes.
extern const std::span<const option_row> common_options;

struct parsed_words {
  const command* what = nullptr; // null: only help was asked for
  arguments given;
  preferences wanted;
  std::string help; // to be printed; then nothing is done
};

/// Reads `job submit x.jdl --wait`. Errors: `usage`, with the command whose help explains it in
/// `about`.
result<parsed_words> parse_words(std::span<const command* const> commands,
                                 const std::vector<std::string>& words, std::string* about);

/// Reads the words of one command that stands alone, as the old names do.
result<parsed_words> parse_operands(const command& what, const std::vector<std::string>& words);

/// A line of a script or of the shell, split as `sh` does: blanks, quotes, backslashes, comments.
result<std::vector<std::string>> split_line(std::string_view line);

} // namespace trellis::shell
