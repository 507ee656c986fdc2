#include "protocols/sandbox/chunk.hpp"

namespace trellis {
namespace {

constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto c = i;
    for (int k = 0; k < 8; ++k)
      c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}();

} // namespace

std::uint32_t crc32(std::string_view bytes) {
  auto c = 0xFFFFFFFFu;
  for (unsigned char byte : bytes)
    c = crc_table[(c ^ byte) & 255] ^ (c >> 8);
  return ~c;
}

bool is_leaf_name(std::string_view s) {
  return !s.empty() && s.size() <= 255 && s != "." && s != ".." && s.find('/') == s.npos
         && s.find('\0') == s.npos;
}

} // namespace trellis
