#include "protocols/classad/ad.hpp"

#include "protocols/classad/names.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace trellis::classad {

struct ad_body {
  std::vector<ad::attribute> attributes;
  std::vector<std::string> folded; // of each attribute's name
  /// Position by name; kept only once the ad is so large that a scan would be slow.
  std::unordered_map<std::string_view, std::size_t> index;

  static constexpr std::size_t scan_limit = 12;

  ad_body() = default;

  ad_body(const ad_body& x) : attributes(x.attributes), folded(x.folded) { reindex(); }

  ad_body& operator=(const ad_body&) = delete;

  void reindex() {
    index.clear();
    if (folded.size() > scan_limit)
      for (std::size_t i = 0; i < folded.size(); ++i)
        index.emplace(folded[i], i);
  }

  std::size_t position(std::string_view name) const {
    if (!index.empty()) {
      auto it = index.find(name);
      return it == index.end() ? attributes.size() : it->second;
    }
    auto it = std::find(folded.begin(), folded.end(), name);
    return static_cast<std::size_t>(it - folded.begin());
  }
};

ad::ad() {
  static const auto nothing = std::make_shared<ad_body>();
  body_ = nothing;
}

const expr* ad::find_folded(std::string_view folded) const {
  auto i = body_->position(folded);
  return i < body_->attributes.size() ? body_->attributes[i].second.get() : nullptr;
}

const expr* ad::find(std::string_view name) const { return find_folded(fold_case(name)); }

expr_ptr ad::lookup(std::string_view name) const {
  auto i = body_->position(fold_case(name));
  return i < body_->attributes.size() ? body_->attributes[i].second : nullptr;
}

void ad::insert(std::string_view name, expr_ptr what) {
  if (body_.use_count() > 1)
    body_ = std::make_shared<ad_body>(*body_);
  auto folded = fold_case(name);
  auto i = body_->position(folded);
  if (i < body_->attributes.size()) {
    body_->attributes[i].second = std::move(what);
    return;
  }
  auto room = body_->folded.capacity();
  body_->attributes.emplace_back(std::string{name}, std::move(what));
  body_->folded.push_back(std::move(folded));
  // The index borrows the names, so it is made anew when they have moved.
  if (body_->index.empty() || room != body_->folded.capacity())
    body_->reindex();
  else
    body_->index.emplace(body_->folded.back(), i);
}

bool ad::erase(std::string_view name) {
  auto i = body_->position(fold_case(name));
  if (i == body_->attributes.size())
    return false;
  if (body_.use_count() > 1)
    body_ = std::make_shared<ad_body>(*body_);
  body_->index.clear();
  body_->attributes.erase(body_->attributes.begin() + static_cast<std::ptrdiff_t>(i));
  body_->folded.erase(body_->folded.begin() + static_cast<std::ptrdiff_t>(i));
  body_->reindex();
  return true;
}

const std::vector<ad::attribute>& ad::attributes() const { return body_->attributes; }

value value::of(const std::vector<value>& items) {
  list_value x;
  x.items.reserve(items.size());
  for (const auto& item : items)
    x.items.push_back(make_literal(item));
  return of(std::move(x));
}

namespace {

std::uint16_t height_of(const std::vector<expr_ptr>& args) {
  std::uint16_t h = 0;
  for (const auto& x : args)
    if (x)
      h = std::max(h, x->height);
  return h;
}

std::uint16_t height_of(const ad& x) {
  std::uint16_t h = 0;
  for (const auto& [name, what] : x.attributes())
    h = std::max(h, what->height);
  return h;
}

std::shared_ptr<expr> make(node_kind kind, place at, std::uint16_t below) {
  auto x = std::make_shared<expr>();
  x->kind = kind;
  x->at = at;
  x->height = below == UINT16_MAX ? below : static_cast<std::uint16_t>(below + 1);
  return x;
}

} // namespace

expr_ptr make_literal(value x, place at) {
  auto e = make(node_kind::literal, at, 0);
  e->literal = std::move(x);
  return e;
}

expr_ptr make_reference(expr_ptr scope, std::string name, bool absolute, place at) {
  auto e = make(node_kind::reference, at, scope ? scope->height : 0);
  e->folded = fold_case(name);
  e->name = std::move(name);
  e->absolute = absolute;
  e->special = static_cast<std::uint16_t>(special_name_of(e->folded));
  if (scope)
    e->args.push_back(std::move(scope));
  return e;
}

expr_ptr make_operation(op what, std::vector<expr_ptr> operands, place at) {
  auto e = make(node_kind::operation, at, height_of(operands));
  e->what = what;
  e->args = std::move(operands);
  return e;
}

expr_ptr make_call(std::string name, std::vector<expr_ptr> arguments, place at) {
  auto e = make(node_kind::call, at, height_of(arguments));
  e->folded = fold_case(name);
  e->name = std::move(name);
  e->special = function_row_of(e->folded);
  e->args = std::move(arguments);
  return e;
}

expr_ptr make_list(std::vector<expr_ptr> items, place at) {
  auto e = make(node_kind::list, at, height_of(items));
  e->args = std::move(items);
  return e;
}

expr_ptr make_record(ad x, place at) {
  auto e = make(node_kind::record, at, height_of(x));
  e->record = std::move(x);
  return e;
}

expr_ptr conjunction(const expr_ptr& a, const expr_ptr& b) {
  if (!a || !b)
    return a ? a : b;
  auto wrapped = [](const expr_ptr& x, bool right) {
    bool loose = x->kind == node_kind::operation
                 && (x->what == op::logical_or || x->what == op::ternary || x->what == op::elvis
                     || (right && x->what == op::logical_and));
    return loose ? make_operation(op::parentheses, {x}, x->at) : x;
  };
  return make_operation(op::logical_and, {wrapped(a, false), wrapped(b, true)}, a->at);
}

namespace {

bool same_literal(const value& a, const value& b) {
  if (a.kind() != b.kind())
    return false;
  switch (a.kind()) {
  case value_kind::boolean:
    return *a.boolean() == *b.boolean();
  case value_kind::integer:
    return *a.integer() == *b.integer();
  case value_kind::real:
    return (std::isnan(*a.real()) && std::isnan(*b.real()))
           || (*a.real() == *b.real() && std::signbit(*a.real()) == std::signbit(*b.real()));
  case value_kind::string:
    return *a.string() == *b.string();
  case value_kind::absolute_time:
    return *a.absolute() == *b.absolute();
  case value_kind::relative_time:
    return *a.relative() == *b.relative();
  default:
    return true;
  }
}

bool same_ads(const ad& a, const ad& b) {
  return std::equal(a.attributes().begin(), a.attributes().end(), b.attributes().begin(),
                    b.attributes().end(), [](const auto& x, const auto& y) {
                      return equal_ignoring_case(x.first, y.first) && same(x.second, y.second);
                    });
}

} // namespace

bool same(const expr_ptr& a, const expr_ptr& b) {
  if (a == b)
    return true;
  if (!a || !b || a->kind != b->kind || a->args.size() != b->args.size())
    return false;
  bool alike = false;
  switch (a->kind) {
  case node_kind::literal:
    return same_literal(a->literal, b->literal);
  case node_kind::record:
    return same_ads(a->record, b->record);
  case node_kind::reference:
    alike = a->folded == b->folded && a->absolute == b->absolute;
    break;
  case node_kind::call:
    alike = a->folded == b->folded;
    break;
  case node_kind::operation:
    alike = a->what == b->what;
    break;
  case node_kind::list:
    alike = true;
    break;
  }
  return alike && std::equal(a->args.begin(), a->args.end(), b->args.begin(), same);
}

std::string fold_case(std::string_view s) {
  std::string r{s};
  for (auto& c : r)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return r;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return low(x) == low(y); });
}

} // namespace trellis::classad
