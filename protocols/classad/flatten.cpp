/// Partial evaluation and the references of an expression.
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/evaluator.hpp"
#include "protocols/classad/names.hpp"

#include <algorithm>
#include <set>

namespace trellis::classad {
namespace {

bool is_scalar(const value& x) {
  return x.kind() != value_kind::list && x.kind() != value_kind::ad;
}

bool is_constant(const expr& x) {
  if (x.kind == node_kind::literal)
    return is_scalar(x.literal);
  return x.kind == node_kind::list && std::all_of(x.args.begin(), x.args.end(), [](const auto& y) {
           return y->kind == node_kind::literal && is_scalar(y->literal);
         });
}

bool is_binary(op x) {
  switch (x) {
  case op::parentheses:
  case op::subscript:
  case op::ternary:
  case op::elvis:
  case op::plus:
  case op::minus:
  case op::logical_not:
  case op::bit_not:
    return false;
  default:
    return true;
  }
}

/// What always gives a boolean, undefined or error, so that `true && x` is `x`.
bool is_logical(const expr& x) {
  if (x.kind == node_kind::literal)
    return !x.literal.integer() && !x.literal.real() && !x.literal.string();
  if (x.kind != node_kind::operation)
    return false;
  switch (x.what) {
  case op::less:
  case op::less_equal:
  case op::not_equal:
  case op::equal:
  case op::greater_equal:
  case op::greater:
  case op::is:
  case op::isnt:
  case op::logical_not:
  case op::logical_or:
  case op::logical_and:
    return true;
  default:
    return false;
  }
}

/// A bare special name that no attribute of the ad hides.
special_name bare_special(const expr& x, const ad& self) {
  bool bare = x.kind == node_kind::reference && x.args.empty() && !x.absolute
              && !self.find_folded(x.folded);
  return bare ? static_cast<special_name>(x.special) : special_name::none;
}

/// The name when `x` names an attribute of the ad itself: `a`, `.a`, `self.a`, `root.a`.
bool names_own(const expr& x, const ad& self) {
  if (x.kind != node_kind::reference)
    return false;
  if (x.args.empty())
    return true;
  auto of = bare_special(*x.args[0], self);
  return of == special_name::self || of == special_name::root;
}

class flattener {
public:
  flattener(const ad& self, const evaluation_context& context)
      : self_(self), context_(context), root_(root_scope(self)) {}

  /// Null when a bound was passed or a cycle found.
  expr_ptr visit(const expr_ptr& x) {
    constexpr int max_nodes = 20'000, max_depth = 300;
    if (++nodes_ > max_nodes || depth_ >= max_depth)
      return nullptr;
    ++depth_;
    auto y = visit_node(x);
    --depth_;
    return y;
  }

private:
  expr_ptr visit_node(const expr_ptr& x) {
    switch (x->kind) {
    case node_kind::literal:
    case node_kind::record:
      return x;
    case node_kind::reference:
      return reference(x);
    case node_kind::operation:
      return is_binary(x->what) ? chain(x) : operation(x);
    case node_kind::call:
      return call(x);
    case node_kind::list: {
      auto items = visit_all(x->args);
      return items ? make_list(std::move(*items), x->at) : nullptr;
    }
    }
    return nullptr;
  }

  std::optional<std::vector<expr_ptr>> visit_all(const std::vector<expr_ptr>& xs) {
    std::vector<expr_ptr> out;
    out.reserve(xs.size());
    for (const auto& x : xs) {
      auto y = visit(x);
      if (!y)
        return std::nullopt;
      out.push_back(std::move(y));
    }
    return out;
  }

  expr_ptr reference(const expr_ptr& x) {
    if (!names_own(*x, self_))
      return x;
    auto what = self_.lookup(x->name);
    if (!what) {
      bool known = x->special != 0 || (context_.fall_through && x->args.empty());
      return known ? x : make_literal(value{}, x->at);
    }
    if (what->kind == node_kind::record)
      return x;
    if (std::find(inside_.begin(), inside_.end(), what.get()) != inside_.end())
      return nullptr;
    inside_.push_back(what.get());
    auto y = visit(what);
    inside_.pop_back();
    return y;
  }

  /// The value of a tree without references, or the tree where that is no plain value.
  expr_ptr computed(expr_ptr x) {
    evaluator e{context_};
    auto v = e.evaluate(*x, root_);
    if (e.stopped())
      return nullptr;
    if (is_scalar(v))
      return make_literal(std::move(v), x->at);
    // A list that a function made is values already.
    auto list = v.list();
    return list && !list->where ? make_list(list->items, x->at) : x;
  }

  expr_ptr operation(const expr_ptr& x) {
    auto args = visit_all(x->args);
    if (!args)
      return nullptr;
    if (x->what == op::parentheses)
      return args->front();
    bool constant
        = std::all_of(args->begin(), args->end(), [](const auto& y) { return is_constant(*y); });
    const auto& first = args->front();
    if (!constant && first->kind == node_kind::literal) {
      if (x->what == op::elvis)
        return first->literal.is_undefined() ? (*args)[1] : first;
      if (x->what == op::ternary)
        return branch(first->literal, (*args)[1], (*args)[2]);
    }
    auto y = make_operation(x->what, std::move(*args), x->at);
    return constant ? computed(y) : y;
  }

  static expr_ptr branch(const value& condition, const expr_ptr& yes, const expr_ptr& no) {
    if (counts_as_true(condition))
      return yes;
    bool number = condition.boolean() || condition.integer() || condition.real();
    if (number)
      return no;
    return make_literal(condition.is_undefined() ? value{} : value::error());
  }

  /// Down the left side in a loop, then up again.
  expr_ptr chain(const expr_ptr& top) {
    std::vector<const expr*> spine;
    auto x = &top;
    while ((*x)->kind == node_kind::operation && is_binary((*x)->what)) {
      spine.push_back(x->get());
      x = &(*x)->args[0];
    }
    auto left = visit(*x);
    for (; left && !spine.empty(); spine.pop_back()) {
      auto right = visit(spine.back()->args[1]);
      if (!right)
        return nullptr;
      left = joined(*spine.back(), left, right);
    }
    return left;
  }

  expr_ptr joined(const expr& x, const expr_ptr& left, const expr_ptr& right) {
    bool logical = x.what == op::logical_and || x.what == op::logical_or;
    if (logical && left->kind == node_kind::literal && !is_constant(*right)) {
      bool yes = counts_as_true(left->literal);
      bool no
          = !yes && (left->literal.boolean() || left->literal.integer() || left->literal.real());
      bool passes = x.what == op::logical_and ? yes : no;
      bool settles = x.what == op::logical_and ? no : yes;
      if (passes && is_logical(*right))
        return right;
      if (settles)
        return make_literal(value::of(yes), x.at);
      if (!yes && !no && !left->literal.is_undefined())
        return make_literal(value::error(), x.at);
    }
    auto y = make_operation(x.what, {left, right}, x.at);
    return is_constant(*left) && is_constant(*right) ? computed(y) : y;
  }

  expr_ptr call(const expr_ptr& x) {
    if (x->special == 0)
      return make_literal(value::error(), x->at);
    if (!function_at(x->special).pure)
      return x;
    auto args = visit_all(x->args);
    if (!args)
      return nullptr;
    bool constant
        = std::all_of(args->begin(), args->end(), [](const auto& y) { return is_constant(*y); });
    auto y = make_call(x->name, std::move(*args), x->at);
    return constant ? computed(y) : y;
  }

  const ad& self_;
  const evaluation_context& context_;
  scope_ptr root_;
  std::vector<const expr*> inside_;
  int nodes_ = 0;
  int depth_ = 0;
};

struct other_finder {
  const ad& self;
  std::set<std::string> names{};
  std::set<const expr*> seen{};
  int depth = 0;

  void visit(const expr& x) {
    constexpr int max_depth = 6'000;
    if (depth > max_depth)
      return;
    ++depth;
    if (x.kind == node_kind::reference && !x.args.empty()
        && bare_special(*x.args[0], self) == special_name::other)
      names.insert(x.folded);
    if (names_own(x, self))
      if (auto what = self.find_folded(x.folded); what && seen.insert(what).second)
        visit(*what);
    for (const auto& y : x.args)
      visit(*y);
    for (const auto& [name, what] : x.record.attributes())
      visit(*what);
    --depth;
  }
};

} // namespace

expr_ptr flatten(const expr_ptr& x, const ad& self, const evaluation_context& context) {
  return flattener{self, context}.visit(x);
}

std::vector<std::string> other_references(const expr_ptr& x, const ad& self) {
  other_finder finder{self};
  finder.visit(*x);
  return {finder.names.begin(), finder.names.end()};
}

} // namespace trellis::classad
