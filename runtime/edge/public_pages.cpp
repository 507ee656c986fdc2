#include "runtime/edge/public_pages.hpp"

#include "protocols/json/text.hpp"
#include "runtime/edge/openapi.hpp"

namespace trellis::edge {

namespace {

bool reads(std::string_view method) { return method == "GET" || method == "HEAD"; }

} // namespace

std::optional<http::response> public_page(std::string_view method,
                                          const std::vector<std::string>& path) {
  if (!reads(method) || path.size() > 1)
    return {};
  if (path.empty())
    return http::json_response(
        "{\"service\": \"trellis\", \"api\": \"/v1\", \"openapi\": \"/openapi.json\"}\n");
  if (path[0] == "healthz")
    return http::json_response("{\"status\": \"ok\"}\n");
  if (path[0] == "openapi.json")
    return http::json_response(openapi());
  return {};
}

std::optional<http::response> page_for(std::string_view method,
                                       const std::vector<std::string>& path, const principal& who) {
  if (!reads(method) || path != std::vector<std::string>{"v1", "whoami"})
    return {};
  return http::json_response(json(who) + "\n");
}

} // namespace trellis::edge
