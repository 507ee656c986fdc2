#pragma once
/// VOMS over HTTP: GET /generate-ac, its answer in XML.
///
///   /generate-ac?fqans=/vo,/vo/a/Role=r&lifetime=43200&targets=a.example&order=/vo/a:r
///   <voms><ac>BASE64</ac><warning>...</warning></voms>
///   <voms><error><code>NoSuchUser</code><message>...</message></error></voms>
///
/// fqans are FQANs or `all`; order is given with a colon before the role, and may come twice.
/// Clients written in C++ end lines with LF, leave the query unescaped, need "HTTP/1.1 200", an
/// attribute certificate in lines of 64 characters, and the end of the connection.
/// Errors: `malformed`, with the parameter.
#include "protocols/voms/messages.hpp"

namespace trellis::voms {

inline constexpr std::string_view rest_path = "/generate-ac";

/// The target of a request line.
result<request> parse_rest_request(std::string_view target);

/// The target that asks for `x`; what REST cannot ask for (a role wherever held) is left out.
std::string rest_target(const request& x);

/// The body of the answer; its status is that of the refusal, or 200.
std::string rest_reply(const reply& x);
int rest_status(const reply& x);

result<reply> parse_rest_reply(std::string_view body);

} // namespace trellis::voms
