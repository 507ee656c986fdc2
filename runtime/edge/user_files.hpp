#pragma once
/// Where a user's credential and trust anchors are on this machine, in the order in which Globus
/// tools look, and the credential read with the care that its place needs: the name of a proxy file
/// in /tmp can be guessed.
#include "protocols/base/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::edge {

/// A variable of the environment.
using environment = std::function<std::optional<std::string>(std::string_view name)>;

struct user_files {
  std::string cert, key;             // one file for a proxy
  std::string anchors, anchors_file; // a hash-link directory, or a file of CAs; one of them
  std::string looked_at;             // where a credential was looked for
};

/// X509_USER_PROXY, /tmp/x509up_uUID, X509_USER_CERT with X509_USER_KEY, ~/.globus/usercert.pem
/// with userkey.pem; X509_CERT_FILE, X509_CERT_DIR, ~/.globus/certificates,
/// /etc/grid-security/certificates. `cert` stays empty when there is none.
user_files find_user_files(const environment& of, unsigned uid);

/// Refuses a file that is not the user's own, that others may read, or that is a link. Errors:
/// `unauthenticated`, with what to do.
result<std::string> read_private(const std::string& path, unsigned uid);

/// A certificate, which others may read.
result<std::string> read_public(const std::string& path);

} // namespace trellis::edge
