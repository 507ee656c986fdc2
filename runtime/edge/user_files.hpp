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

/// Where the user's own proxy is or shall be: X509_USER_PROXY, else /tmp/x509up_uUID.
std::string proxy_place(const environment& of, unsigned uid);

/// A certificate that proxies are made from.
struct certificate_files {
  std::string cert, key; // PEM; or
  std::string pkcs12;    // one file with both
  std::string looked_at; // when there is none of them
};

/// X509_USER_CERT with X509_USER_KEY, ~/.globus/usercert.pem with userkey.pem,
/// ~/.globus/usercred.p12; for root then /etc/grid-security/hostcert.pem with hostkey.pem. A
/// certificate whose name ends in .p12 or .pfx is PKCS #12.
certificate_files find_certificate_files(const environment& of, unsigned uid);

/// The same for a certificate that was named.
certificate_files certificate_files_of(const std::string& cert, const std::string& key);

/// Refuses a file that is not the user's own, that others may read, or that is a link. Errors:
/// `unauthenticated`, with what to do.
result<std::string> read_private(const std::string& path, unsigned uid);

/// A certificate, which others may read.
result<std::string> read_public(const std::string& path);

/// Overwrites it with zeros and removes it; the same refusals as above. Errors: `not_found`, too.
result<done> destroy_private(const std::string& path, unsigned uid);

} // namespace trellis::edge
