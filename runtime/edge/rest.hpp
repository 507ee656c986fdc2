#pragma once
/// Operations as HTTP: which one a request asks for and with what, and the request that a client
/// has to make for one. Plain functions; both sides use them, so what one writes the other reads.
///
/// Names in the path fill the fields of the request: {job} is a job id, whole and percent-encoded,
/// or its last part for a job of the L&B server of this node; {file} a leaf name; {host} the field
/// `peer`. The query fills fields by their names, a list by repetition. `at=HOST` says which node's
/// role is meant. Where the method has a body it is a JSON object with the rest of the fields.
#include "protocols/http/response.hpp"
#include "protocols/http/target.hpp"
#include "runtime/edge/operation_json.hpp"

#include <optional>
#include <variant>

namespace trellis::edge {

struct route {
  const operation* what = nullptr;
  http::fields captured; // {name} and what stands there
};

/// 404 when there is no such path, 405 with Allow when there is, but not with this method.
std::variant<route, http::response> find_route(std::string_view method,
                                               const std::vector<std::string>& path);

/// Where short job ids belong.
struct job_home {
  host_name lb;
  std::uint16_t port = 9000;
};

/// Errors: `usage` for what is named twice or is no job id, `malformed` for a body that is no JSON
/// object.
result<json_value> request_tree(const route& to, const http::fields& query, std::string_view body,
                                const job_home& home);

/// The value of `at`, taken out of the query. Errors: `usage` for one that is no host.
result<std::optional<host_name>> take_receiver(http::fields& query);

/// What a client sends.
struct rest_request {
  std::string method, target;
  std::string body; // JSON; empty: none
};

/// For a request in bytes of the wire, to the role at `at`. The principal in it is left out: the
/// server knows better. Errors: those of the bytes.
result<rest_request> rest_of(const operation_json& row, std::string_view bytes,
                             const host_name& at);

/// A path of the table with its {names} filled.
std::string filled(std::string_view path, const http::fields& names);

} // namespace trellis::edge
