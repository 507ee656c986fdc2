#pragma once
/// Inside this folder only: which keys and signatures are strong enough, and looking at extensions.
/// RSA with 2048 to 8192 bits, the curves P-256, P-384 and P-521, Ed25519; SHA-256 and longer.
#include "protocols/gsi/certificate.hpp"

#include <optional>
#include <string>

struct evp_pkey_st;

namespace trellis::gsi {

/// Why this public key is not taken; empty when it is.
std::string weakness(evp_pkey_st* key);

/// Why the signature on this certificate is not taken, whoever signed; empty when it is.
std::string signature_weakness(const certificate& x);

/// The value of its first extension of this type.
std::optional<std::string> extension_of(const certificate& x, const char* oid);

int count_extensions(const certificate& x, const char* oid);
bool is_critical(const certificate& x, const char* oid);

} // namespace trellis::gsi
