#pragma once
/// What the front answers by itself: to anybody, or about who asks.
#include "protocols/http/response.hpp"
#include "protocols/names/principal.hpp"

#include <optional>
#include <vector>

namespace trellis::edge {

/// / and /healthz, for anybody. Nothing when it is another page.
std::optional<http::response> public_page(std::string_view method,
                                          const std::vector<std::string>& path);

/// /v1/whoami.
std::optional<http::response> page_for(std::string_view method,
                                       const std::vector<std::string>& path, const principal& who);

} // namespace trellis::edge
