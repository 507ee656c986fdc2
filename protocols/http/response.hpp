#pragma once
/// What is answered to a request: the status that fits an error of ours, the JSON that carries it,
/// and the head as it goes out.
#include "protocols/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis::http {

using fields = std::vector<std::pair<std::string, std::string>>;

struct response {
  int status = 200;
  fields headers; // besides Content-Length, Connection and what all answers have
  std::string body;
};

/// "Not Found" for 404.
std::string_view reason(int status);

int status_of(errc x);

/// {"error": {"code": "not_found", "number": 5, "text": "..."}}
response failed(const error& why);
response failed(int status, const error& why);

/// The code of such a body. A body of somebody else (a proxy between) becomes an error by its
/// status.
error read_failure(int status, std::string_view body);

response json_response(std::string body, int status = 200);

/// The head of an answer with its empty line. Without a length the body ends with the connection.
std::string head(int status, const fields& headers, std::optional<std::uint64_t> length, bool keep);

/// Head and body.
std::string text(const response& x, bool keep, bool without_body = false);

} // namespace trellis::http
