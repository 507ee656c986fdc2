#pragma once
/// The key of a host. Errors: `internal`.
#include "protocols/gsi/private_key.hpp"

namespace trellis::gsi {

/// RSA of 2048 bits for a host that signs attribute certificates, since voms-proxy-init of Java
/// verifies no other signature on them; else on the curve P-256, which is quicker.
result<private_key> make_host_key(bool signs_attributes);

} // namespace trellis::gsi
