#pragma once
/// JSON text as a tree, and messages filled from it by the names of their fields. Strict: RFC 8259,
/// no comments, bounded depth. Errors: `malformed` with the place, `usage` for a field that the
/// message lacks or whose value does not fit.
#include "protocols/base/result.hpp"
#include "protocols/lb/event_table.hpp"
#include "protocols/names/address.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis::shell {

struct json_value {
  enum class kind : std::uint8_t { null, boolean, number, string, list, object };

  kind what = kind::null;
  bool truth = false;
  std::string text; // a string's value, or a number as it was written
  std::vector<json_value> items;
  std::vector<std::pair<std::string, json_value>> members;

  const json_value* find(std::string_view name) const;
};

result<json_value> parse_json(std::string_view text);

/// Fills a message; its first problem is kept.
class json_reader {
public:
  using visits_wire_fields = void;

  explicit json_reader(const json_value& from) : object_(&from) {}

  const std::string& problem() const { return problem_; }

  void field(const char* name, auto& x) {
    known_.push_back(name);
    auto value = object_->find(name);
    if (!value)
      return; // the default stays
    auto before = std::exchange(path_, path_ + (path_.empty() ? "" : ".") + name);
    take(*value, x);
    path_ = before;
  }

  template <class T>
  void object(const json_value& from, T& x) {
    if (from.what != json_value::kind::object)
      return fail("expected an object {...}");
    auto outer = std::exchange(object_, &from);
    auto outer_known = std::exchange(known_, {});
    if constexpr (!std::is_empty_v<T>)
      inspect(*this, x);
    check_names();
    known_ = std::move(outer_known);
    object_ = outer;
  }

private:
  template <class T>
  void take(const json_value& v, T& x) {
    if constexpr (std::same_as<T, bool>) {
      if (v.what != json_value::kind::boolean)
        return fail("expected true or false");
      x = v.truth;
    } else if constexpr (std::integral<T>) {
      auto n = number(v);
      if (n != std::floor(n) || n < static_cast<double>(std::numeric_limits<T>::min())
          || n > static_cast<double>(std::numeric_limits<T>::max()))
        return fail("expected a whole number in range");
      x = static_cast<T>(n);
    } else if constexpr (std::same_as<T, double>)
      x = number(v);
    else if constexpr (std::is_enum_v<T>)
      enumeration(v, x);
    else if constexpr (wire::is_duration<T>)
      x = std::chrono::duration_cast<T>(std::chrono::duration<double>(number(v)));
    else if constexpr (wire::time_point<T>)
      x = T{std::chrono::duration_cast<typename T::duration>(
          std::chrono::duration<double>(number(v)))};
    else if constexpr (std::same_as<T, std::string>)
      x = string(v);
    else if constexpr (wire::name<T>)
      parsed(T::parse(string(v)), x);
    else if constexpr (std::same_as<T, address>)
      parsed(parse_address(string(v)), x);
    else if constexpr (std::same_as<T, lb::sequence_code>)
      parsed(T::parse(string(v)), x);
    else
      composite(v, x);
  }

  template <class T>
  void composite(const json_value& v, T& x) {
    if constexpr (wire::is_a<T, std::optional>) {
      x.reset();
      if (v.what != json_value::kind::null)
        take(v, x.emplace());
    } else if constexpr (std::same_as<T, lb::event_body>)
      body(v, x, std::make_index_sequence<std::variant_size_v<T>>{});
    else if constexpr (wire::is_a<T, std::pair>) {
      if (v.what != json_value::kind::list || v.items.size() != 2)
        return fail("expected a list of two");
      take(v.items[0], x.first);
      take(v.items[1], x.second);
    } else if constexpr (std::ranges::range<T>) {
      if (v.what != json_value::kind::list)
        return fail("expected a list [...]");
      for (const auto& item : v.items) {
        typename T::value_type y{};
        take(item, y);
        x.insert(x.end(), std::move(y));
      }
    } else
      object(v, x);
  }

  template <class T>
  void enumeration(const json_value& v, T& x) {
    if constexpr (requires {
                    std::string_view{word(x)};
                    known(x);
                  })
      if (v.what == json_value::kind::string) {
        for (int i = 0; i < 256; ++i)
          if (auto y = static_cast<T>(i); known(y) && word(y) == v.text) {
            x = y;
            return;
          }
        return fail("'" + v.text + "' is not one of its words");
      }
    auto n = number(v);
    auto y = static_cast<T>(n >= 0 && n < 256 ? static_cast<int>(n) : 255);
    if constexpr (requires { known(y); })
      if (!known(y))
        return fail("no such number");
    x = y;
  }

  template <std::size_t... Is>
  void body(const json_value& v, lb::event_body& x, std::index_sequence<Is...>) {
    auto event = v.find("event");
    auto kind = event ? lb::kind_from(event->text) : std::nullopt;
    if (!kind)
      return fail("expected an object with \"event\": the kind of event");
    auto rest = v;
    std::erase_if(rest.members, [](const auto& m) { return m.first == "event"; });
    auto index = static_cast<std::size_t>(*kind);
    ((Is == index ? object(rest, x.template emplace<Is>()) : void()), ...);
  }

  template <class T>
  void parsed(result<T> from, T& x) {
    if (!from)
      return fail(from.why().text);
    x = std::move(*from);
  }

  double number(const json_value& v);
  std::string string(const json_value& v);
  void check_names();
  void fail(const std::string& why);

  const json_value* object_;
  std::vector<std::string_view> known_;
  std::string path_, problem_;
};

/// A message from JSON text.
template <class T>
result<T> from_json(std::string_view text) {
  auto tree = parse_json(text);
  if (!tree)
    return tree.why();
  T x{};
  json_reader reader{*tree};
  reader.object(*tree, x);
  if (!reader.problem().empty())
    return error{errc::usage, reader.problem()};
  return x;
}

} // namespace trellis::shell
