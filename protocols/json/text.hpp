#pragma once
/// Messages as JSON text, by the names of their fields: names and enums with words as strings,
/// times as ISO 8601 in UTC, durations in seconds, an absent optional as null, an event's body as
/// an object with its "event".
#include "protocols/lb/event_table.hpp"
#include "protocols/names/address.hpp"
#include "protocols/wire/codec.hpp"

#include <string>
#include <string_view>

namespace trellis {

std::string json_string(std::string_view text);
/// The bytes of the UTF-8 sequence that `s` begins with; 0 when it is none.
std::size_t utf8_sequence(std::string_view s);
std::string json_number(double x); // null when it is no number
std::string iso_time(std::chrono::sys_time<std::chrono::microseconds> at);
/// 2026-01-31T12:00:00[.123456]Z, from year 1 to 9999.
std::optional<std::chrono::sys_time<std::chrono::microseconds>>
parse_iso_time(std::string_view text);

class json_writer {
public:
  using visits_wire_fields = void;

  void field(const char* name, const auto& x) {
    out_ += first_ ? "" : ", ";
    first_ = false;
    out_ += json_string(name);
    out_ += ": ";
    value(x);
  }

  template <class T>
  void value(const T& x) {
    if constexpr (std::same_as<T, bool>)
      out_ += x ? "true" : "false";
    else if constexpr (std::integral<T>)
      out_ += std::to_string(x);
    else if constexpr (std::same_as<T, double>)
      out_ += json_number(x);
    else if constexpr (std::is_enum_v<T>)
      enumeration(x);
    else if constexpr (wire::is_duration<T>)
      out_ += json_number(std::chrono::duration<double>(x).count());
    else if constexpr (wire::time_point<T>)
      out_ += json_string(iso_time(std::chrono::time_point_cast<std::chrono::microseconds>(x)));
    else if constexpr (std::convertible_to<const T&, std::string_view>)
      out_ += json_string(x);
    else if constexpr (wire::name<T>)
      out_ += json_string(x.text());
    else if constexpr (wire::is_a<T, std::optional>) {
      if (x)
        value(*x);
      else
        out_ += "null";
    } else
      composite(x);
  }

  std::string take() { return std::move(out_); }

private:
  template <class T>
  void enumeration(T x) {
    if constexpr (requires { std::string_view{word(x)}; })
      out_ += json_string(word(x));
    else
      out_ += std::to_string(static_cast<unsigned>(x));
  }

  template <class T>
  void composite(const T& x) {
    if constexpr (std::same_as<T, address>)
      out_ += json_string(trellis::text(x));
    else if constexpr (std::same_as<T, lb::sequence_code>)
      out_ += json_string(x.print());
    else if constexpr (std::same_as<T, lb::event_body>)
      body(x);
    else if constexpr (wire::is_a<T, std::pair>) {
      out_ += '[';
      value(x.first);
      out_ += ", ";
      value(x.second);
      out_ += ']';
    } else if constexpr (std::ranges::range<T>)
      list(x);
    else
      object(x);
  }

  void list(const auto& x) {
    out_ += '[';
    bool more = false;
    for (const auto& y : x) {
      out_ += more ? ", " : "";
      more = true;
      value(y);
    }
    out_ += ']';
  }

  template <class T>
  void object(const T& x) {
    out_ += '{';
    auto before = std::exchange(first_, true);
    fields(x);
    first_ = before;
    out_ += '}';
  }

  template <class T>
  void fields(const T& x) {
    if constexpr (!std::is_empty_v<T>)
      inspect(*this, const_cast<T&>(x)); // only reads
  }

  void body(const lb::event_body& x);

  std::string out_;
  bool first_ = true;
};

template <class T>
std::string json(const T& x) {
  json_writer w;
  w.value(x);
  return w.take();
}

} // namespace trellis
