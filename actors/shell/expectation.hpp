#pragma once
/// `expect [not] TEXT|/REGEX/ | expect exit N, [within TIME] [in COMMAND...]`: what a script says
/// must hold. Without a command it is about the output (results and errors) and exit code of the
/// last one; with `within` the command is repeated until it holds or the time is over.
#include "protocols/base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace trellis::shell {

struct expectation {
  bool negated = false, is_regex = false;
  std::string text; // what is looked for
  std::optional<int> exit_code;
  std::optional<std::chrono::milliseconds> within;
  std::vector<std::string> command; // empty: the last one

  /// Whether it holds for what a command printed and ended with.
  bool holds(const std::string& output, int code) const;
  std::string print() const;
};

/// The words behind `expect`. Errors: `usage`.
result<expectation> parse_expectation(const std::vector<std::string>& words);

} // namespace trellis::shell
