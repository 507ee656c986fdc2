#pragma once
/// Certificates that come again and again: the servers' in attribute certificates, those of a
/// user's proxy in each of its connections. To read one takes OpenSSL longer than to check its
/// signature.
#include "protocols/gsi/certificate.hpp"

namespace trellis::gsi {

/// As `certificate::from_der`; each thread remembers the last ones by their bytes.
result<certificate> read_known(std::string_view der);

} // namespace trellis::gsi
