#pragma once
/// Private keys that wait for a passphrase: a userkey.pem as CAs hand it out, and PKCS #12 files as
/// browsers save them.
///
/// Errors: `unauthenticated` for a passphrase that does not fit, `malformed` for the rest.
#include "protocols/gsi/proxy.hpp"

#include <string>
#include <string_view>

namespace trellis::gsi {

/// Whether the first key of a PEM text is locked.
bool is_locked(std::string_view pem);

/// The first key of a PEM text, opened.
result<private_key> unlock(std::string_view pem, const std::string& passphrase);

/// The user's certificate, its key and the certificates that came along.
result<credential> open_pkcs12(std::string_view bytes, const std::string& passphrase);

} // namespace trellis::gsi
