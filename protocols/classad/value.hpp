#pragma once
/// ClassAd values. Lists and ads are values too, and lazy ones: they keep their expressions and the
/// scope these are to be evaluated in.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trellis::classad {

struct expr;
struct scope;
struct ad_body;
class value;

using expr_ptr = std::shared_ptr<const expr>;
using scope_ptr = std::shared_ptr<const scope>;

struct undefined_value {
  friend bool operator==(undefined_value, undefined_value) = default;
};

struct error_value {
  friend bool operator==(error_value, error_value) = default;
};

/// Seconds since the epoch, and the zone it is shown in as seconds east of UTC.
struct absolute_time {
  std::int64_t seconds = 0;
  std::int32_t offset = 0;

  friend bool operator==(const absolute_time&, const absolute_time&) = default;
};

struct relative_time {
  double seconds = 0;

  friend bool operator==(const relative_time&, const relative_time&) = default;
};

/// Names bound to expressions, in the order written. A handle: copies share a body, a change of a
/// shared body copies it first. A second attribute of the same name replaces the first.
class ad {
public:
  using attribute = std::pair<std::string, expr_ptr>;

  ad();

  /// The expression bound to a name, or null; case is ignored.
  const expr* find(std::string_view name) const;
  expr_ptr lookup(std::string_view name) const;
  /// As `find`, for a name in lower case already.
  const expr* find_folded(std::string_view folded) const;
  void insert(std::string_view name, expr_ptr what);
  bool erase(std::string_view name);

  const std::vector<attribute>& attributes() const;

  std::size_t size() const { return attributes().size(); }

  bool empty() const { return attributes().empty(); }

  /// What tells two ads apart without looking into them.
  const void* identity() const { return body_.get(); }

private:
  std::shared_ptr<ad_body> body_;
};

/// Items and where they are evaluated; items of a computed list are literals.
struct list_value {
  std::vector<expr_ptr> items;
  scope_ptr where;
};

/// An ad and what lexically encloses it.
struct ad_value {
  ad what;
  scope_ptr where; // the ad's own scope; null for one that stands alone
};

enum class value_kind : std::uint8_t {
  undefined,
  error,
  boolean,
  integer,
  real,
  string,
  absolute_time,
  relative_time,
  list,
  ad
};

class value {
public:
  value() = default;

  static value error() { return value{variant{error_value{}}}; }

  static value of(bool x) { return value{variant{x}}; }

  static value of(std::int64_t x) { return value{variant{x}}; }

  static value of(double x) { return value{variant{x}}; }

  static value of(std::string x) { return value{variant{std::move(x)}}; }

  static value of(absolute_time x) { return value{variant{x}}; }

  static value of(relative_time x) { return value{variant{x}}; }

  static value of(list_value x) {
    return value{variant{std::make_shared<const list_value>(std::move(x))}};
  }

  static value of(ad_value x) {
    return value{variant{std::make_shared<const ad_value>(std::move(x))}};
  }

  /// A list of values that are known already.
  static value of(const std::vector<value>& items);

  value_kind kind() const { return static_cast<value_kind>(x_.index()); }

  bool is_undefined() const { return kind() == value_kind::undefined; }

  bool is_error() const { return kind() == value_kind::error; }

  /// Null when it is of another type.
  const bool* boolean() const { return std::get_if<bool>(&x_); }

  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&x_); }

  const double* real() const { return std::get_if<double>(&x_); }

  const std::string* string() const { return std::get_if<std::string>(&x_); }

  const absolute_time* absolute() const { return std::get_if<absolute_time>(&x_); }

  const relative_time* relative() const { return std::get_if<relative_time>(&x_); }

  const list_value* list() const {
    auto p = std::get_if<std::shared_ptr<const list_value>>(&x_);
    return p ? p->get() : nullptr;
  }

  const ad_value* nested() const {
    auto p = std::get_if<std::shared_ptr<const ad_value>>(&x_);
    return p ? p->get() : nullptr;
  }

private:
  using variant = std::variant<undefined_value, error_value, bool, std::int64_t, double,
                               std::string, absolute_time, relative_time,
                               std::shared_ptr<const list_value>, std::shared_ptr<const ad_value>>;

  explicit value(variant x) : x_(std::move(x)) {}

  variant x_;
};

} // namespace trellis::classad
