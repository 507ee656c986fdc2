#pragma once
/// What a request asks for: the path's parts and the query, with %xx decoded. A '+' stays a plus,
/// as in RFC 3986. Errors: `malformed`.
#include "protocols/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis::http {

struct target {
  std::vector<std::string> path;                          // without the slashes; "/" has none
  std::vector<std::pair<std::string, std::string>> query; // in order; a name may come twice
};

/// Refuses parts that are empty, "." or "..", and control characters, however they are written.
result<target> read_target(std::string_view text);

result<std::string> percent_decoded(std::string_view text);

/// All but letters, digits, '-', '.', '_' and '~' as %XX.
std::string percent_encoded(std::string_view text);

/// name=value&name=value
std::string query_text(const std::vector<std::pair<std::string, std::string>>& query);

} // namespace trellis::http
