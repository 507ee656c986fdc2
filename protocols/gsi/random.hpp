#pragma once
/// Chance from the system, for secrets and seeds; never for decisions of actors.
#include <array>
#include <cstdint>

namespace trellis::gsi {

std::array<std::uint8_t, 16> random_bytes16();

} // namespace trellis::gsi
