#pragma once
/// What a user has settled once for all commands: ~/.config/trellis/profile.toml.
///
///   endpoint = "https://wms.example:8443"     a node's HTTPS front
///   proxy = "/home/ada/proxy.pem"             before the places where Globus tools look
///   ca = "/home/ada/certificates"             a directory by hash links, or a file of CAs
#include "runtime/edge/rest_client.hpp"
#include "runtime/edge/user_files.hpp"

#include <string>

namespace trellis::bin {

struct profile {
  std::string endpoint, proxy, ca;
};

/// Nothing is set when there is no such file. Errors: `usage`, with its line.
result<profile> read_profile(const std::string& path);

/// Where the credential and the trust anchors are.
edge::user_files files_of(const profile& own, const edge::environment& of, unsigned uid);

/// The credential and the trust anchors of the profile or of the environment. Errors:
/// `unauthenticated`, when there is a credential that cannot be used, or none.
result<edge::client_config> client_of(const std::string& url, const profile& own,
                                      const edge::environment& of, unsigned uid);

} // namespace trellis::bin
