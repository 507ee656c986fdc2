#include "protocols/classad/lexer.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace trellis::classad {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

/// Longest first, so that the first that fits is right.
constexpr std::string_view punctuations[] = {
    ">>>", "=?=", "=!=", "&&", "||", "<<", ">>", "<=", ">=", "==", "!=", "[",
    "]",   "{",   "}",   "(",  ")",  ",",  ";",  ":",  "?",  ".",  "=",  "+",
    "-",   "*",   "/",   "%",  "&",  "|",  "^",  "~",  "<",  ">",  "!",
};

} // namespace

void lexer::advance(std::size_t n) {
  for (; n > 0 && at_ < text_.size(); --n, ++at_) {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
  }
}

bool lexer::skip_block_comment() {
  auto end = text_.find("*/", at_ + 2);
  if (end == text_.npos)
    return false;
  advance(end + 2 - at_);
  return true;
}

bool lexer::skip_blanks() {
  for (;;) {
    while (at_ < text_.size() && is_space(text_[at_]))
      advance(1);
    bool line_comment = (peek() == '/' && peek(1) == '/')
                        || (options_.hash_comments && at_ < text_.size() && peek() == '#');
    if (line_comment) {
      auto end = text_.find('\n', at_);
      advance((end == text_.npos ? text_.size() : end) - at_);
    } else if (peek() == '/' && peek(1) == '*') {
      if (!skip_block_comment())
        return false;
    } else {
      return true;
    }
  }
}

token lexer::fail(token t, std::string why) {
  error_ = std::move(why);
  t.kind = token_kind::bad;
  t.ends_at = at_;
  return t;
}

token lexer::next() {
  token t;
  t.at = place_;
  if (!skip_blanks())
    return fail(t, "a comment opened with /* is never closed");
  t.at = place_;
  t.begins_at = at_;
  t.ends_at = at_;
  if (at_ >= text_.size())
    return t;
  char c = peek();
  bool signed_number
      = c == '-' && !after_operand_ && (is_digit(peek(1)) || (peek(1) == '.' && is_digit(peek(2))));
  if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !after_operand_) || signed_number) {
    t = number(t);
  } else if (c == '"') {
    t = options_.form == syntax::old_style ? old_string(t) : string(t, '"');
  } else if (c == '\'') {
    t = string(t, '\'');
  } else if (is_name_start(c)) {
    std::size_t n = 1;
    while (is_name_part(peek(n)))
      ++n;
    t.kind = token_kind::name;
    t.text = std::string{text_.substr(at_, n)};
    advance(n);
  } else {
    t = punctuation(t);
  }
  t.ends_at = at_;
  after_operand_
      = t.kind == token_kind::integer || t.kind == token_kind::real || t.kind == token_kind::string
        || (t.kind == token_kind::name && !equal_ignoring_case(t.text, "is")
            && !equal_ignoring_case(t.text, "isnt"))
        || (t.kind == token_kind::punctuation && (t.text == ")" || t.text == "]" || t.text == "}"));
  return t;
}

token lexer::number(token t) {
  auto begin = at_;
  auto i = at_;
  t.negative = text_[i] == '-';
  i += t.negative ? 1 : 0;
  auto digits = i;
  auto at = [&](std::size_t k) { return k < text_.size() ? text_[k] : '\0'; };
  int base = 10;
  if (at(i) == '0' && (at(i + 1) == 'x' || at(i + 1) == 'X')) {
    base = 16;
    i = digits += 2;
    while (std::isxdigit(static_cast<unsigned char>(at(i))))
      ++i;
    if (i == digits || is_name_part(at(i)) || at(i) == '.')
      return fail(t, "a hexadecimal number needs digits 0-9 and a-f after 0x");
  } else {
    while (is_digit(at(i)))
      ++i;
    bool real = false;
    if (at(i) == '.') {
      if (!is_digit(at(i + 1)))
        return fail(t, "a digit must follow the decimal point");
      real = true;
      for (++i; is_digit(at(i));)
        ++i;
    }
    if (at(i) == 'e' || at(i) == 'E') {
      auto k = i + 1 + (at(i + 1) == '+' || at(i + 1) == '-' ? 1 : 0);
      if (!is_digit(at(k)))
        return fail(t, "an exponent needs digits");
      real = true;
      for (i = k; is_digit(at(i));)
        ++i;
    }
    if (is_name_part(at(i)) || (real && at(i) == '.' && is_digit(at(i + 1))))
      return fail(t, "a number is followed directly by other text");
    if (real) {
      t.kind = token_kind::real;
      t.real = std::strtod(std::string{text_.substr(begin, i - begin)}.c_str(), nullptr);
      if (!std::isfinite(t.real))
        return fail(t, "a real number is out of range");
      advance(i - begin);
      return t;
    }
    if (i - digits > 1 && at(digits) == '0') {
      if (options_.form == syntax::old_style)
        return fail(t, "an integer must not start with 0 in old ClassAd syntax");
      base = 8;
    }
  }
  auto text = (t.negative ? "-" : "") + std::string{text_.substr(digits, i - digits)};
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), t.integer, base);
  if (code == std::errc::result_out_of_range)
    return fail(t, "an integer is out of the range of 64 bits");
  if (end != text.data() + text.size())
    return fail(t, "an octal number has a digit above 7");
  t.kind = token_kind::integer;
  advance(i - begin);
  return t;
}

bool lexer::escape(std::string& out) {
  char c = peek();
  if (c >= '0' && c <= '7') {
    int v = 0;
    std::size_t n = 0;
    while (n < 3 && peek(n) >= '0' && peek(n) <= '7' && v * 8 + (peek(n) - '0') < 256)
      v = v * 8 + (peek(n++) - '0');
    advance(n);
    out += static_cast<char>(v);
    return v != 0;
  }
  constexpr std::string_view from = "abfnrtv", to = "\a\b\f\n\r\t\v";
  auto i = from.find(c);
  out += i != from.npos ? to[i] : c;
  advance(1);
  return c != '\0';
}

token lexer::string(token t, char quote) {
  t.kind = quote == '"' ? token_kind::string : token_kind::name;
  t.quoted = true;
  for (;;) {
    advance(1); // the opening quote
    while (at_ < text_.size() && peek() != quote) {
      if (peek() == '\0')
        return fail(t, "a string must not hold a zero byte");
      if (peek() != '\\') {
        t.text += peek();
        advance(1);
        continue;
      }
      advance(1);
      if (at_ >= text_.size())
        break;
      if (!escape(t.text))
        return fail(t, "a string must not hold a zero byte");
    }
    if (at_ >= text_.size())
      return fail(t, quote == '"' ? "a string is never closed" : "a quoted name is never closed");
    advance(1);
    t.ends_at = at_;
    if (quote != '"')
      return t.text.empty() ? fail(t, "a quoted name must not be empty") : t;
    // Literals with only blanks between them are one.
    auto i = at_;
    while (i < text_.size() && is_space(text_[i]))
      ++i;
    if (i >= text_.size() || text_[i] != '"')
      return t;
    advance(i - at_);
  }
}

token lexer::old_string(token t) {
  t.kind = token_kind::string;
  t.quoted = true;
  advance(1);
  while (at_ < text_.size() && peek() != '"' && peek() != '\n') {
    if (peek() == '\0')
      return fail(t, "a string must not hold a zero byte");
    if (peek() == '\\' && peek(1) == '"')
      advance(1);
    t.text += peek();
    advance(1);
  }
  if (peek() != '"')
    return fail(t, "a string is never closed");
  advance(1);
  return t;
}

token lexer::punctuation(token t) {
  auto rest = text_.substr(at_);
  for (auto p : punctuations) {
    if (!rest.starts_with(p))
      continue;
    t.kind = token_kind::punctuation;
    t.text = std::string{p};
    advance(p.size());
    return t;
  }
  auto c = static_cast<unsigned char>(peek());
  auto shown = std::isprint(c) ? fmt::format("'{}'", static_cast<char>(c))
                               : fmt::format("byte 0x{:02x}", c);
  return fail(t, fmt::format("{} does not belong here", shown));
}

} // namespace trellis::classad
