#include "protocols/http/response.hpp"

#include "protocols/json/text.hpp"
#include "protocols/json/value.hpp"

#include <fmt/format.h>

namespace trellis::http {

namespace {

struct status_row {
  int status;
  std::string_view reason;
};

constexpr status_row statuses[] = {
    {100, "Continue"                       },
    {200, "OK"                             },
    {201, "Created"                        },
    {204, "No Content"                     },
    {206, "Partial Content"                },
    {400, "Bad Request"                    },
    {401, "Unauthorized"                   },
    {403, "Forbidden"                      },
    {404, "Not Found"                      },
    {405, "Method Not Allowed"             },
    {408, "Request Timeout"                },
    {409, "Conflict"                       },
    {411, "Length Required"                },
    {413, "Content Too Large"              },
    {414, "URI Too Long"                   },
    {415, "Unsupported Media Type"         },
    {416, "Range Not Satisfiable"          },
    {417, "Expectation Failed"             },
    {422, "Unprocessable Content"          },
    {429, "Too Many Requests"              },
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"          },
    {501, "Not Implemented"                },
    {502, "Bad Gateway"                    },
    {503, "Service Unavailable"            },
    {504, "Gateway Timeout"                },
    {505, "HTTP Version Not Supported"     },
};

struct code_row {
  errc code;
  int status;
};

constexpr code_row codes[] = {
    {errc::malformed,          400},
    {errc::usage,              400},
    {errc::unauthenticated,    401},
    {errc::denied,             403},
    {errc::not_found,          404},
    {errc::exists,             409},
    {errc::busy,               503},
    {errc::timed_out,          504},
    {errc::site_unreachable,   502},
    {errc::unknown_message,    501},
    {errc::no_such_address,    404},
    {errc::not_running,        503},
    {errc::illegal_transition, 409},
    {errc::storage,            500},
    {errc::lrms_refused,       502},
    {errc::no_match,           409},
    {errc::expired,            403},
    {errc::partial,            500},
    {errc::shutting_down,      503},
};

} // namespace

std::string_view reason(int status) {
  for (const auto& row : statuses)
    if (row.status == status)
      return row.reason;
  return "Other";
}

int status_of(errc x) {
  for (const auto& row : codes)
    if (row.code == x)
      return row.status;
  return 500;
}

response failed(const error& why) { return failed(status_of(why.code), why); }

response failed(int status, const error& why) {
  auto text = why.text.empty() ? std::string{word(why.code)} : why.text;
  auto out = json_response(
      fmt::format("{{\"error\": {{\"code\": {}, \"number\": {}, \"text\": {}}}}}\n",
                  json_string(word(why.code)), static_cast<int>(why.code), json_string(text)),
      status);
  if (status == 503 || status == 429)
    out.headers.emplace_back("Retry-After", "1");
  return out;
}

error read_failure(int status, std::string_view body) {
  auto tree = parse_json(body);
  auto what = tree ? tree->find("error") : nullptr;
  auto code = what ? what->find("code") : nullptr;
  auto text = what ? what->find("text") : nullptr;
  if (code && text)
    for (const auto& row : errc_rows)
      if (row.word == code->text && known(row.code))
        return {row.code, text->text};
  for (const auto& row : codes)
    if (row.status == status)
      return {row.code, fmt::format("the server says {} {}", status, reason(status))};
  return {errc::internal, fmt::format("the server says {} {}", status, reason(status))};
}

response json_response(std::string body, int status) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

std::string head(int status, const fields& headers, std::optional<std::uint64_t> length,
                 bool keep) {
  auto out = fmt::format("HTTP/1.1 {} {}\r\n", status, reason(status));
  for (const auto& [name, value] : headers)
    out += fmt::format("{}: {}\r\n", name, value);
  if (length)
    out += fmt::format("Content-Length: {}\r\n", *length);
  out += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  out += keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return out;
}

std::string text(const response& x, bool keep, bool without_body) {
  auto out = head(x.status, x.headers, x.body.size(), keep);
  return without_body ? out : out + x.body;
}

} // namespace trellis::http
