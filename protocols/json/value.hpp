#pragma once
/// JSON text as a tree, and messages filled from it by the names of their fields. Strict: RFC 8259,
/// no comments, bounded depth. Times are ISO 8601 in UTC, or seconds since 1970. Errors:
/// `malformed` with the place, `usage` for a field that the message lacks or whose value does not
/// fit.
#include "protocols/base/result.hpp"
#include "protocols/lb/event_table.hpp"
#include "protocols/names/address.hpp"

#include <charconv>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis {

struct json_member;

struct json_value {
  enum class kind : std::uint8_t { null, boolean, number, string, list, object };

  kind what = kind::null;
  bool truth = false;
  std::string text;   // a string's value, or a number as it was written
  bool loose = false; // a string from a URL: it may stand for a number, a truth, a list of one
  std::vector<json_value> items;
  std::vector<json_member> members;

  const json_value* find(std::string_view name) const;
};

struct json_member {
  json_member(std::string name, json_value value)
      : first(std::move(name)), second(std::move(value)) {}

  std::string first;
  json_value second;
};

result<json_value> parse_json(std::string_view text);

/// The text of a tree.
std::string json_text(const json_value& x);

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
  struct element_of {
    using type = typename T::value_type;
  };

  template <class Key, class Value>
  struct element_of<std::map<Key, Value>> {
    using type = std::pair<Key, Value>; // the key can be written
  };

  template <class T>
  using element = typename element_of<T>::type;

  template <class T>
  void take(const json_value& v, T& x) {
    if constexpr (std::same_as<T, bool>)
      x = truth(v);
    else if constexpr (std::integral<T>) {
      auto text = number_text(v);
      T n{};
      auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), n);
      if (wrong != std::errc{} || end != text.data() + text.size())
        return fail("expected a whole number in range");
      x = n;
    } else if constexpr (std::same_as<T, double>)
      x = v.what == json_value::kind::null ? std::numeric_limits<double>::quiet_NaN() : number(v);
    else if constexpr (std::is_enum_v<T>)
      enumeration(v, x);
    else if constexpr (wire::is_duration<T>)
      x = std::chrono::duration_cast<T>(std::chrono::duration<double>(seconds(v)));
    else if constexpr (wire::time_point<T>)
      x = std::chrono::time_point_cast<typename T::duration>(time(v));
    else if constexpr (std::same_as<T, std::string>)
      x = string(v);
    else if constexpr (wire::name<T>)
      name(string(v), x);
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
      if (v.loose)
        return take(json_value{json_value::kind::list, false, {}, false, {v}, {}}, x);
      if (v.what != json_value::kind::list)
        return fail("expected a list [...]");
      x.clear();
      for (const auto& item : v.items) {
        element<T> y{};
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
  void name(const std::string& text, T& x) {
    if (text.empty()) // not given, as on the wire
      x = {};
    else
      parsed(T::parse(text), x);
  }

  template <class T>
  void parsed(result<T> from, T& x) {
    if (!from)
      return fail(from.why().text);
    x = std::move(*from);
  }

  bool truth(const json_value& v);
  std::string_view number_text(const json_value& v);
  double number(const json_value& v);
  double seconds(const json_value& v);
  std::chrono::sys_time<std::chrono::microseconds> time(const json_value& v);
  std::string string(const json_value& v);
  void check_names();
  void fail(const std::string& why);

  const json_value* object_;
  std::vector<std::string_view> known_;
  std::string path_, problem_;
};

/// A message from a tree.
template <class T>
result<T> from_json(const json_value& tree) {
  T x{};
  json_reader reader{tree};
  reader.object(tree, x);
  if (!reader.problem().empty())
    return error{errc::usage, reader.problem()};
  return x;
}

/// A message from JSON text.
template <class T>
result<T> from_json(std::string_view text) {
  auto tree = parse_json(text);
  if (!tree)
    return tree.why();
  return from_json<T>(*tree);
}

} // namespace trellis
