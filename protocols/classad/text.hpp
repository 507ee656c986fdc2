#pragma once
/// ClassAds as text: reading and printing. What is printed reads back as the same tree.
///
/// New syntax is `[ name = expression; ... ]` with `//` and `/* */` comments. Two choices where
/// other readers differ: `?:` has the level of `c ? a : b` with or without a blank inside, and an
/// integer literal above int64 is refused. Old syntax is one `Name = expression` a line, where only
/// `\"` is special in a string.
#include "protocols/base/result.hpp"
#include "protocols/classad/ad.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trellis::classad {

enum class syntax : std::uint8_t { new_style, old_style };

struct read_options {
  syntax form = syntax::new_style;
  bool hash_comments = false;       // `#` starts a comment, as in JDL files
  bool brackets_optional = false;   // a top-level ad may stand without `[ ]`
  std::uint32_t max_nesting = 256;  // of brackets, operators on the right, and calls
  std::uint32_t max_height = 4'000; // of the tree: terms in one chain
  std::size_t max_nodes = 1'000'000;
};

/// Why a text is no ClassAd, and where.
struct syntax_error {
  place at;
  std::string text;
};

/// An expression or ad, or the first error. Everything up to the end of the text must belong to it.
class reader {
public:
  explicit reader(read_options options = {}) : options_(options) {}

  /// Null with `error()` set when it does not read.
  expr_ptr read_expression(std::string_view text);
  std::optional<ad> read_ad(std::string_view text);

  const syntax_error& error() const { return error_; }

private:
  read_options options_;
  syntax_error error_;
};

/// A statement of a top-level `[ ]`, by offsets in its text: from its name past its `;`. Both are
/// the same where no `;` ends it.
struct statement {
  std::size_t begins = 0, ends = 0;
  std::size_t nodes = 0; // of its expression
};

/// An ad that was read before, with its text.
struct earlier_ad {
  std::string_view text;
  const ad& value;
  std::span<const statement> statements;
};

/// As `parse_ad` with the usual options. Where `before` has the same attributes in the same order,
/// only statements whose text has changed are read; what is taken over keeps the places of before.
/// Whoever says again and again how it is, as a CE, says mostly the same.
result<ad> parse_ad_again(std::string_view text, const earlier_ad& before,
                          std::vector<statement>& statements);

/// The same with the place in the error's text.
result<expr_ptr> parse_expression(std::string_view text, const read_options& options = {});
result<ad> parse_ad(std::string_view text, const read_options& options = {});

std::string print(const value& x);
std::string print(const expr_ptr& x);
std::string print(const expr& x);
/// `[ a = 1; b = 2 ]` on one line.
std::string print(const ad& x);
/// One attribute a line, nested ads indented.
std::string print_indented(const ad& x);
/// A string as a literal, quoted and escaped.
std::string quote(std::string_view s);
/// A name as it must be written: quoted when it is no identifier or a keyword.
std::string print_name(std::string_view name);
/// 16 digits, more when these do not read back as the same number; always with a point or exponent.
std::string print_real(double x);

} // namespace trellis::classad
