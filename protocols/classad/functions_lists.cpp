#include "protocols/classad/functions.hpp"
#include "protocols/classad/operate.hpp"

#include <algorithm>

namespace trellis::classad::functions {

std::optional<std::vector<value>> items(call_frame& f, const list_value& x) {
  std::vector<value> v;
  v.reserve(x.items.size());
  auto in = x.where ? x.where : root_scope({});
  for (const auto& item : x.items) {
    v.push_back(f.e.evaluate(*item, in));
    if (f.e.stopped())
      return std::nullopt;
  }
  return v;
}

value member(call_frame& f) {
  bool identical = f.tag == 1;
  auto x = f.arg(0), y = f.arg(1);
  if (y.is_undefined() || (!identical && x.is_undefined()))
    return value{};
  auto list = y.list();
  if (!list || x.list() || x.nested() || (!identical && x.is_error()))
    return value::error();
  auto in = list->where ? list->where : root_scope({});
  for (const auto& item : list->items) {
    auto hit = binary(identical ? op::is : op::equal, f.e.evaluate(*item, in), x);
    if (f.e.stopped())
      return value::error();
    if (hit.boolean() && *hit.boolean())
      return hit;
  }
  return value::of(false);
}

value size(call_frame& f) {
  auto x = f.arg(0);
  if (x.is_undefined())
    return x;
  if (auto list = x.list())
    return value::of(static_cast<std::int64_t>(list->items.size()));
  if (auto nested = x.nested())
    return value::of(static_cast<std::int64_t>(nested->what.size()));
  if (auto s = x.string())
    return value::of(static_cast<std::int64_t>(s->size()));
  return value::error();
}

namespace {

/// The numbers of a list without its undefined items; an early answer otherwise.
struct numbers {
  explicit numbers(call_frame& f) {
    auto x = f.arg(0);
    if (x.is_undefined()) {
      early = x;
      return;
    }
    auto list = x.list();
    auto all = list ? items(f, *list) : std::nullopt;
    if (!all) {
      early = value::error();
      return;
    }
    for (auto& item : *all) {
      if (item.is_undefined())
        continue;
      if (!item.integer() && !item.real() && !item.boolean()) {
        early = value::error();
        return;
      }
      v.push_back(std::move(item));
    }
    if (v.empty())
      early = value{};
    if (v.size() > 1)
      promote();
  }

  /// One kind for all: reals when there is a real. A number alone stays what it is.
  void promote() {
    bool real = std::any_of(v.begin(), v.end(), [](const value& x) { return x.real(); });
    for (auto& x : v)
      x = real ? as_real(x) : value::of(x.integer() ? *x.integer() : std::int64_t{*x.boolean()});
  }

  std::vector<value> v;
  std::optional<value> early;
};

} // namespace

value sum(call_frame& f) {
  numbers n{f};
  if (n.early)
    return *n.early;
  auto total = n.v[0];
  for (std::size_t i = 1; i < n.v.size(); ++i)
    total = binary(op::add, total, n.v[i]);
  return f.tag == 1 ? binary(op::divide, total, value::of(static_cast<double>(n.v.size()))) : total;
}

value extreme(call_frame& f) {
  numbers n{f};
  if (n.early)
    return *n.early;
  auto best = n.v[0];
  for (const auto& x : n.v) {
    auto better = binary(f.tag == 0 ? op::less : op::greater, x, best);
    if (better.boolean() && *better.boolean())
      best = x;
  }
  return best;
}

value compare_all(call_frame& f) {
  static constexpr std::pair<std::string_view, op> operators[] = {
      {"<",    op::less         },
      {"<=",   op::less_equal   },
      {"==",   op::equal        },
      {"!=",   op::not_equal    },
      {">=",   op::greater_equal},
      {">",    op::greater      },
      {"is",   op::is           },
      {"isnt", op::isnt         },
      {"=?=",  op::is           },
      {"=!=",  op::isnt         },
  };
  bool need_all = f.tag == 1;
  auto what = f.arg(0), where = f.arg(1), x = f.arg(2);
  for (auto v : {&what, &where})
    if (v->is_error())
      return value::error();
  for (auto v : {&what, &where})
    if (v->is_undefined())
      return value{};
  auto row = std::find_if(std::begin(operators), std::end(operators), [&](const auto& o) {
    return what.string() && equal_ignoring_case(o.first, *what.string());
  });
  auto list = where.list();
  if (row == std::end(operators) || !list)
    return value::error();
  auto all = items(f, *list);
  if (!all)
    return value::error();
  for (const auto& item : *all) {
    auto hit = binary(row->second, item, x);
    if (hit.is_error())
      return hit;
    // An undefined comparison holds for nobody.
    if (counts_as_true(hit) != need_all)
      return value::of(!need_all);
  }
  return value::of(need_all);
}

namespace {

/// `/vo/group/Role=r`, in lower case, with `Role=NULL` and the capability taken off.
std::string plain_fqan(std::string_view s) {
  auto x = fold_case(s);
  // An old form writes /VO=x/GROUP=/x/...
  if (x.starts_with("/vo=")) {
    auto group = x.find("/group=");
    if (group != x.npos)
      x = x.substr(group + 7);
    if (!x.starts_with('/'))
      x.insert(x.begin(), '/');
  }
  if (auto capability = x.find("/capability="); capability != x.npos)
    x.resize(capability);
  if (x.ends_with("/role=null"))
    x.resize(x.size() - 10);
  return x;
}

} // namespace

value fqan_member(call_frame& f) {
  arguments a{f};
  if (a.early)
    return *a.early;
  auto list = a.v[1].list();
  if (!a.v[0].string() || !list)
    return value::error();
  auto all = items(f, *list);
  if (!all)
    return value::error();
  auto wanted = plain_fqan(*a.v[0].string());
  for (const auto& item : *all)
    if (item.string() && (*item.string() == "*" || plain_fqan(*item.string()) == wanted))
      return value::of(true);
  return value::of(false);
}

} // namespace trellis::classad::functions
