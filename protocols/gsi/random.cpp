#include "protocols/gsi/random.hpp"

#include <openssl/rand.h>

#include <cstdlib>

namespace trellis::gsi {

std::array<std::uint8_t, 16> random_bytes16() {
  std::array<std::uint8_t, 16> out{};
  if (RAND_bytes(out.data(), out.size()) != 1)
    std::abort(); // without a source of chance nothing here is safe
  return out;
}

} // namespace trellis::gsi
