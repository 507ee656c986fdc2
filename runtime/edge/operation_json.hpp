#pragma once
/// Requests and answers of the operations as JSON and as bytes of the wire, by an operation's
/// number: the front, its client, `send` of the shell and OpenAPI have this one table in common.
#include "protocols/json/value.hpp"
#include "runtime/interfaces/operations.hpp"

namespace trellis::edge {

/// Errors: `usage` for JSON that does not fit, `malformed` for bytes that cannot be read.
struct operation_json {
  const operation* what = nullptr;
  result<std::string> (*request_bytes)(const json_value& tree) = nullptr;
  result<std::string> (*request_json)(std::string_view bytes) = nullptr;
  result<std::string> (*response_bytes)(const json_value& tree) = nullptr;
  result<std::string> (*response_json)(std::string_view bytes) = nullptr;
};

/// Null when there is none.
const operation_json* json_of(std::uint16_t number);

} // namespace trellis::edge
