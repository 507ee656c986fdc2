#pragma once
/// What an operation gives: a value, or an error with its code and one sentence of what was tried
/// on what. Expected failures travel as `result<T>`; exceptions stop at the library that throws
/// them.
#include "protocols/base/errc.hpp"

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace trellis {

/// What went wrong, and one sentence of what was tried on what.
struct error {
  errc code = errc::internal;
  std::string text;

  friend bool operator==(const error&, const error&) = default;
};

/// A value or an error. `*r` asserts that there is a value.
template <class T>
class [[nodiscard]] result {
public:
  using value_type = T;

  result(T x) : x_(std::in_place_index<0>, std::move(x)) {}

  result(error e) : x_(std::in_place_index<1>, std::move(e)) {}

  explicit operator bool() const { return x_.index() == 0; }

  T& operator*() & { return *std::get_if<0>(&checked()); }

  const T& operator*() const& { return *std::get_if<0>(&checked()); }

  T&& operator*() && { return std::move(*std::get_if<0>(&checked())); }

  T* operator->() { return std::get_if<0>(&checked()); }

  const T* operator->() const { return std::get_if<0>(&checked()); }

  const error& why() const { return std::get<1>(x_); }

private:
  auto& checked() {
    assert(x_.index() == 0);
    return x_;
  }

  auto& checked() const {
    assert(x_.index() == 0);
    return x_;
  }

  std::variant<T, error> x_;
};

/// Success without a value.
struct done {
  friend bool operator==(const done&, const done&) = default;
};

} // namespace trellis
