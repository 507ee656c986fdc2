#pragma once
/// Tokens of ClassAd text. The lexer keeps places and refuses what it cannot read with a sentence.
#include "protocols/classad/text.hpp"

namespace trellis::classad {

enum class token_kind : std::uint8_t {
  end,
  bad, // see `error`
  integer,
  real,
  string,
  name,        // an identifier; `quoted` for 'any text'
  punctuation, // `text` holds it
};

struct token {
  token_kind kind = token_kind::end;
  place at;
  std::string text; // of names, strings (unescaped) and punctuation
  std::int64_t integer = 0;
  double real = 0;
  bool quoted = false;
  bool negative = false;     // a sign that belongs to the number
  std::size_t ends_at = 0;   // offset past the token
  std::size_t begins_at = 0; // offset of its first byte
};

class lexer {
public:
  lexer(std::string_view text, const read_options& options) : text_(text), options_(options) {}

  token next();

  /// Goes on behind the next `n` bytes, which are known, and end with a `;`.
  void pass(std::size_t n) {
    advance(n);
    after_operand_ = false;
  }

  const std::string& error() const { return error_; }

private:
  bool skip_blanks();
  bool skip_block_comment();
  void advance(std::size_t n);
  token number(token t);
  token string(token t, char quote);
  token old_string(token t);
  token punctuation(token t);
  bool escape(std::string& out);
  token fail(token t, std::string why);

  char peek(std::size_t n = 0) const { return at_ + n < text_.size() ? text_[at_ + n] : '\0'; }

  std::string_view text_;
  const read_options& options_;
  std::size_t at_ = 0;
  place place_{1, 1};
  std::string error_;
  bool after_operand_ = false; // a '-' here is the binary operator
};

} // namespace trellis::classad
