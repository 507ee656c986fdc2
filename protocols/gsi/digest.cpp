#include "protocols/gsi/digest.hpp"

#include "protocols/gsi/openssl.hpp"

#include <fmt/format.h>

#include <array>

namespace trellis::gsi {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

} // namespace trellis::gsi
