#pragma once
/// A command as a row: what it is called, what it takes, one sentence, one example, and the
/// function that does it. Parsing, `--help`, man pages and completion all read these rows.
#include "protocols/base/result.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::shell {

class session;

struct option_row {
  std::string_view names; // "-i,--input"
  std::string_view value; // what it takes, in capitals; empty: a flag
  std::string_view help;  // one sentence
};

constexpr option_row option(std::string_view names, std::string_view value, std::string_view help) {
  return {names, value, help};
}

constexpr option_row flag(std::string_view names, std::string_view help) {
  return {names, {}, help};
}

/// What was given: options by the longest of their names, and operands.
class arguments {
public:
  bool flag(std::string_view name) const { return given_.find(name) != given_.end(); }

  std::optional<std::string> text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  /// All values of an option that may be repeated.
  std::vector<std::string> all(std::string_view name) const;

  const std::vector<std::string>& operands() const { return operands_; }

  void give(std::string_view name, std::vector<std::string> values) {
    given_[std::string{name}] = std::move(values);
  }

  void operands(std::vector<std::string> x) { operands_ = std::move(x); }

private:
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
  std::vector<std::string> operands_;
};

struct command {
  std::string_view noun, verb;
  std::string_view operands; // as in usage lines: "ID...", "FILE"; empty: none
  int least = 0, most = 0;   // operands; most < 0: no limit
  std::string_view summary;  // one sentence
  std::string_view example;  // one line
  std::span<const option_row> options;
  int (*run)(session&, const arguments&); // gives the exit code
  std::string_view more;                  // further sentences for the manual; may be empty
};

/// The longest name of an option, under which it is looked up.
std::string_view key_of(const option_row& x);

} // namespace trellis::shell
