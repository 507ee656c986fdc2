#pragma once
/// A CA for trying things out, and what a host asks of it. It signs hosts and users, and no other
/// CA. Names: /DC=trellis/O=test/CN=... Time is an argument.
///
/// Errors: `malformed` for a request that cannot be read or whose signature does not fit, `denied`
/// for one with a weak key.
#include "protocols/gsi/certificate.hpp"

#include <optional>

namespace trellis::gsi {

struct authority {
  certificate cert;
  private_key key;
};

/// Valid from five minutes before `now`, so that a clock that is a little slow accepts it.
/// With a key on P-256, unless one is given.
result<authority> make_authority(std::string_view name, instant now, std::chrono::days valid,
                                 std::optional<private_key> key = {});

/// A certificate request (PKCS #10, in PEM) for a host, signed by its key.
result<std::string> make_request(const private_key& key, const host_name& host);

/// Takes only the public key from the request: subject, names and uses are ours. The certificate
/// serves both ends of a link.
result<certificate> sign_host(const authority& ca, std::string_view request, const host_name& host,
                              instant now, std::chrono::days valid);

/// A user of that name, with the key that was made for them. Not for a server, nor for code.
result<certificate> sign_user(const authority& ca, const private_key& key, std::string_view name,
                              instant now, std::chrono::days valid);

/// The CA and its signing policy for a hash-link directory, by name and contents: under the hash of
/// today and under that of before OpenSSL 1.0, which old programs look for.
std::vector<std::pair<std::string, std::string>> anchor_files(const certificate& ca);

} // namespace trellis::gsi
