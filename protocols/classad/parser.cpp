/// Precedence climbing over the lexer's tokens. Depth of recursion, height of trees and number of
/// nodes are bounded, since a JDL is a stranger's text.
#include "protocols/classad/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::classad {
namespace {

struct binary_row {
  std::string_view text;
  op what;
  int level;
};

/// Levels from 1, the loosest; `c ? a : b` is below them all.
constexpr binary_row binaries[] = {
    {"||",   op::logical_or,           1 },
    {"&&",   op::logical_and,          2 },
    {"|",    op::bit_or,               3 },
    {"^",    op::bit_xor,              4 },
    {"&",    op::bit_and,              5 },
    {"==",   op::equal,                6 },
    {"!=",   op::not_equal,            6 },
    {"=?=",  op::is,                   6 },
    {"=!=",  op::isnt,                 6 },
    {"is",   op::is,                   6 },
    {"isnt", op::isnt,                 6 },
    {"<",    op::less,                 7 },
    {"<=",   op::less_equal,           7 },
    {">=",   op::greater_equal,        7 },
    {">",    op::greater,              7 },
    {"<<",   op::shift_left,           8 },
    {">>",   op::shift_right,          8 },
    {">>>",  op::shift_right_unsigned, 8 },
    {"+",    op::add,                  9 },
    {"-",    op::subtract,             9 },
    {"*",    op::multiply,             10},
    {"/",    op::divide,               10},
    {"%",    op::modulo,               10},
};

constexpr std::pair<std::string_view, op> unaries[] = {
    {"!", op::logical_not},
    {"~", op::bit_not    },
    {"+", op::plus       },
    {"-", op::minus      }
};

/// Stops the parse; caught where the reader is entered. It never leaves this file.
struct stop {};

class parser {
public:
  parser(std::string_view text, const read_options& options, syntax_error& error,
         std::vector<statement>* statements = nullptr)
      : lexer_(text, options), options_(options), text_(text), error_(error),
        statements_(statements) {
    take();
  }

  expr_ptr whole_expression() {
    auto x = expression();
    if (now_.kind != token_kind::end)
      fail(fmt::format("{} after the end of the expression", shown()));
    return x;
  }

  ad whole_ad() {
    if (options_.form == syntax::old_style)
      return old_ad();
    ad x;
    if (is("[") || !options_.brackets_optional) {
      x = record();
      while (options_.brackets_optional && is(";"))
        take();
    } else {
      attributes(x, "");
    }
    if (now_.kind != token_kind::end)
      fail(fmt::format("{} after the end of the ad", shown()));
    return x;
  }

  /// Nothing when it is not like `before`: then all of it is to be read.
  std::optional<ad> ad_after(const earlier_ad& before) {
    if (before.statements.empty() || before.statements.size() != before.value.attributes().size()
        || !is("["))
      return std::nullopt;
    level l{*this};
    take();
    ad x = before.value;
    for (std::size_t i = 0; i < before.statements.size(); ++i) {
      while (is(";"))
        take();
      if (!take_over(before, i) && !read_anew(x, before.value.attributes()[i].first))
        return std::nullopt;
    }
    while (is(";"))
      take();
    if (!is("]"))
      return std::nullopt;
    take();
    return now_.kind == token_kind::end ? std::optional{std::move(x)} : std::nullopt;
  }

private:
  /// The statement that begins here reads as it did.
  bool take_over(const earlier_ad& before, std::size_t i) {
    auto [begins, ends, nodes] = before.statements[i];
    auto was = before.text.substr(begins, ends - begins);
    auto here = now_.begins_at;
    if (was.empty() || !text_.substr(here).starts_with(was) || nodes_ + nodes > options_.max_nodes)
      return false;
    nodes_ += nodes;
    lexer_.pass(here + was.size() - now_.ends_at);
    take();
    statements_->push_back({here, here + was.size(), nodes});
    return true;
  }

  bool read_anew(ad& x, const std::string& name) {
    if (now_.kind != token_kind::name || now_.text != name)
      return false;
    auto here = now_.begins_at;
    auto nodes = nodes_;
    take();
    expect("=", "after a name");
    x.insert(name, expression());
    if (!is(";"))
      return false;
    statements_->push_back({here, now_.ends_at, nodes_ - nodes});
    return true;
  }

  [[noreturn]] void fail(std::string why) { fail_at(now_.at, std::move(why)); }

  [[noreturn]] void fail_at(place at, std::string why) {
    error_ = {at, std::move(why)};
    throw stop{};
  }

  void take() {
    now_ = lexer_.next();
    if (now_.kind == token_kind::bad)
      fail(lexer_.error());
  }

  bool is(std::string_view punctuation) const {
    return now_.kind == token_kind::punctuation && now_.text == punctuation;
  }

  bool is_word(std::string_view word) const {
    return now_.kind == token_kind::name && !now_.quoted && equal_ignoring_case(now_.text, word);
  }

  bool is_keyword() const {
    return std::any_of(std::begin(words), std::end(words), [&](auto w) { return is_word(w); });
  }

  std::string shown() const {
    switch (now_.kind) {
    case token_kind::end:
      return "the end of the text";
    case token_kind::string:
      return "a string";
    case token_kind::integer:
    case token_kind::real:
      return fmt::format("'{}'", text_.substr(now_.begins_at, now_.ends_at - now_.begins_at));
    default:
      return fmt::format("'{}'", now_.text);
    }
  }

  void expect(std::string_view punctuation, std::string_view where) {
    if (!is(punctuation))
      fail(fmt::format("expected '{}' {}, found {}", punctuation, where, shown()));
    take();
  }

  expr_ptr made(expr_ptr x) {
    if (x->height > options_.max_height)
      fail_at(x->at, fmt::format("the expression has more than {} levels", options_.max_height));
    if (++nodes_ > options_.max_nodes)
      fail_at(x->at, fmt::format("the text has more than {} terms", options_.max_nodes));
    return x;
  }

  /// Counts what recurses; one for each bracket, call or operand on the right.
  struct level {
    explicit level(parser& p) : p_(p) {
      if (++p_.nesting_ > p_.options_.max_nesting)
        p_.fail(fmt::format("more than {} brackets or operators within each other",
                            p_.options_.max_nesting));
    }

    ~level() { --p_.nesting_; }

    parser& p_;
  };

  expr_ptr expression() {
    level l{*this};
    auto at = now_.at;
    auto condition = binary(1);
    if (!is("?"))
      return condition;
    take();
    if (is(":")) {
      take();
      auto otherwise = expression();
      return made(make_operation(op::elvis, {condition, otherwise}, at));
    }
    auto then = expression();
    expect(":", "in a conditional");
    auto otherwise = expression();
    return made(make_operation(op::ternary, {condition, then, otherwise}, at));
  }

  const binary_row* binary_here() const {
    bool word = now_.kind == token_kind::name && !now_.quoted;
    if (now_.kind != token_kind::punctuation && !word)
      return nullptr;
    for (const auto& row : binaries)
      if (word ? equal_ignoring_case(row.text, now_.text) : row.text == now_.text)
        return &row;
    return nullptr;
  }

  expr_ptr binary(int least) {
    auto at = now_.at;
    auto left = unary();
    for (;;) {
      auto row = binary_here();
      if (!row || row->level < least)
        return left;
      take();
      level l{*this};
      auto right = binary(row->level + 1);
      left = made(make_operation(row->what, {left, right}, at));
    }
  }

  expr_ptr unary() {
    for (auto [text, what] : unaries) {
      if (!is(text))
        continue;
      level l{*this};
      auto at = now_.at;
      take();
      return made(make_operation(what, {unary()}, at));
    }
    return postfix(primary());
  }

  std::string name_here(std::string_view where) {
    if (now_.kind != token_kind::name)
      fail(fmt::format("expected a name {}, found {}", where, shown()));
    if (is_keyword())
      fail(fmt::format("'{}' is a keyword; as a name it must be written '{}' in single quotes",
                       now_.text, now_.text));
    auto name = now_.text;
    take();
    return name;
  }

  expr_ptr postfix(expr_ptr x) {
    for (;;) {
      if (is(".")) {
        take();
        x = made(make_reference(x, name_here("after '.'"), false, x->at));
      } else if (is("[")) {
        take();
        auto index = expression();
        expect("]", "after a subscript");
        x = made(make_operation(op::subscript, {x, index}, x->at));
      } else {
        return x;
      }
    }
  }

  expr_ptr literal(value x) {
    auto at = now_.at;
    take();
    return made(make_literal(std::move(x), at));
  }

  expr_ptr primary() {
    switch (now_.kind) {
    case token_kind::integer:
      return literal(value::of(now_.integer));
    case token_kind::real:
      return literal(value::of(now_.real));
    case token_kind::string:
      return literal(value::of(std::move(now_.text)));
    case token_kind::name:
      return named();
    default:
      break;
    }
    auto at = now_.at;
    if (is(".")) {
      take();
      return made(make_reference(nullptr, name_here("after '.'"), true, at));
    }
    if (is("(")) {
      take();
      auto x = expression();
      expect(")", "to close '('");
      return made(make_operation(op::parentheses, {x}, at));
    }
    if (is("{")) {
      take();
      return made(make_list(items("}", "in a list"), at));
    }
    if (is("["))
      return made(make_record(record(), at));
    fail(fmt::format("expected an expression, found {}", shown()));
  }

  expr_ptr named() {
    if (!now_.quoted) {
      if (is_word("true") || is_word("false"))
        return literal(value::of(is_word("true")));
      if (is_word("undefined"))
        return literal(value{});
      if (is_word("error"))
        return literal(value::error());
      if (is_word("is") || is_word("isnt"))
        fail(fmt::format("expected an expression, found {}", shown()));
    }
    auto at = now_.at;
    bool quoted = now_.quoted;
    auto name = now_.text;
    take();
    if (!quoted && is("(")) {
      take();
      return made(make_call(name, items(")", "in a call"), at));
    }
    return made(make_reference(nullptr, name, false, at));
  }

  std::vector<expr_ptr> items(std::string_view close, std::string_view where) {
    std::vector<expr_ptr> x;
    if (is(close)) {
      take();
      return x;
    }
    for (;;) {
      x.push_back(expression());
      if (is(close))
        break;
      expect(",", fmt::format("or '{}' {}", close, where));
    }
    take();
    return x;
  }

  ad record() {
    level l{*this};
    expect("[", "to open an ad");
    ad x;
    attributes(x, "]");
    take();
    return x;
  }

  /// Up to the closing bracket, or to the end of the text when there is none.
  void attributes(ad& x, std::string_view close) {
    auto at_end = [&] { return close.empty() ? now_.kind == token_kind::end : is(close); };
    for (;;) {
      while (is(";"))
        take();
      if (at_end())
        return;
      auto begins = now_.begins_at;
      auto nodes = nodes_;
      auto name = name_here("of an attribute");
      expect("=", fmt::format("after the name '{}'", name));
      x.insert(name, expression());
      if (!is(";") && !at_end())
        fail(fmt::format("expected ';' after the attribute '{}', found {}", name, shown()));
      if (statements_ && nesting_ == 1)
        statements_->push_back({begins, is(";") ? now_.ends_at : begins, nodes_ - nodes});
    }
  }

  /// One `Name = expression` a line.
  ad old_ad() {
    ad x;
    while (now_.kind != token_kind::end) {
      auto name = name_here("of an attribute");
      expect("=", fmt::format("after the name '{}'", name));
      x.insert(name, expression());
      while (is(";"))
        take();
    }
    return x;
  }

  static constexpr std::string_view words[] = {"true", "false", "undefined", "error", "is", "isnt"};

  lexer lexer_;
  const read_options& options_;
  std::string_view text_;
  syntax_error& error_;
  token now_;
  std::uint32_t nesting_ = 0;
  std::size_t nodes_ = 0;
  std::vector<statement>* statements_; // where wanted, in order
};

} // namespace

expr_ptr reader::read_expression(std::string_view text) {
  error_ = {};
  try {
    return parser{text, options_, error_}.whole_expression();
  } catch (const stop&) {
    return nullptr;
  }
}

std::optional<ad> reader::read_ad(std::string_view text) {
  error_ = {};
  try {
    return parser{text, options_, error_}.whole_ad();
  } catch (const stop&) {
    return std::nullopt;
  }
}

namespace {

error with_place(const syntax_error& x) {
  return {errc::malformed, fmt::format("line {}, column {}: {}", x.at.line, x.at.column, x.text)};
}

} // namespace

result<expr_ptr> parse_expression(std::string_view text, const read_options& options) {
  reader r{options};
  if (auto x = r.read_expression(text))
    return x;
  return with_place(r.error());
}

result<ad> parse_ad_again(std::string_view text, const earlier_ad& before,
                          std::vector<statement>& statements) {
  syntax_error why;
  read_options options;
  statements.clear();
  try {
    if (auto x = parser{text, options, why, &statements}.ad_after(before))
      return *std::move(x);
  } catch (const stop&) {
  }
  statements.clear();
  try {
    return parser{text, options, why, &statements}.whole_ad();
  } catch (const stop&) {
    return with_place(why);
  }
}

result<ad> parse_ad(std::string_view text, const read_options& options) {
  reader r{options};
  if (auto x = r.read_ad(text))
    return *std::move(x);
  return with_place(r.error());
}

} // namespace trellis::classad
