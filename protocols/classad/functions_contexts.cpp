#include "protocols/classad/functions.hpp"
#include "protocols/classad/operate.hpp"
#include "protocols/classad/text.hpp"

#include <algorithm>

namespace trellis::classad::functions {

/// Parses its text and evaluates it where the call stands.
value eval(call_frame& f) {
  auto s = as_string(f.arg(0));
  if (!s.string() || !f.e.spend(s.string()->size() / 4))
    return value::error();
  read_options options;
  options.max_nesting = 100;
  options.max_height = 500;
  auto x = reader{options}.read_expression(*s.string());
  return x ? f.e.evaluate(*x, f.in) : value::error();
}

/// The text an attribute is bound to.
value unparse(call_frame& f) {
  const auto& x = *f.x.args[0];
  if (x.kind != node_kind::reference)
    return value::error();
  found_name found;
  if (x.args.empty()) {
    found = f.e.find(x, f.in);
  } else {
    auto of = f.e.evaluate(*x.args[0], f.in);
    if (auto nested = of.nested())
      found = f.e.find(x, nested->where ? nested->where : root_scope(nested->what));
    else if (!of.is_undefined())
      return value::error();
  }
  return found.what ? f.e.sized(print(*found.what)) : value{};
}

namespace {

struct reference_finder {
  evaluator& e;
  std::vector<std::string> names; // sorted, without `target.`
  int depth = 0;

  void visit(const expr& x, const scope_ptr& in) {
    constexpr int max_depth = 64;
    if (depth > max_depth || !e.spend(1))
      return;
    ++depth;
    if (x.kind == node_kind::reference)
      reference(x, in);
    else
      for (const auto& y : x.args)
        visit(*y, in);
    --depth;
  }

  void reference(const expr& x, const scope_ptr& in) {
    if (x.args.empty()) {
      auto found = e.find(x, in);
      if (found.what)
        visit(*found.what, found.where);
      else
        add(x.name);
      return;
    }
    const auto& of = *x.args[0];
    bool plain = of.kind == node_kind::reference && of.args.empty();
    auto bound = plain ? e.find(of, in) : found_name{};
    if (!bound.what && plain && (of.folded == "my" || of.folded == "self"))
      return reference(*make_reference(nullptr, x.name), in);
    if (!bound.what && plain && (of.folded == "target" || of.folded == "other"))
      add(x.name);
    else if (plain)
      visit(of, in);
    else
      visit(of, in);
  }

  void add(const std::string& name) {
    auto it = std::lower_bound(names.begin(), names.end(), name, [](const auto& a, const auto& b) {
      return compare_ignoring_case(a, b) < 0;
    });
    if (it == names.end() || !equal_ignoring_case(*it, name))
      names.insert(it, name);
  }
};

} // namespace

/// unresolved(attribute): names its expression needs from elsewhere, with commas between them;
/// unresolved(attribute, pattern): whether one of them matches, case ignored.
value unresolved(call_frame& f) {
  const auto& x = *f.x.args[0];
  if (x.kind != node_kind::reference || !x.args.empty())
    return value::error();
  auto found = f.e.find(x, f.in);
  if (!found.what)
    return value{};
  reference_finder finder{f.e, {}};
  finder.visit(*found.what, found.where);
  if (f.size() == 2) {
    auto text = f.arg(1);
    if (!text.string())
      return text.is_undefined() ? text : value::error();
    for (const auto& n : finder.names) {
      auto hit = pattern_found(f.e, *text.string(), n, "i");
      if (!hit || *hit)
        return hit ? value::of(true) : value::error();
    }
    return value::of(false);
  }
  std::string out;
  for (const auto& n : finder.names)
    out += (out.empty() ? "" : ",") + n;
  return f.e.sized(std::move(out));
}

namespace {

/// An expression given to be evaluated in other ads: a bare or `MY.` name means what it is bound to
/// here.
const expr* bound_expression(call_frame& f, const expr& x) {
  bool mine = x.kind == node_kind::reference && !x.absolute
              && (x.args.empty()
                  || (x.args.size() == 1 && x.args[0]->kind == node_kind::reference
                      && x.args[0]->args.empty()
                      && (x.args[0]->folded == "my" || x.args[0]->folded == "self")));
  if (!mine)
    return &x;
  auto found = f.e.find(x.folded, f.in);
  return found.what ? found.what : &x;
}

} // namespace

/// evalInEachContext(expression, ads): its value in each ad; countMatches: how many are true. Names
/// an ad lacks are looked for where the call stands.
value eval_in_each_context(call_frame& f) {
  auto x = f.arg(1);
  bool count = f.tag == 1;
  if (x.is_undefined())
    return count ? value::of(std::int64_t{0}) : x;
  std::vector<value> ads;
  if (x.nested()) {
    ads.push_back(x);
  } else if (x.list()) {
    auto all = items(f, *x.list());
    if (!all)
      return value::error();
    ads = std::move(*all);
  } else {
    return value::error();
  }
  auto what = bound_expression(f, *f.x.args[0]);
  std::vector<value> results;
  std::int64_t yes = 0;
  for (const auto& y : ads) {
    auto nested = y.nested();
    if (!nested) {
      results.push_back(y.is_undefined() ? value{} : value::error());
      continue;
    }
    auto in = std::make_shared<scope>();
    in->self = nested->what;
    in->parent = f.in;
    results.push_back(f.e.evaluate(*what, in));
    yes += counts_as_true(results.back());
    if (f.e.stopped())
      return value::error();
  }
  return count ? value::of(yes) : value::of(results);
}

value debug(call_frame& f) { return f.arg(0); }

/// userHome(name [, default]).
value user_home(call_frame& f) {
  auto x = f.arg(0);
  auto otherwise = f.size() == 2 ? f.arg(1) : value{};
  if (x.is_error() || otherwise.is_error())
    return value::error();
  if (!x.string())
    return x.is_undefined() ? otherwise : value::error();
  auto home = f.e.context().user_home ? f.e.context().user_home(*x.string()) : std::nullopt;
  return home ? f.e.sized(*home) : otherwise;
}

/// userMap(map, user [, preferred [, default]]): the preferred group when the user has it, else
/// the default, else the first.
value user_map(call_frame& f) {
  std::vector<value> a;
  for (std::size_t i = 0; i < f.size(); ++i)
    a.push_back(f.arg(i));
  for (const auto& x : a)
    if (x.is_error() || (!x.string() && !x.is_undefined()))
      return value::error();
  auto otherwise = a.size() == 4 ? a[3] : value{};
  if (!a[0].string() || !a[1].string() || !f.e.context().user_map)
    return otherwise;
  auto groups = f.e.context().user_map(*a[0].string(), *a[1].string());
  if (!groups)
    return otherwise;
  if (a.size() == 2)
    return f.e.sized(*groups);
  auto all = tokens(*groups, ",");
  for (const auto& g : all)
    if (a[2].string() && equal_ignoring_case(g, *a[2].string()))
      return f.e.sized(g);
  if (otherwise.string() || all.empty())
    return otherwise;
  return f.e.sized(all.front());
}

/// anyMatch(ads, expression), allMatch, whichMatch: the expression as the Requirements of this ad
/// against each of the ads.
value match_ads(call_frame& f) {
  auto x = f.arg(0);
  if (x.is_undefined())
    return x;
  auto all = x.list() ? items(f, *x.list()) : std::nullopt;
  if (!all)
    return value::error();
  auto what = bound_expression(f, *f.x.args[1]);
  std::vector<value> hits;
  for (const auto& y : *all) {
    auto nested = y.nested();
    if (!nested)
      return value::error();
    auto [mine, theirs] = match_scopes(evaluator::root_of(*f.in).self, nested->what);
    if (counts_as_true(f.e.evaluate(*what, mine)))
      hits.push_back(y);
    if (f.e.stopped())
      return value::error();
  }
  if (f.tag == 2)
    return hits.empty() ? value{} : value::of(hits);
  return value::of(f.tag == 0 ? !hits.empty() : hits.size() == all->size());
}

/// retrieveCloseSEsInfo(...): the ads of the SEs close to the CE of the match.
value close_storage(call_frame& f) {
  auto other = evaluator::other_of(*f.in);
  std::vector<value> found;
  if (other && f.e.context().close_storage)
    for (auto& x : f.e.context().close_storage(other->self))
      found.push_back(value::of(ad_value{std::move(x), nullptr}));
  return value::of(found);
}

/// successFraction(ceId [, server]): 1.0 when nothing is known.
value success_fraction(call_frame& f) {
  arguments a{f};
  if (a.early)
    return *a.early;
  for (const auto& x : a.v)
    if (!x.string())
      return value::error();
  auto server = a.v.size() == 2 ? std::string_view{*a.v[1].string()} : std::string_view{};
  auto known = f.e.context().success_fraction
                   ? f.e.context().success_fraction(*a.v[0].string(), server)
                   : std::nullopt;
  return value::of(known.value_or(1.0));
}

/// measuredResponseTime(ceId [, server [, deviation]]): seconds, undefined when nothing is known.
value response_time(call_frame& f) {
  arguments a{f};
  if (a.early)
    return *a.early;
  bool fits = a.v[0].string() && (a.v.size() < 2 || a.v[1].string())
              && (a.v.size() < 3 || a.v[2].boolean());
  if (!fits)
    return value::error();
  auto server = a.v.size() > 1 ? std::string_view{*a.v[1].string()} : std::string_view{};
  auto known = f.e.context().response_time ? f.e.context().response_time(
                   *a.v[0].string(), server, a.v.size() == 3 && *a.v[2].boolean())
                                           : std::nullopt;
  return known ? value::of(*known) : value{};
}

} // namespace trellis::classad::functions
