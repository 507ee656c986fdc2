#pragma once
/// How a message becomes bytes. No CAF, no allocation beyond the message itself.
///
///   struct                  length:varint field*      a field may be appended, never moved
///   unsigned, bool, enum    varint                    strong numbers are enums
///   signed, duration, time  zigzag varint
///   double                  8 bytes, little endian
///   string                  length:varint byte*
///   name (job id, CE id...) as a string; empty is not given, else its own parser reads it back
///   list, set, map          count:varint element*     a map's element is key, value
///   optional                0 | 1 value
///   variant                 index:varint value        alternatives may be appended
///
/// A reader skips fields that it does not know and leaves the default in fields that the sender did
/// not know. It refuses whatever is out of range, unknown, too deep, or has too many elements for
/// `limits`, and a struct for which `complete(x)` is there and says no: a name that must be given.
#include "protocols/base/result.hpp"
#include "protocols/wire/inspect.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trellis::wire {

static_assert(std::endian::native == std::endian::little);

struct limits {
  int depth = 16;
  /// Of all lists together: one byte on the wire may cost 200 in memory.
  std::size_t elements = 65'536;
};

template <class T, template <class...> class Of>
inline constexpr bool is_a = false;
template <template <class...> class Of, class... Ts>
inline constexpr bool is_a<Of<Ts...>, Of> = true;

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = std::integral<Rep>;

template <class T>
concept time_point = requires(T x) {
  requires is_duration<decltype(x.time_since_epoch())>;
};

/// A checked name: text out, parser in.
template <class T>
concept name = requires(const T& x, std::string_view s) {
  { x.text() } -> std::convertible_to<std::string_view>;
  { T::parse(s) } -> std::same_as<result<T>>;
};

template <class T>
inline constexpr bool has_fields = std::is_empty_v<T> || requires(class writer& w, T& x) {
  inspect(w, x);
};

class writer {
public:
  using visits_wire_fields = void;
  std::string out;

  void field(const char*, const auto& x) { put(x); }

  template <class T>
  void put(const T& x) {
    if constexpr (std::unsigned_integral<T>) // bool is one
      number(x);
    else if constexpr (std::signed_integral<T>)
      number((static_cast<std::uint64_t>(x) << 1)
             ^ static_cast<std::uint64_t>(std::int64_t{x} >> 63));
    else if constexpr (std::is_enum_v<T>)
      put(static_cast<std::underlying_type_t<T>>(x));
    else if constexpr (std::same_as<T, double>)
      for (char c : std::bit_cast<std::array<char, 8>>(x))
        out += c;
    else if constexpr (is_duration<T>)
      put(static_cast<std::int64_t>(x.count()));
    else if constexpr (time_point<T>)
      put(x.time_since_epoch());
    else if constexpr (std::same_as<T, std::string>)
      text(x);
    else if constexpr (name<T>)
      text(x.text());
    else if constexpr (is_a<T, std::optional>) {
      put(x.has_value());
      if (x)
        put(*x);
    } else if constexpr (is_a<T, std::variant>) {
      number(x.index());
      std::visit([this](const auto& y) { put(y); }, x);
    } else if constexpr (is_a<T, std::pair>) {
      put(x.first);
      put(x.second);
    } else if constexpr (std::ranges::range<T>) {
      number(x.size());
      for (const auto& y : x)
        put(y);
    } else
      structure(x);
  }

private:
  void number(std::uint64_t v) {
    for (; v > 127; v >>= 7)
      out += static_cast<char>(v | 128);
    out += static_cast<char>(v);
  }

  void text(std::string_view s) {
    number(s.size());
    out += s;
  }

  template <class T>
  void structure(const T& x) {
    static_assert(has_fields<T>, "this type needs: TRELLIS_INSPECT(type, fields...)");
    auto start = out.size();
    if constexpr (!std::is_empty_v<T>)
      inspect(*this, const_cast<T&>(x)); // one inspect serves both ways; a writer only reads
    writer length;
    length.number(out.size() - start);
    out.insert(start, length.out);
  }
};

class reader {
public:
  using visits_wire_fields = void;

  reader(std::string_view bytes, limits max) : rest_(bytes), max_(max) {}

  bool done() const { return ok_ && rest_.empty(); }

  void field(const char*, auto& x) {
    if (!rest_.empty())
      take(x); // else an older sender: the default stays
  }

  template <class T>
  void take(T& x) {
    if constexpr (std::unsigned_integral<T>) {
      auto v = number();
      if (v > std::numeric_limits<T>::max())
        return fail();
      x = static_cast<T>(v);
    } else if constexpr (std::signed_integral<T>) {
      auto v = number();
      auto n = static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1));
      if (!std::in_range<T>(n))
        return fail();
      x = static_cast<T>(n);
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> v{};
      take(v);
      x = static_cast<T>(v);
      if constexpr (requires { known(x); })
        if (!known(x))
          fail();
    } else if constexpr (std::same_as<T, double>) {
      std::array<char, 8> raw{};
      std::ranges::copy(bytes(8), raw.begin());
      x = std::bit_cast<double>(raw);
    } else if constexpr (is_duration<T>) {
      std::int64_t n = 0;
      take(n);
      x = T{static_cast<typename T::rep>(n)};
    } else if constexpr (time_point<T>) {
      typename T::duration d{};
      take(d);
      x = T{d};
    } else if constexpr (std::same_as<T, std::string>)
      x = bytes(number());
    else if constexpr (name<T>) {
      auto text = bytes(number());
      if (text.empty())
        x = {};
      else if (auto parsed = T::parse(text))
        x = std::move(*parsed);
      else
        fail();
    } else if constexpr (is_a<T, std::optional>) {
      bool there = false;
      take(there);
      x.reset();
      if (there)
        take(x.emplace());
    } else if constexpr (is_a<T, std::variant>)
      alternative(x, number(), std::make_index_sequence<std::variant_size_v<T>>{});
    else if constexpr (is_a<T, std::pair>) {
      take(x.first);
      take(x.second);
    } else if constexpr (std::ranges::range<T>)
      elements(x);
    else
      structure(x);
  }

private:
  std::uint64_t number() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      auto c = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      v |= std::uint64_t{c & 127u} << shift;
      if (c < 128)
        return v;
    }
    fail();
    return 0;
  }

  std::string_view bytes(std::uint64_t n) {
    if (n > rest_.size()) {
      fail();
      return {};
    }
    auto s = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return s;
  }

  template <class T>
  void elements(T& x) {
    auto n = number();
    if (n > rest_.size() || n > max_.elements)
      return fail();
    max_.elements -= n;
    x.clear();
    for (; n > 0 && ok_; --n)
      if constexpr (requires { typename T::mapped_type; }) {
        typename T::key_type key{};
        take(key);
        take(x[std::move(key)]);
      } else {
        typename T::value_type y{};
        take(y);
        x.insert(x.end(), std::move(y));
      }
  }

  template <class T, std::size_t... Is>
  void alternative(T& x, std::uint64_t index, std::index_sequence<Is...>) {
    if (!((index == Is && (take(x.template emplace<Is>()), true)) || ...))
      fail(); // of a newer sender; never guess
  }

  template <class T>
  void structure(T& x) {
    auto body = bytes(number());
    if (--max_.depth < 0)
      return fail();
    auto after = std::exchange(rest_, body);
    if constexpr (!std::is_empty_v<T>)
      inspect(*this, x);
    if constexpr (requires { complete(x); })
      if (!complete(x))
        ok_ = false;
    rest_ = after; // what a newer sender appended is skipped
    ++max_.depth;
  }

  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  limits max_;
  bool ok_ = true;
};

template <class T>
std::string encode(const T& x) {
  writer w;
  w.put(x);
  return std::move(w.out);
}

template <class T>
bool read(std::string_view bytes, T& x, limits max = {}) {
  reader r{bytes, max};
  r.take(x);
  return r.done();
}

template <class T>
result<T> decode(std::string_view bytes, limits max = {}) {
  T x{};
  if (!read(bytes, x, max))
    return error{errc::malformed,
                 "cannot read a message of " + std::to_string(bytes.size()) + " bytes"};
  return x;
}

} // namespace trellis::wire

namespace trellis {
TRELLIS_INSPECT(error, code, text)
} // namespace trellis
