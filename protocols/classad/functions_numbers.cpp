#include "protocols/classad/functions.hpp"
#include "protocols/classad/operate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/classad/times.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

namespace trellis::classad::functions {

std::optional<double> read_number(const std::string& s) {
  auto begin = s.c_str();
  char* end = nullptr;
  auto v = std::strtod(begin, &end);
  if (end == begin)
    return std::nullopt;
  while (*end == ' ' || *end == '\t' || *end == '\n' || *end == '\r')
    ++end;
  return *end == '\0' ? std::optional{v} : std::nullopt;
}

value truncated(double x) {
  constexpr double bound = 9223372036854775808.0; // 2^63, exactly
  if (!(x >= -bound && x < bound))
    return value::error();
  return value::of(static_cast<std::int64_t>(x));
}

value as_string(const value& x) {
  switch (x.kind()) {
  case value_kind::undefined:
  case value_kind::error:
  case value_kind::string:
    return x;
  case value_kind::absolute_time:
    return value::of(print_time(*x.absolute()));
  case value_kind::relative_time:
    return value::of(print_time(*x.relative()));
  default:
    return value::of(print(x));
  }
}

value as_real(const value& x) {
  switch (x.kind()) {
  case value_kind::undefined:
    return x;
  case value_kind::boolean:
    return value::of(*x.boolean() ? 1.0 : 0.0);
  case value_kind::integer:
    return value::of(static_cast<double>(*x.integer()));
  case value_kind::real:
    return x;
  case value_kind::absolute_time:
    return value::of(static_cast<double>(x.absolute()->seconds));
  case value_kind::relative_time:
    return value::of(x.relative()->seconds);
  case value_kind::string: {
    auto v = read_number(*x.string());
    return v ? value::of(*v) : value::error();
  }
  default:
    return value::error();
  }
}

arguments::arguments(call_frame& f) {
  v.reserve(f.size());
  for (std::size_t i = 0; i < f.size(); ++i)
    v.push_back(f.arg(i));
  for (const auto& x : v)
    if (!early && x.is_error())
      early = x;
  for (const auto& x : v)
    if (!early && x.is_undefined())
      early = x;
}

value is_type(call_frame& f) {
  auto x = f.arg(0);
  return value::of(x.kind() == static_cast<value_kind>(f.tag));
}

value to_integer(call_frame& f) {
  auto x = f.arg(0);
  if (x.integer() || x.is_undefined())
    return x;
  auto r = as_real(x);
  return r.real() ? truncated(*r.real()) : r;
}

value to_real(call_frame& f) { return as_real(f.arg(0)); }

value to_string(call_frame& f) {
  auto s = as_string(f.arg(0));
  return s.string() ? f.e.sized(*s.string()) : s;
}

value to_boolean(call_frame& f) {
  auto x = f.arg(0);
  if (auto s = x.string()) {
    bool yes = equal_ignoring_case(*s, "true"), no = equal_ignoring_case(*s, "false");
    return yes || no ? value::of(yes) : value{};
  }
  if (auto t = x.relative())
    return value::of(t->seconds != 0);
  return to_value(truth_of(x));
}

value round_number(call_frame& f) {
  auto x = f.arg(0);
  if (x.integer())
    return x;
  auto r = as_real(x);
  if (!r.real())
    return value::error();
  // Halves go to the even neighbour.
  auto v = *r.real();
  auto whole = std::floor(v);
  if (f.tag == 1)
    whole = std::ceil(v);
  else if (f.tag == 2)
    whole = v - whole == 0.5 ? 2 * std::floor(whole / 2 + 0.5) : std::floor(v + 0.5);
  return truncated(whole);
}

namespace {

/// Exact, or nothing when it leaves 64 bits.
std::optional<std::int64_t> integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t r = 1;
  if (base == 0 || base == 1)
    return exponent == 0 ? 1 : base;
  if (base == -1)
    return exponent % 2 ? -1 : 1;
  for (; exponent > 0; --exponent)
    if (__builtin_mul_overflow(r, base, &r))
      return std::nullopt;
  return r;
}

} // namespace

value power(call_frame& f) {
  auto x = f.arg(0), y = f.arg(1);
  if (x.integer() && y.integer() && *y.integer() >= 0) {
    auto r = integer_power(*x.integer(), *y.integer());
    return r ? value::of(*r) : value::error();
  }
  auto base = as_real(x), exponent = as_real(y);
  if (!base.real() || !exponent.real())
    return value::error();
  return value::of(std::pow(*base.real(), *exponent.real()));
}

namespace {

/// The smallest multiple of `base` that is not below `x`; a base of zero leaves it alone.
value next_multiple(const value& x, const value& base) {
  auto r = as_real(x), b = as_real(base);
  if (!r.real() || !b.real())
    return value::error();
  if (auto step = base.integer()) {
    if (*step == 0)
      return x;
    if (auto i = x.integer()) {
      std::int64_t up = 0, result = 0;
      if (*step == std::numeric_limits<std::int64_t>::min()
          || __builtin_add_overflow(*i, *step - 1, &up) || (up == INT64_MIN && *step == -1)
          || __builtin_mul_overflow(up / *step, *step, &result))
        return value::error();
      return value::of(result);
    }
  }
  constexpr double none = 1e-8;
  if (std::fabs(*b.real()) <= none)
    return x;
  return value::of(std::ceil(*r.real() / *b.real()) * *b.real());
}

} // namespace

value quantize(call_frame& f) {
  auto x = f.arg(0), y = f.arg(1);
  auto r = as_real(x);
  if (!r.real())
    return value::error();
  auto list = y.list();
  if (!list)
    return next_multiple(x, y);
  auto all = items(f, *list);
  if (!all)
    return value::error();
  value last = value::of(std::int64_t{0});
  for (const auto& item : *all) {
    auto b = as_real(item);
    if (!b.real())
      return value::error();
    if (*b.real() >= *r.real())
      return item;
    last = item;
  }
  return next_multiple(x, last);
}

value random_number(call_frame& f) {
  auto x = f.size() == 0 ? value::of(1.0) : f.arg(0);
  if (x.is_undefined())
    return x;
  if (auto i = x.integer())
    return *i > 0 ? value::of(
               static_cast<std::int64_t>(f.e.random_bits() % static_cast<std::uint64_t>(*i)))
                  : value::error();
  auto r = x.real();
  if (!r || !(*r > 0))
    return value::error();
  constexpr double unit = 0x1p-53;
  return value::of(*r * (static_cast<double>(f.e.random_bits() >> 11) * unit));
}

value if_then_else(call_frame& f) {
  switch (truth_of(f.arg(0))) {
  case truth::yes:
    return f.arg(1);
  case truth::no:
    return f.arg(2);
  case truth::undefined:
    return value{};
  default:
    return value::error();
  }
}

} // namespace trellis::classad::functions
