#include "protocols/classad/evaluate.hpp"

#include "protocols/classad/evaluator.hpp"
#include "protocols/classad/names.hpp"
#include "protocols/classad/operate.hpp"

#include <algorithm>
#include <array>

namespace trellis::classad {

special_name special_name_of(std::string_view folded) {
  static constexpr std::pair<std::string_view, special_name> names[] = {
      {"self",        special_name::self        },
      {"my",          special_name::self        },
      {"parent",      special_name::parent      },
      {"root",        special_name::root        },
      {"toplevel",    special_name::root        },
      {"other",       special_name::other       },
      {"target",      special_name::other       },
      {"currenttime", special_name::current_time},
  };
  for (const auto& [name, what] : names)
    if (name == folded)
      return what;
  return special_name::none;
}

scope_ptr root_scope(const ad& x) {
  auto s = std::make_shared<scope>();
  s->self = x;
  return s;
}

std::pair<scope_ptr, scope_ptr> match_scopes(const ad& left, const ad& right) {
  auto l = std::make_shared<scope>(), r = std::make_shared<scope>();
  l->self = left;
  r->self = right;
  l->other = r;
  r->other = l;
  return {l, r};
}

const scope& evaluator::root_of(const scope& x) {
  auto s = &x;
  while (s->parent)
    s = s->parent.get();
  return *s;
}

scope_ptr evaluator::other_of(const scope& x) { return root_of(x).other.lock(); }

value evaluator::evaluate(const expr& x, const scope_ptr& in) {
  if (stopped_ || !spend(1) || depth_ >= context_.limits.depth)
    return stop();
  ++depth_;
  auto v = evaluate_node(x, in);
  --depth_;
  return stopped_ ? value::error() : v;
}

value evaluator::evaluate_node(const expr& x, const scope_ptr& in) {
  switch (x.kind) {
  case node_kind::literal:
    return x.literal;
  case node_kind::reference:
    return reference(x, in);
  case node_kind::operation:
    return operation(x, in);
  case node_kind::list:
    if (!spend(x.args.size() / 8))
      return stop();
    return value::of(list_value{x.args, in});
  case node_kind::record: {
    auto s = std::make_shared<scope>();
    s->self = x.record;
    s->parent = in;
    return value::of(ad_value{x.record, s});
  }
  case node_kind::call: {
    if (x.special == 0)
      return value::error();
    const auto& row = function_at(x.special);
    if (x.args.size() < row.least || (row.most != 255 && x.args.size() > row.most))
      return value::error();
    call_frame frame{*this, x, in, row.tag};
    return row.run(frame);
  }
  }
  return value::error();
}

value evaluator::enter(const expr& x, const scope_ptr& in) {
  if (x.kind == node_kind::literal)
    return x.literal;
  entered here{&x, &root_of(*in)};
  for (const auto& y : inside_)
    if (y.what == here.what && y.root == here.root)
      return stop();
  inside_.push_back(here);
  auto v = evaluate(x, in);
  inside_.pop_back();
  return v;
}

found_name evaluator::find(std::string_view folded, const scope_ptr& in) {
  for (auto s = in; s; s = s->parent)
    if (auto x = s->self.find_folded(folded))
      return {x, s};
  return {};
}

found_name evaluator::find(const expr& x, const scope_ptr& in) {
  if (x.absolute) {
    auto root = in;
    while (root->parent)
      root = root->parent;
    return {root->self.find_folded(x.folded), root};
  }
  // `self`, `parent` and `root` mean themselves before an enclosing ad is asked.
  auto name = static_cast<special_name>(x.special);
  bool here
      = name == special_name::self || name == special_name::parent || name == special_name::root;
  if (here)
    return {in->self.find_folded(x.folded), in};
  auto found = find(x.folded, in);
  if (!found.what && context_.fall_through && x.args.empty())
    if (auto other = other_of(*in))
      return find(x.folded, other);
  return found;
}

value evaluator::special(std::uint16_t name, const scope_ptr& in) const {
  auto nested = [](const scope_ptr& s) { return s ? value::of(ad_value{s->self, s}) : value{}; };
  switch (static_cast<special_name>(name)) {
  case special_name::self:
    return nested(in);
  case special_name::parent:
    return nested(in->parent);
  case special_name::root: {
    auto s = in;
    while (s->parent)
      s = s->parent;
    return nested(s);
  }
  case special_name::other:
    return nested(other_of(*in));
  case special_name::current_time:
    return value::of(context_.now_s);
  case special_name::none:
    break;
  }
  return value{};
}

value evaluator::reference(const expr& x, const scope_ptr& in) {
  if (!x.args.empty())
    return select(evaluate(*x.args[0], in), x);
  auto found = find(x, in);
  if (found.what)
    return enter(*found.what, found.where);
  return x.absolute ? value{} : special(x.special, in);
}

value evaluator::select(const value& x, const expr& reference) {
  if (x.is_undefined() || x.is_error())
    return x;
  if (auto nested = x.nested()) {
    auto in = nested->where ? nested->where : root_scope(nested->what);
    auto found = find(reference, in);
    return found.what ? enter(*found.what, found.where) : special(reference.special, in);
  }
  auto list = x.list();
  if (!list)
    return value::error();
  std::vector<value> items;
  items.reserve(list->items.size());
  auto in = list->where ? list->where : root_scope({});
  for (const auto& item : list->items) {
    if (stopped_)
      return value::error();
    items.push_back(select(evaluate(*item, in), reference));
  }
  return value::of(items);
}

value evaluator::subscript(const value& x, const value& index) {
  for (auto v : {&x, &index})
    if (v->is_error())
      return value::error();
  for (auto v : {&x, &index})
    if (v->is_undefined())
      return value{};
  if (auto list = x.list()) {
    auto i = index.integer();
    if (!i || *i < 0 || static_cast<std::uint64_t>(*i) >= list->items.size())
      return value::error();
    auto in = list->where ? list->where : root_scope({});
    return enter(*list->items[static_cast<std::size_t>(*i)], in);
  }
  auto nested = x.nested();
  if (!nested || !index.string())
    return value::error();
  auto in = nested->where ? nested->where : root_scope(nested->what);
  auto what = in->self.find(*index.string());
  return what ? enter(*what, in) : value{};
}

value evaluator::operation(const expr& x, const scope_ptr& in) {
  switch (x.what) {
  case op::parentheses:
    return evaluate(*x.args[0], in);
  case op::plus:
  case op::minus:
  case op::logical_not:
  case op::bit_not:
    return unary(x.what, evaluate(*x.args[0], in));
  case op::subscript: {
    auto what = evaluate(*x.args[0], in);
    return subscript(what, evaluate(*x.args[1], in));
  }
  case op::ternary:
    switch (truth_of(evaluate(*x.args[0], in))) {
    case truth::yes:
      return evaluate(*x.args[1], in);
    case truth::no:
      return evaluate(*x.args[2], in);
    case truth::undefined:
      return value{};
    default:
      return value::error();
    }
  case op::elvis: {
    auto first = evaluate(*x.args[0], in);
    return first.is_undefined() ? evaluate(*x.args[1], in) : first;
  }
  default:
    return chain(x, in);
  }
}

namespace {

bool is_binary(const expr& x) {
  if (x.kind != node_kind::operation)
    return false;
  switch (x.what) {
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

} // namespace

value evaluator::fold(const expr& x, value left, const scope_ptr& in) {
  if (x.what == op::logical_and) {
    auto l = truth_of(left);
    return to_value(and_settled(l) ? l : logical_and(l, truth_of(evaluate(*x.args[1], in))));
  }
  if (x.what == op::logical_or) {
    auto l = truth_of(left);
    return to_value(or_settled(l) ? l : logical_or(l, truth_of(evaluate(*x.args[1], in))));
  }
  return binary(x.what, left, evaluate(*x.args[1], in));
}

/// Goes down the left side in a loop: a chain of a thousand `||` is as deep as it is long.
value evaluator::chain(const expr& top, const scope_ptr& in) {
  std::vector<const expr*> spine;
  auto x = &top;
  for (; is_binary(*x); x = x->args[0].get())
    spine.push_back(x);
  auto v = evaluate(*x, in);
  for (; !spine.empty(); spine.pop_back()) {
    if (stopped_ || !spend(1))
      return stop();
    v = fold(*spine.back(), std::move(v), in);
  }
  return v;
}

value evaluate(const expr_ptr& x, const ad& self, const evaluation_context& context) {
  evaluator e{context};
  return e.enter(*x, root_scope(self));
}

value evaluate(const expr_ptr& x, const ad& self, const ad& other,
               const evaluation_context& context) {
  evaluator e{context};
  auto [mine, theirs] = match_scopes(self, other);
  return e.enter(*x, mine);
}

value evaluate_attribute(const ad& self, std::string_view name, const evaluation_context& context) {
  auto x = self.lookup(name);
  return x ? evaluate(x, self, context) : value{};
}

value evaluate_attribute(const ad& self, const ad& other, std::string_view name,
                         const evaluation_context& context) {
  auto x = self.lookup(name);
  return x ? evaluate(x, self, other, context) : value{};
}

namespace {

value items_of(const value& x, const evaluation_context& context, int depth, std::size_t& room) {
  auto list = x.list();
  if (!list)
    return x;
  // Lists that name each other would grow without end.
  if (depth == 0 || room < list->items.size())
    return value::error();
  room -= list->items.size();
  std::vector<value> items;
  items.reserve(list->items.size());
  auto in = list->where ? list->where : root_scope({});
  for (const auto& item : list->items) {
    evaluator e{context};
    items.push_back(items_of(e.enter(*item, in), context, depth - 1, room));
  }
  return value::of(items);
}

} // namespace

value evaluate_items(const value& x, const evaluation_context& context) {
  constexpr int max_lists_in_lists = 64;
  std::size_t room = 100'000;
  return items_of(x, context, max_lists_in_lists, room);
}

bool counts_as_true(const value& x) { return truth_of(x) == truth::yes; }

bool left_matches_right(const ad& left, const ad& right, const evaluation_context& context) {
  return counts_as_true(evaluate_attribute(right, left, "requirements", context));
}

bool right_matches_left(const ad& left, const ad& right, const evaluation_context& context) {
  return counts_as_true(evaluate_attribute(left, right, "requirements", context));
}

bool symmetric_match(const ad& left, const ad& right, const evaluation_context& context) {
  return left_matches_right(left, right, context) && right_matches_left(left, right, context);
}

value left_rank(const ad& left, const ad& right, const evaluation_context& context) {
  return evaluate_attribute(left, right, "rank", context);
}

value right_rank(const ad& left, const ad& right, const evaluation_context& context) {
  return evaluate_attribute(right, left, "rank", context);
}

} // namespace trellis::classad
