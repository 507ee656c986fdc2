#pragma once
/// A node's host name: lower case, at most 253 bytes, labels of letters, digits and inner hyphens
/// (RFC 1123 2.1). Errors: `malformed`, with the text that was tried.
#include "protocols/base/result.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace trellis {

class host_name {
public:
  host_name() = default;

  static result<host_name> parse(std::string_view text);

  const std::string& text() const { return text_; }

  bool empty() const { return text_.empty(); }

  friend auto operator<=>(const host_name&, const host_name&) = default;

private:
  std::string text_;
};

} // namespace trellis
