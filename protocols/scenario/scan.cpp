#include "protocols/scenario/scan.hpp"

#include "protocols/classad/lexer.hpp"

#include <fmt/format.h>

namespace trellis::scenario {

namespace {

constexpr std::size_t max_jdl_bytes = 64u << 10;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_key(std::string_view x) {
  for (auto c : x)
    if (!((c >= 'a' && c <= 'z') || c == '-'))
      return false;
  return !x.empty();
}

class scanner {
public:
  scanner(std::string_view text, std::vector<problem>& problems)
      : text_(text), problems_(problems) {}

  std::vector<statement> run() {
    while (at_ < text_.size() && problems_.size() < max_problems)
      line();
    return std::move(out_);
  }

private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }

  bool at_line_end() const { return peek() == '\n'; }

  place here() const { return {line_, static_cast<std::uint32_t>(at_ - line_at_ + 1)}; }

  void wrong(place at, std::string text) { problems_.push_back({{}, at, std::move(text)}); }

  void next_line() {
    at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
    line_at_ = at_;
    ++line_;
  }

  /// Blanks and a comment.
  void skip() {
    while (is_blank(peek()))
      ++at_;
    if (peek() == '#')
      at_ = std::min(text_.find('\n', at_), text_.size());
  }

  std::string_view rest_of_line() const {
    return text_.substr(at_, std::min(text_.find('\n', at_), text_.size()) - at_);
  }

  bool at_rule() const {
    auto x = squeezed(rest_of_line());
    return x.size() >= 4 && x.find_first_not_of('-') == x.npos;
  }

  void line() {
    auto continues = is_blank(peek()) || peek() == '[';
    if (!continues && at_rule())
      return block();
    skip();
    if (at_line_end())
      return next_line();
    if (continues && out_.empty()) {
      wrong(here(), "an indented line belongs to the statement above, and there is none");
      return next_line();
    }
    if (!continues)
      out_.emplace_back();
    for (; !at_line_end() && problems_.size() < max_problems; skip())
      if (peek() == '[')
        jdl(out_.back());
      else
        out_.back().words.push_back(take_word());
    if (out_.back().words.empty())
      out_.pop_back();
    else
      out_.back().end = here();
    next_line();
  }

  word take_word() {
    word x;
    x.at = x.text_at = here();
    auto begin = at_;
    while (!at_line_end() && !is_blank(peek()) && peek() != '"') {
      if (peek() == '=' && x.key.empty() && is_key(text_.substr(begin, at_ - begin))) {
        x.key = text_.substr(begin, at_ - begin);
        begin = ++at_;
        x.text_at = here();
      } else {
        control(peek());
        ++at_;
      }
    }
    x.text = text_.substr(begin, at_ - begin);
    if (peek() == '"' && begin == at_)
      quoted(x);
    else if (peek() == '"')
      wrong(here(), "a quote begins a word; there is no blank before this one"), ++at_;
    return x;
  }

  void quoted(word& x) {
    x.quoted = true;
    for (++at_; !at_line_end() && peek() != '"'; ++at_) {
      if (peek() == '\\' && at_ + 1 < text_.size()
          && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\'))
        ++at_;
      control(peek());
      x.text += peek();
    }
    if (peek() == '"')
      ++at_;
    else
      wrong(x.text_at, "the quote does not end on its line");
    if (!at_line_end() && !is_blank(peek()))
      wrong(here(), "expected a blank after the quote");
    while (!at_line_end() && !is_blank(peek()))
      ++at_;
  }

  void control(char c) {
    if ((c >= '\0' && c < ' ') || c == '\x7f')
      wrong(here(), fmt::format("the byte {:#04x} has no place in a scenario", c));
  }

  /// The JDL from `[` to its `]`, wherever that is.
  void jdl(statement& x) {
    auto begin = here();
    classad::read_options options;
    options.hash_comments = true;
    auto ahead = text_.substr(at_, max_jdl_bytes);
    classad::lexer tokens{ahead, options};
    for (std::size_t depth = 0;;) {
      auto t = tokens.next();
      if (t.kind == classad::token_kind::bad)
        return lost(place_in(begin, t.at), tokens.error());
      if (t.kind == classad::token_kind::end)
        return lost(begin, "the JDL that begins here has no end: expected ']'");
      if (t.kind != classad::token_kind::punctuation)
        continue;
      depth += t.text == "[";
      depth -= t.text == "]";
      if (depth > 0)
        continue;
      if (!x.jdl.empty())
        wrong(begin, "expected one block of JDL, and this is the second");
      x.jdl = ahead.substr(0, t.ends_at);
      x.jdl_at = begin;
      for (auto last = at_ + t.ends_at; at_ < last; ++at_)
        if (text_[at_] == '\n') {
          line_at_ = at_ + 1;
          ++line_;
        }
      return;
    }
  }

  /// Goes on at the next line that begins with a letter, on the end of the one before.
  void lost(place at, std::string why) {
    wrong(at, std::move(why));
    for (;;) {
      at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ + 1 >= text_.size() || (text_[at_ + 1] >= 'a' && text_[at_ + 1] <= 'z'))
        return;
      next_line();
    }
  }

  static place place_in(place block, classad::place inside) {
    if (inside.line <= 1)
      return {block.line, block.column + std::max(inside.column, 1u) - 1};
    return {block.line + inside.line - 1, inside.column};
  }

  /// Lines between two rules. They belong to the statement above.
  void block() {
    auto begin = here();
    auto x = out_.empty() ? nullptr : &out_.back();
    if (!x || x->words[0].text != "trace" || x->has_block) {
      wrong(begin, "a line ---- begins the events of a trace, and no trace stands above it");
      x = nullptr;
    }
    next_line();
    for (; at_ < text_.size(); next_line()) {
      if (at_rule()) {
        if (x)
          x->has_block = true;
        return next_line();
      }
      auto text = squeezed(rest_of_line());
      for (auto c : text)
        control(c);
      if (x && !text.empty())
        x->block.push_back({std::move(text), here()});
    }
    wrong(begin, "the events of a trace have no end: expected a second line ----");
    if (x)
      x->has_block = true;
  }

  std::string_view text_;
  std::vector<problem>& problems_;
  std::vector<statement> out_;
  std::size_t at_ = 0, line_at_ = 0;
  std::uint32_t line_ = 1;
};

} // namespace

std::vector<statement> scan(std::string_view text, std::vector<problem>& problems) {
  return scanner{text, problems}.run();
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (auto c : text) {
    if (!is_blank(c))
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' '))
    out.pop_back();
  return out;
}

} // namespace trellis::scenario
