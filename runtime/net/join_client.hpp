#pragma once
/// The new node's end of a join: one TLS connection to the one port of the inviting node, with ALPN
/// `trellis-join/1` and without a certificate of its own.
///
///   request   length:u32 (little endian) byte*      at most 64 KiB
///   answer    length:u32 (little endian) byte*      likewise; then the inviting node closes
///
/// Nothing is sent before the other end has shown a chain that ends in the CA certificate with the
/// expected fingerprint and is valid for the inviting node's name. Blocks, with a deadline.
///
/// Errors: `site_unreachable`, `unauthenticated` (with what was shown), `timed_out`, `malformed`.
#include "protocols/base/result.hpp"
#include "protocols/names/host_name.hpp"

#include <chrono>
#include <string>

namespace trellis::net {

inline constexpr const char* join_alpn = "trellis-join/1";
inline constexpr std::size_t join_limit_bytes = 64 * 1024;

struct join_server {
  std::string connect; // host:port
  host_name host;
  std::string ca_fingerprint; // SHA-256, lower-case hex
};

result<std::string> exchange_join(const join_server& to, const std::string& request,
                                  std::chrono::seconds limit = std::chrono::seconds{20});

} // namespace trellis::net
