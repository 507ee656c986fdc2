#include "protocols/classad/text.hpp"
#include "protocols/classad/times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace trellis::classad {
namespace {

struct operator_row {
  op what;
  std::string_view text;
  int level; // as in the parser; 0 the conditional, 11 unary, 12 postfix and primary
};

constexpr operator_row operators[] = {
    {op::less,                 " < ",    7 },
    {op::less_equal,           " <= ",   7 },
    {op::not_equal,            " != ",   6 },
    {op::equal,                " == ",   6 },
    {op::greater_equal,        " >= ",   7 },
    {op::greater,              " > ",    7 },
    {op::is,                   " is ",   6 },
    {op::isnt,                 " isnt ", 6 },
    {op::plus,                 " +",     11},
    {op::minus,                " -",     11},
    {op::add,                  " + ",    9 },
    {op::subtract,             " - ",    9 },
    {op::multiply,             " * ",    10},
    {op::divide,               " / ",    10},
    {op::modulo,               " % ",    10},
    {op::logical_not,          " !",     11},
    {op::logical_or,           " || ",   1 },
    {op::logical_and,          " && ",   2 },
    {op::bit_not,              " ~",     11},
    {op::bit_or,               " | ",    3 },
    {op::bit_xor,              " ^ ",    4 },
    {op::bit_and,              " & ",    5 },
    {op::shift_left,           " << ",   8 },
    {op::shift_right,          " >> ",   8 },
    {op::shift_right_unsigned, " >>> ",  8 },
    {op::parentheses,          "",       12},
    {op::subscript,            "",       12},
    {op::ternary,              "",       0 },
    {op::elvis,                "",       0 },
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(operators); ++i)
    if (operators[i].what != static_cast<op>(i))
      return false;
  return true;
}

static_assert(in_order(), "rows are found by the operator's number");

const operator_row& row_of(op x) { return operators[static_cast<std::size_t>(x)]; }

int level_of(const expr& x) { return x.kind == node_kind::operation ? row_of(x.what).level : 12; }

void escape_to(std::string& out, std::string_view s, char quote) {
  constexpr std::string_view from = "\a\b\f\n\r\t\v", to = "abfnrtv";
  out += quote;
  for (char c : s) {
    auto i = from.find(c);
    auto u = static_cast<unsigned char>(c);
    if (c == quote || c == '\\')
      (out += '\\') += c;
    else if (i != from.npos)
      (out += '\\') += to[i];
    else if (u < 0x20 || u >= 0x7f)
      out += fmt::format("\\{:03o}", u);
    else
      out += c;
  }
  out += quote;
}

class printer {
public:
  explicit printer(std::string& out, int indent = -1) : out_(out), indent_(indent) {}

  void node(const expr& x, int least) {
    bool bare = level_of(x) >= least;
    if (!bare)
      out_ += '(';
    node(x);
    if (!bare)
      out_ += ')';
  }

  void node(const expr& x) {
    switch (x.kind) {
    case node_kind::literal:
      return literal(x.literal);
    case node_kind::reference:
      return reference(x);
    case node_kind::operation:
      return operation(x);
    case node_kind::call:
      out_ += x.name;
      out_ += '(';
      items(x.args);
      out_ += ')';
      return;
    case node_kind::list:
      return list(x.args);
    case node_kind::record:
      return record(x.record);
    }
  }

  void literal(const value& x) {
    switch (x.kind()) {
    case value_kind::undefined:
      out_ += "undefined";
      return;
    case value_kind::error:
      out_ += "error";
      return;
    case value_kind::boolean:
      out_ += *x.boolean() ? "true" : "false";
      return;
    case value_kind::integer:
      out_ += std::to_string(*x.integer());
      return;
    case value_kind::real:
      out_ += print_real(*x.real());
      return;
    case value_kind::string:
      return escape_to(out_, *x.string(), '"');
    case value_kind::absolute_time:
      out_ += "absTime(\"" + print_time(*x.absolute()) + "\")";
      return;
    case value_kind::relative_time:
      out_ += "relTime(\"" + print_time(*x.relative()) + "\")";
      return;
    case value_kind::list:
      return list(x.list()->items);
    case value_kind::ad:
      return record(x.nested()->what);
    }
  }

  void record(const ad& x) {
    bool lines = indent_ >= 0 && !x.empty();
    out_ += lines ? "[" : "[ ";
    indent_ += lines ? 2 : 0;
    bool first = true;
    for (const auto& [name, what] : x.attributes()) {
      if (lines)
        out_ += '\n' + std::string(static_cast<std::size_t>(indent_), ' ');
      else if (!first)
        out_ += "; ";
      first = false;
      out_ += print_name(name) + " = ";
      auto begin = out_.size();
      node(*what);
      // A unary operator brings its own blank.
      if (lines && out_[begin] == ' ')
        out_.erase(begin, 1);
      if (lines)
        out_ += ';';
    }
    indent_ -= lines ? 2 : 0;
    out_ += lines ? '\n' + std::string(static_cast<std::size_t>(indent_), ' ') + "]" : " ]";
  }

private:
  void items(const std::vector<expr_ptr>& x) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i > 0)
        out_ += ',';
      node(*x[i]);
    }
  }

  void list(const std::vector<expr_ptr>& x) {
    out_ += "{ ";
    items(x);
    out_ += " }";
  }

  static bool is_number(const expr& x) {
    return x.kind == node_kind::literal && (x.literal.integer() || x.literal.real());
  }

  void reference(const expr& x) {
    if (!x.args.empty()) {
      node(*x.args[0], 12);
      // A point right after digits would read as a decimal point.
      out_ += is_number(*x.args[0]) ? " ." : ".";
    } else if (x.absolute) {
      out_ += '.';
    }
    out_ += print_name(x.name);
  }

  void operation(const expr& x) {
    const auto& row = row_of(x.what);
    switch (x.what) {
    case op::parentheses:
      out_ += '(';
      node(*x.args[0]);
      out_ += ')';
      return;
    case op::subscript:
      node(*x.args[0], 12);
      out_ += '[';
      node(*x.args[1]);
      out_ += ']';
      return;
    case op::ternary:
      node(*x.args[0], 1);
      out_ += " ? ";
      node(*x.args[1]);
      out_ += " : ";
      return node(*x.args[2]);
    case op::elvis:
      node(*x.args[0], 1);
      out_ += " ?: ";
      return node(*x.args[1]);
    case op::plus:
    case op::minus:
    case op::logical_not:
    case op::bit_not:
      out_ += row.text;
      return signed_operand(*x.args[0]);
    default:
      return chain(x);
    }
  }

  /// A sign right before digits would read as part of the number.
  void signed_operand(const expr& x) {
    auto begin = out_.size();
    node(x, 11);
    if (begin < out_.size() && (out_[begin] == '.' || (out_[begin] >= '0' && out_[begin] <= '9')))
      out_.insert(begin, 1, ' ');
  }

  /// Goes down the left side in a loop: a long `a || b || c` is as deep as it has terms.
  void chain(const expr& top) {
    std::vector<const expr*> spine;
    const expr* x = &top;
    int level = 0;
    while (x->kind == node_kind::operation && row_of(x->what).level < 11
           && row_of(x->what).level > 0 && row_of(x->what).level >= level) {
      spine.push_back(x);
      level = row_of(x->what).level;
      x = x->args[0].get();
    }
    node(*x, level);
    for (; !spine.empty(); spine.pop_back()) {
      out_ += row_of(spine.back()->what).text;
      node(*spine.back()->args[1], row_of(spine.back()->what).level + 1);
    }
  }

  std::string& out_;
  int indent_;
};

} // namespace

std::string print(const value& x) {
  std::string out;
  printer{out}.literal(x);
  return out;
}

std::string print(const expr& x) {
  std::string out;
  printer{out}.node(x);
  return out;
}

std::string print(const expr_ptr& x) { return print(*x); }

std::string print(const ad& x) {
  std::string out;
  printer{out}.record(x);
  return out;
}

std::string print_indented(const ad& x) {
  std::string out;
  printer{out, 0}.record(x);
  return out + '\n';
}

std::string quote(std::string_view s) {
  std::string out;
  escape_to(out, s, '"');
  return out;
}

std::string print_name(std::string_view name) {
  auto part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
  };
  constexpr std::string_view words[] = {"true", "false", "undefined", "error", "is", "isnt"};
  bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9')
               && std::all_of(name.begin(), name.end(), part)
               && std::none_of(std::begin(words), std::end(words),
                               [&](auto w) { return equal_ignoring_case(w, name); });
  if (plain)
    return std::string{name};
  std::string out;
  escape_to(out, name, '\'');
  return out;
}

std::string print_real(double x) {
  if (std::isnan(x))
    return "real(\"NaN\")";
  if (std::isinf(x))
    return x > 0 ? "real(\"INF\")" : "real(\"-INF\")";
  if (x == 0)
    return std::signbit(x) ? "-0.0" : "0.0";
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.15E", x);
  if (std::strtod(text.data(), nullptr) != x)
    std::snprintf(text.data(), text.size(), "%.16E", x);
  return text.data();
}

} // namespace trellis::classad
