#pragma once
/// Inside this folder only: signatures over exact bytes, by RSA (PKCS #1) or a curve, with SHA-256
/// or longer. Errors: `unauthenticated`, `internal`.
#include "protocols/gsi/certificate.hpp"

#include <string>
#include <string_view>

namespace trellis::gsi {

/// DER of the AlgorithmIdentifier that this key signs with, SHA-256 in it.
result<std::string> signature_algorithm(const private_key& key);

result<std::string> sign_bytes(const private_key& key, std::string_view bytes);

/// `algorithm` is the DER of an AlgorithmIdentifier from outside.
result<done> check_signature(const certificate& signer, std::string_view algorithm,
                             std::string_view bytes, std::string_view signature);

/// Its subject key identifier, or SHA-1 of its key where it has none.
std::string key_id_of(const certificate& x);

/// SHA-1 of the bits of its public key (RFC 5280, 4.2.1.2).
std::string key_digest_of(const certificate& x);

} // namespace trellis::gsi
