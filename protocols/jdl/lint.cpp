/// Traps of the language and of JDL that read well and mean something else.
#include "protocols/jdl/lint.hpp"

#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/attributes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace trellis::jdl {
namespace {

using classad::expr;
using classad::node_kind;
using classad::op;

bool is_arithmetic(const expr& x) {
  if (x.kind != node_kind::operation)
    return false;
  switch (x.what) {
  case op::add:
  case op::subtract:
  case op::multiply:
  case op::divide:
  case op::modulo:
    return true;
  default:
    return false;
  }
}

bool is_order(const expr& x) {
  return x.kind == node_kind::operation
         && (x.what == op::less || x.what == op::less_equal || x.what == op::greater
             || x.what == op::greater_equal);
}

bool is_undefined(const expr& x) {
  return x.kind == node_kind::literal && x.literal.is_undefined();
}

class linter {
public:
  linter(const classad::ad& self, std::vector<jdl_problem>& out) : self_(self), out_(out) {}

  void attribute(const std::string& name, const expr& x) {
    attribute_ = name;
    node(x);
  }

private:
  void warn(const expr& at, std::string text) {
    out_.push_back({at.at.line, at.at.column, attribute_, std::move(text)});
  }

  void node(const expr& x) {
    if (x.kind == node_kind::operation)
      operation(x);
    if (x.kind == node_kind::reference)
      reference(x);
    if (x.kind == node_kind::call && x.special == 0)
      warn(x, fmt::format("{}() is no ClassAd function: its value is error", x.name));
    for (const auto& y : x.args)
      node(*y);
    for (const auto& [name, what] : x.record.attributes())
      node(*what);
  }

  void operation(const expr& x) {
    bool identity = x.what == op::is || x.what == op::isnt;
    auto word = x.what == op::is ? "is" : "isnt";
    if (identity && is_arithmetic(*x.args[0]))
      warn(x, fmt::format("'{0}' binds looser than arithmetic: this asks whether ({1}) {0} {2}",
                          word, classad::print(*x.args[0]), classad::print(*x.args[1])));
    bool equality = x.what == op::equal || x.what == op::not_equal;
    if (equality && (is_undefined(*x.args[0]) || is_undefined(*x.args[1])))
      warn(x, fmt::format("comparing with undefined is always undefined: write '{}'",
                          x.what == op::equal ? "is undefined" : "isnt undefined"));
    if (is_order(x) && is_order(*x.args[0]))
      warn(x, "a < b < c compares the outcome of a < b with c: join two comparisons with &&");
    if (identity && mixed_numbers(x))
      warn(x, "an integer is never 'is' a real number: use == to compare their values");
  }

  static bool mixed_numbers(const expr& x) {
    auto literal = [](const expr& y) { return y.kind == node_kind::literal; };
    const auto &a = *x.args[0], &b = *x.args[1];
    return literal(a) && literal(b)
           && ((a.literal.integer() && b.literal.real())
               || (a.literal.real() && b.literal.integer()));
  }

  void reference(const expr& x) {
    if (!x.args.empty() || x.special != 0 || self_.find(x.name))
      return;
    if (x.folded.starts_with("glue"))
      warn(x, fmt::format("{0} without 'other.' means the job's own attribute, which it has not: "
                          "write other.{0}",
                          x.name));
  }

  const classad::ad& self_;
  std::vector<jdl_problem>& out_;
  std::string attribute_;
};

/// Levenshtein's distance, without case.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t k = 0; k < b.size(); ++k) {
      auto change = diagonal + !classad::equal_ignoring_case(a.substr(i, 1), b.substr(k, 1));
      diagonal = row[k + 1];
      row[k + 1] = std::min({change, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row.back();
}

void misspelt_names(const classad::ad& x, std::vector<jdl_problem>& out) {
  constexpr std::string_view compound[]
      = {"Nodes", "Dependencies", "Parameters", "ParameterStart", "ParameterStep"};
  constexpr std::size_t longest = 64;
  for (const auto& attribute : x.attributes()) {
    const auto& name = attribute.first;
    const auto& at = attribute.second->at;
    if (find_attribute(name) || is_reserved(name) || name.size() > longest)
      continue;
    std::string_view best;
    auto nearest = name.size() < 6 ? std::size_t{2} : std::size_t{3};
    auto consider = [&](std::string_view known) {
      if (auto d = distance(name, known); d < nearest) {
        nearest = d;
        best = known;
      }
    };
    for (auto known : compound)
      consider(known);
    for (const auto& row : attributes())
      consider(row.name);
    if (!best.empty() && nearest > 0)
      out.push_back({at.line, at.column, name,
                     fmt::format("is no attribute of JDL; did you mean {}?", best)});
  }
}

void constant_conditions(const classad::ad& x, std::vector<jdl_problem>& out) {
  for (std::string_view name : {"Requirements", "Rank"}) {
    auto what = x.lookup(name);
    auto flat = what ? classad::flatten(what, x) : nullptr;
    if (!flat || flat->kind != node_kind::literal)
      continue;
    auto value = classad::print(*flat);
    bool condition = name == "Requirements";
    if (condition && !classad::counts_as_true(flat->literal))
      out.push_back({what->at.line, what->at.column, std::string{name},
                     fmt::format("is {} for every CE: the job will never match", value)});
    if (!condition && !flat->literal.integer() && !flat->literal.real())
      out.push_back({what->at.line, what->at.column, std::string{name},
                     fmt::format("is {} for every CE, which ranks none", value)});
  }
}

} // namespace

std::vector<jdl_problem> lint_ad(const classad::ad& x) {
  std::vector<jdl_problem> out;
  misspelt_names(x, out);
  constant_conditions(x, out);
  linter l{x, out};
  for (const auto& [name, what] : x.attributes())
    l.attribute(name, *what);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair{a.line, a.column} < std::pair{b.line, b.column};
  });
  return out;
}

} // namespace trellis::jdl
