#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/compound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace trellis::jdl {

using classad::expr;
using classad::expr_ptr;
using classad::node_kind;
using classad::value;

namespace {

constexpr std::string_view mark = "_PARAM_";

std::string replaced(std::string s, std::string_view with) {
  for (auto i = s.find(mark); i != s.npos; i = s.find(mark, i + with.size()))
    s.replace(i, mark.size(), with);
  return s;
}

/// Puts one value of the parameter in place of `_PARAM_`: inside strings and names as text, as an
/// operand by itself as the value.
class substitution {
public:
  explicit substitution(value x) : value_(std::move(x)) {
    text_ = value_.string() ? *value_.string() : classad::print(value_);
  }

  const std::string& text() const { return text_; }

  expr_ptr apply(const expr_ptr& x) const {
    switch (x->kind) {
    case node_kind::literal:
      if (auto s = x->literal.string(); s && s->find(mark) != s->npos)
        return classad::make_literal(value::of(replaced(*s, text_)), x->at);
      return x;
    case node_kind::record:
      return classad::make_record(apply(x->record), x->at);
    case node_kind::reference:
      if (x->args.empty() && x->name == mark)
        return classad::make_literal(value_, x->at);
      return classad::make_reference(x->args.empty() ? nullptr : apply(x->args[0]),
                                     replaced(x->name, text_), x->absolute, x->at);
    case node_kind::operation:
      return classad::make_operation(x->what, apply(x->args), x->at);
    case node_kind::call:
      return classad::make_call(x->name, apply(x->args), x->at);
    case node_kind::list:
      return classad::make_list(apply(x->args), x->at);
    }
    return x;
  }

  classad::ad apply(const classad::ad& x) const {
    classad::ad out;
    for (const auto& [name, what] : x.attributes())
      out.insert(replaced(name, text_), apply(what));
    return out;
  }

private:
  std::vector<expr_ptr> apply(const std::vector<expr_ptr>& xs) const {
    std::vector<expr_ptr> out;
    for (const auto& x : xs)
      out.push_back(apply(x));
    return out;
  }

  value value_;
  std::string text_;
};

bool mentions_parameter(const expr& x) {
  if (x.kind == node_kind::literal)
    return x.literal.string() && x.literal.string()->find(mark) != std::string::npos;
  if (x.name.find(mark) != std::string::npos)
    return true;
  return std::any_of(x.args.begin(), x.args.end(),
                     [](const auto& y) { return mentions_parameter(*y); });
}

/// An integer attribute with its default; nothing, with a problem, for another type.
std::optional<std::int64_t> integer_of(draft& d, std::string_view name, std::int64_t otherwise) {
  if (!d.has(name))
    return otherwise;
  auto v = classad::evaluate_attribute(d.source, name);
  if (v.integer())
    return *v.integer();
  d.refuse(name, "must be an integer");
  return std::nullopt;
}

/// The values the parameter takes, by index or from the list.
std::optional<std::vector<value>> parameter_values(draft& d) {
  auto start = integer_of(d, "ParameterStart", 0);
  auto step = integer_of(d, "ParameterStep", 1);
  auto given = classad::evaluate_items(classad::evaluate_attribute(d.source, "Parameters"));
  if (!given.integer() && !given.list()) {
    d.refuse("Parameters", d.has("Parameters") ? "must be an integer or a list"
                                               : "is missing: a parametric job needs it");
    return std::nullopt;
  }
  if (step && *step == 0)
    d.refuse("ParameterStep", "must not be 0");
  if (!start || !step || *step == 0)
    return std::nullopt;
  auto list = given.list();
  auto bound = list ? static_cast<std::int64_t>(list->items.size()) : *given.integer();
  std::vector<value> out;
  for (auto i : parameter_indices(bound, *start, *step, d.settings.max_nodes + std::size_t{1})) {
    bool inside = i >= 0 && i < bound;
    if (list && inside)
      out.push_back(list->items[static_cast<std::size_t>(i)]->literal);
    else if (!list)
      out.push_back(value::of(i));
  }
  for (const auto& v : out)
    if (v.is_undefined() || v.is_error() || v.list() || v.nested()) {
      d.refuse("Parameters", "has an element that is no plain value");
      return std::nullopt;
    }
  return out;
}

/// Node names take letters, digits, `_` and `-`; the rest becomes `_`.
std::string node_name(std::string_view text) {
  std::string out = "Node_";
  for (char c : text) {
    bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                || c == '_' || c == '-';
    out += fits ? c : '_';
  }
  return out;
}

void warn_of_shared_attributes(draft& d) {
  for (auto name :
       {"VirtualOrganisation", "HLRLocation", "MyProxyServer", "LBAddress", "AllowZippedISB"})
    if (auto x = d.source.find(name); x && mentions_parameter(*x))
      d.warn(name, "is the same for all nodes and should not hold _PARAM_");
}

/// The node's own environment tells it its value.
void add_to_environment(classad::ad& x, const std::string& text) {
  std::vector<expr_ptr> items;
  if (auto old = x.lookup("Environment")) {
    if (old->kind == node_kind::list)
      items = old->args;
    else
      items.push_back(old);
  }
  items.push_back(classad::make_literal(value::of("ParameterValue=" + text)));
  x.insert("Environment", classad::make_list(std::move(items)));
}

/// Files that the parent stores once: static ones, then those whose own name has the parameter. A
/// file under a parametric directory belongs to its node.
void share_files(const draft& d, const std::vector<substitution>& values,
                 std::vector<std::string>& shared) {
  auto v = classad::evaluate_items(classad::evaluate_attribute(d.source, "InputSandbox"));
  std::vector<std::string> files;
  if (auto s = v.string())
    files.push_back(*s);
  if (v.list())
    for (const auto& item : v.list()->items)
      if (auto s = item->literal.string())
        files.push_back(*s);
  for (const auto& f : files)
    if (f.find(mark) == f.npos)
      shared.push_back(f);
  for (const auto& f : files) {
    bool in_leaf = leaf(f).find(mark) != std::string_view::npos;
    bool in_directory = f.substr(0, f.size() - leaf(f).size()).find(mark) != f.npos;
    if (in_leaf && !in_directory)
      for (const auto& x : values)
        shared.push_back(replaced(f, x.text()));
  }
}

/// A node is no longer parametric; other words of its JobType stay.
void drop_parametric_type(classad::ad& x) {
  auto v = classad::evaluate_items(classad::evaluate_attribute(x, "JobType"));
  std::vector<expr_ptr> left;
  if (v.list())
    for (const auto& item : v.list()->items)
      if (auto s = item->literal.string(); s && !classad::equal_ignoring_case(*s, "parametric"))
        left.push_back(item);
  if (left.empty())
    x.erase("JobType");
  else
    x.insert("JobType", classad::make_list(std::move(left)));
}

} // namespace

std::vector<std::int64_t> parameter_indices(std::int64_t bound, std::int64_t start,
                                            std::int64_t step, std::size_t most) {
  std::vector<std::int64_t> out;
  // A step backwards counts down to the first index.
  auto inside = [&](std::int64_t i) { return step > 0 ? i < bound : i >= 0 && i < bound; };
  for (auto i = start; step != 0 && inside(i) && out.size() < most;) {
    out.push_back(i);
    if (__builtin_add_overflow(i, step, &i))
      break;
  }
  return out;
}

std::vector<node_source> expand_parametric(draft& d, std::vector<std::string>& shared_files) {
  auto values = parameter_values(d);
  if (!values)
    return {};
  if (values->empty()) {
    d.refuse("Parameters", "gives no node: the bound is not above the start");
    return {};
  }
  if (values->size() > d.settings.max_nodes) {
    d.refuse("Parameters", fmt::format("gives more than {} nodes", d.settings.max_nodes));
    return {};
  }
  warn_of_shared_attributes(d);
  auto common = d.source;
  for (auto name : {"Parameters", "ParameterStart", "ParameterStep"})
    common.erase(name);
  drop_parametric_type(common);
  std::vector<substitution> each;
  std::vector<node_source> nodes;
  std::set<std::string> names;
  for (const auto& v : *values) {
    each.emplace_back(v);
    node_source node{node_name(each.back().text()), each.back().apply(common)};
    if (!names.insert(classad::fold_case(node.name)).second)
      d.refuse("Parameters", fmt::format("gives two nodes the name {}", node.name));
    add_to_environment(node.ad, each.back().text());
    nodes.push_back(std::move(node));
  }
  share_files(d, each, shared_files);
  return nodes;
}

} // namespace trellis::jdl
