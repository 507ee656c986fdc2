#pragma once
/// VOMS as it was before HTTP: XML, on the same port, after one byte that GSI puts before it.
///
///   <voms><command>G/vo</command>...<order>/vo/a:r,/vo</order><targets>a,b</targets>
///     <base64>1</base64><version>4</version><lifetime>43200</lifetime></voms>
///   <vomsans><version>3</version>[<error><item><number>N</number><message>M</message></item>
///     </error>][<bitstr>LIST</bitstr>]<ac>BASE64 in lines</ac></vomsans>
///
/// Commands: A all groups and roles, G/group, Rrole, B/group:role, N only list. Items with numbers
/// below 1000 are warnings. Clients read them only beside an <ac> that is not empty, so a refusal
/// carries one that means nothing. Errors: `malformed`.
#include "protocols/voms/messages.hpp"

namespace trellis::voms {

inline constexpr std::size_t max_legacy_request = 32 * 1024;

result<request> parse_legacy_request(std::string_view xml);
std::string legacy_request(const request& x);

/// Where a request ends in `bytes`; nothing while it is not whole. `scanned` is how far it was
/// looked for before.
std::optional<std::size_t> end_of_legacy_request(std::string_view bytes, std::size_t& scanned);

std::string legacy_reply(const reply& x);
result<reply> parse_legacy_reply(std::string_view xml);

/// What a connection begins with.
enum class first_bytes : std::uint8_t {
  more = 0, // too few of them
  http,
  legacy,
  neither,
};

struct opening {
  first_bytes what = first_bytes::more;
  std::size_t skip = 0; // bytes before it: GSI's "0", that no delegation follows
};

opening look_at(std::string_view bytes);

} // namespace trellis::voms
