#pragma once
/// The key of a host, and of users and CAs where old programs use them. Errors: `internal`.
#include "protocols/gsi/private_key.hpp"

namespace trellis::gsi {

/// RSA of 2048 bits where attribute certificates are signed, since voms-proxy-init of Java verifies
/// no other signature on them, and that of C signs proxies with SHA-1 otherwise; else on the curve
/// P-256, which is quicker.
result<private_key> make_host_key(bool signs_attributes);

} // namespace trellis::gsi
