#include "protocols/classad/operate.hpp"
#include "protocols/classad/program.hpp"

#include <algorithm>

namespace trellis::classad {

word word_store::from(const value& x) {
  word w;
  switch (x.kind()) {
  case value_kind::undefined:
    return w;
  case value_kind::error:
    return word::error();
  case value_kind::boolean:
    return word::of(*x.boolean());
  case value_kind::integer:
    return word::of(*x.integer());
  case value_kind::real:
    return word::of(*x.real());
  case value_kind::string:
    texts_.push_back({*x.string(), fold_case(*x.string())});
    w.kind = word_kind::string;
    w.string = &texts_.back();
    return w;
  default:
    return word::elsewhere();
  }
}

word word_store::from(const expr& x) {
  if (x.kind == node_kind::literal)
    return from(x.literal);
  bool plain = x.kind == node_kind::list
               && std::all_of(x.args.begin(), x.args.end(),
                              [](const auto& y) { return y->kind == node_kind::literal; });
  if (!plain)
    return word::elsewhere();
  plain_list list;
  for (const auto& item : x.args) {
    list.items.push_back(from(item->literal));
    if (list.items.back().kind == word_kind::other)
      return word::elsewhere();
  }
  lists_.push_back(std::move(list));
  word w;
  w.kind = word_kind::list;
  w.list = &lists_.back();
  return w;
}

namespace {

template <class T>
bool holds(op what, T a, T b) {
  switch (what) {
  case op::less:
    return a < b;
  case op::less_equal:
    return a <= b;
  case op::equal:
    return a == b;
  case op::not_equal:
    return a != b;
  case op::greater_equal:
    return a >= b;
  default:
    return a > b;
  }
}

bool is_number(word x) {
  return x.kind == word_kind::integer || x.kind == word_kind::real || x.kind == word_kind::boolean;
}

double as_real(word x) {
  return x.kind == word_kind::real ? x.real : static_cast<double>(x.integer);
}

word identity(word a, word b, bool wanted) {
  if (a.kind != b.kind)
    return word::of(!wanted);
  switch (a.kind) {
  case word_kind::undefined:
  case word_kind::error:
    return word::of(wanted);
  case word_kind::list:
    return word::error();
  case word_kind::string:
    return word::of((a.string->original == b.string->original) == wanted);
  case word_kind::real:
    return word::of((a.real == b.real) == wanted);
  default:
    return word::of((a.integer == b.integer) == wanted);
  }
}

} // namespace

word compare_words(op what, word a, word b) {
  if (a.kind == word_kind::integer && b.kind == word_kind::integer && what != op::is
      && what != op::isnt)
    return word::of(holds(what, a.integer, b.integer));
  if (a.kind == word_kind::other || b.kind == word_kind::other)
    return word::elsewhere();
  if (what == op::is || what == op::isnt)
    return identity(a, b, what == op::is);
  if (a.kind == word_kind::error || b.kind == word_kind::error)
    return word::error();
  if (a.kind == word_kind::undefined || b.kind == word_kind::undefined)
    return {};
  if (a.kind == word_kind::string && b.kind == word_kind::string) {
    if (what == op::equal || what == op::not_equal)
      return word::of((a.string->folded == b.string->folded) == (what == op::equal));
    return word::of(holds(what, compare_ignoring_case(a.string->folded, b.string->folded), 0));
  }
  if (!is_number(a) || !is_number(b))
    return word::error();
  if (a.kind == word_kind::real || b.kind == word_kind::real)
    return word::of(holds(what, as_real(a), as_real(b)));
  return word::of(holds(what, a.integer, b.integer));
}

word calculate_words(op what, word a, word b) {
  if (a.kind == word_kind::other || b.kind == word_kind::other)
    return word::elsewhere();
  if (a.kind == word_kind::error || b.kind == word_kind::error)
    return word::error();
  if (a.kind == word_kind::undefined || b.kind == word_kind::undefined)
    return {};
  if (!is_number(a) || !is_number(b))
    return word::error();
  // The rules of arithmetic stand in one place; numbers pass through values without allocation.
  auto as_value = [](word x) {
    return x.kind == word_kind::real      ? value::of(x.real)
           : x.kind == word_kind::boolean ? value::of(x.integer != 0)
                                          : value::of(x.integer);
  };
  auto r = binary(what, as_value(a), as_value(b));
  if (auto i = r.integer())
    return word::of(*i);
  return r.real() ? word::of(*r.real()) : word::error();
}

} // namespace trellis::classad
