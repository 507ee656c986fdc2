#include "protocols/classad/operate.hpp"

#include <cmath>
#include <limits>

namespace trellis::classad {
namespace {

using limits = std::numeric_limits<std::int64_t>;

bool is_number(const value& x) { return x.integer() || x.real() || x.boolean(); }

double as_real(const value& x) {
  if (auto r = x.real())
    return *r;
  if (auto i = x.integer())
    return static_cast<double>(*i);
  return *x.boolean() ? 1 : 0;
}

std::int64_t as_integer(const value& x) { return x.integer() ? *x.integer() : *x.boolean(); }

/// Overflow wraps round, as 64-bit registers do.
std::int64_t wrapped(op what, std::int64_t a, std::int64_t b) {
  auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  switch (what) {
  case op::add:
    return static_cast<std::int64_t>(x + y);
  case op::subtract:
    return static_cast<std::int64_t>(x - y);
  default:
    return static_cast<std::int64_t>(x * y);
  }
}

value integer_arithmetic(op what, std::int64_t a, std::int64_t b) {
  if (what != op::divide && what != op::modulo)
    return value::of(wrapped(what, a, b));
  if (b == 0)
    return value::error();
  if (a == limits::min() && b == -1)
    return value::of(what == op::divide ? limits::max() : std::int64_t{0});
  return value::of(what == op::divide ? a / b : a % b);
}

value real_arithmetic(op what, double a, double b) {
  double r = 0;
  switch (what) {
  case op::add:
    r = a + b;
    break;
  case op::subtract:
    r = a - b;
    break;
  case op::multiply:
    r = a * b;
    break;
  case op::divide:
    r = a / b;
    break;
  default: // no remainder of reals
    return value::error();
  }
  return std::isinf(r) && r > 0 ? value::error() : value::of(r);
}

/// absolute +- relative, absolute - absolute, relative +- relative, relative * and / number.
value time_arithmetic(op what, const value& a, const value& b) {
  bool sum = what == op::add, difference = what == op::subtract;
  if (a.absolute() && b.absolute() && difference)
    return value::of(relative_time{static_cast<double>(a.absolute()->seconds)
                                   - static_cast<double>(b.absolute()->seconds)});
  auto moved = [](const absolute_time& t, double by) {
    auto s = static_cast<double>(t.seconds) + by;
    if (!(std::fabs(s) < 1e15))
      return value::error();
    return value::of(absolute_time{static_cast<std::int64_t>(s), t.offset});
  };
  if (a.absolute() && b.relative() && (sum || difference))
    return moved(*a.absolute(), sum ? b.relative()->seconds : -b.relative()->seconds);
  if (a.relative() && b.absolute() && sum)
    return moved(*b.absolute(), a.relative()->seconds);
  if (a.relative() && b.relative() && (sum || difference)) {
    auto x = a.relative()->seconds, y = b.relative()->seconds;
    return value::of(relative_time{sum ? x + y : x - y});
  }
  bool scales = what == op::multiply || what == op::divide;
  if (a.relative() && (b.integer() || b.real()) && scales) {
    auto x = a.relative()->seconds, y = as_real(b);
    auto r = what == op::multiply ? x * y : x / y;
    return std::isfinite(r) ? value::of(relative_time{r}) : value::error();
  }
  if ((a.integer() || a.real()) && b.relative() && what == op::multiply)
    return value::of(relative_time{as_real(a) * b.relative()->seconds});
  return value::error();
}

value arithmetic(op what, const value& a, const value& b) {
  if (!is_number(a) || !is_number(b))
    return time_arithmetic(what, a, b);
  if (a.real() || b.real())
    return real_arithmetic(what, as_real(a), as_real(b));
  return integer_arithmetic(what, as_integer(a), as_integer(b));
}

/// As the ClassAd library computes them: a left shift counts modulo 64, a right shift of a
/// negative number by 64 or more gives -1, and `n >>> 0` of a negative number is 0.
std::int64_t shifted(op what, std::int64_t a, std::int64_t b) {
  auto u = static_cast<std::uint64_t>(a);
  auto n = static_cast<unsigned>(b & 63);
  if (what == op::shift_left)
    return static_cast<std::int64_t>(u << n);
  if (what == op::shift_right)
    return a < 0 && b >= 64 ? -1 : a >> n;
  if (a < 0 && b == 0)
    return 0;
  return static_cast<std::int64_t>(u >> n);
}

value bitwise(op what, const value& a, const value& b) {
  if (!a.integer() || !b.integer())
    return value::error();
  auto x = *a.integer(), y = *b.integer();
  switch (what) {
  case op::bit_and:
    return value::of(x & y);
  case op::bit_or:
    return value::of(x | y);
  case op::bit_xor:
    return value::of(x ^ y);
  default:
    return value::of(shifted(what, x, y));
  }
}

template <class T>
bool holds(op what, const T& a, const T& b) {
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

value comparison(op what, const value& a, const value& b) {
  if (is_number(a) && is_number(b)) {
    if (a.real() || b.real())
      return value::of(holds(what, as_real(a), as_real(b)));
    return value::of(holds(what, as_integer(a), as_integer(b)));
  }
  if (a.string() && b.string())
    return value::of(holds(what, compare_ignoring_case(*a.string(), *b.string()), 0));
  if (a.absolute() && b.absolute())
    return value::of(holds(what, a.absolute()->seconds, b.absolute()->seconds));
  if (a.relative() && b.relative())
    return value::of(holds(what, a.relative()->seconds, b.relative()->seconds));
  return value::error();
}

/// The identity test: no promotion, case matters, never undefined. Lists and ads do not compare.
value identity(const value& a, const value& b, bool wanted) {
  if (a.kind() != b.kind())
    return value::of(!wanted);
  bool alike = true;
  switch (a.kind()) {
  case value_kind::list:
  case value_kind::ad:
    return value::error();
  case value_kind::string:
    alike = *a.string() == *b.string();
    break;
  case value_kind::undefined:
  case value_kind::error:
    break;
  default:
    alike = *comparison(op::equal, a, b).boolean();
  }
  return value::of(alike == wanted);
}

} // namespace

truth truth_of(const value& x) {
  switch (x.kind()) {
  case value_kind::boolean:
    return *x.boolean() ? truth::yes : truth::no;
  case value_kind::integer:
    return *x.integer() != 0 ? truth::yes : truth::no;
  case value_kind::real:
    return *x.real() != 0 ? truth::yes : truth::no;
  case value_kind::undefined:
    return truth::undefined;
  default:
    return truth::error;
  }
}

value to_value(truth x) {
  switch (x) {
  case truth::no:
    return value::of(false);
  case truth::yes:
    return value::of(true);
  case truth::undefined:
    return value{};
  default:
    return value::error();
  }
}

bool and_settled(truth left) { return left == truth::no || left == truth::error; }

bool or_settled(truth left) { return left == truth::yes || left == truth::error; }

truth logical_and(truth left, truth right) {
  if (and_settled(left) || right == truth::error)
    return left == truth::yes || left == truth::undefined ? truth::error : left;
  return left == truth::yes || right == truth::no ? right : truth::undefined;
}

truth logical_or(truth left, truth right) {
  if (or_settled(left) || right == truth::error)
    return left == truth::no || left == truth::undefined ? truth::error : left;
  return left == truth::no || right == truth::yes ? right : truth::undefined;
}

value unary(op what, const value& x) {
  if (what == op::logical_not) {
    auto t = truth_of(x);
    return t == truth::yes || t == truth::no ? value::of(t == truth::no) : to_value(t);
  }
  if (x.is_error() || x.is_undefined())
    return x;
  if (what == op::bit_not)
    return x.integer() ? value::of(~*x.integer()) : value::error();
  if (what == op::plus)
    return x.integer() || x.real() || x.relative() ? x : value::error();
  if (auto i = x.integer())
    return value::of(wrapped(op::subtract, 0, *i));
  if (auto r = x.real())
    return value::of(-*r);
  if (auto t = x.relative())
    return value::of(relative_time{-t->seconds});
  return value::error();
}

value binary(op what, const value& left, const value& right) {
  if (what == op::is || what == op::isnt)
    return identity(left, right, what == op::is);
  for (auto x : {&left, &right})
    if (x->is_error())
      return value::error();
  for (auto x : {&left, &right})
    if (x->is_undefined())
      return value{};
  switch (what) {
  case op::add:
  case op::subtract:
  case op::multiply:
  case op::divide:
  case op::modulo:
    return arithmetic(what, left, right);
  case op::bit_or:
  case op::bit_xor:
  case op::bit_and:
  case op::shift_left:
  case op::shift_right:
  case op::shift_right_unsigned:
    return bitwise(what, left, right);
  case op::logical_and:
    return to_value(logical_and(truth_of(left), truth_of(right)));
  case op::logical_or:
    return to_value(logical_or(truth_of(left), truth_of(right)));
  default:
    return comparison(what, left, right);
  }
}

int compare_ignoring_case(std::string_view a, std::string_view b) {
  auto low = [](char c) {
    auto u = static_cast<unsigned char>(c);
    return u >= 'A' && u <= 'Z' ? u - 'A' + 'a' : int{u};
  };
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    if (auto d = low(a[i]) - low(b[i]))
      return d;
  return a.size() < b.size() ? -1 : a.size() > b.size();
}

} // namespace trellis::classad
