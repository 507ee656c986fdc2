#pragma once
/// Pieces of keys whose byte order is the order we mean: numbers big-endian, texts ended by a zero.
#include <cstdint>
#include <string>
#include <string_view>

namespace trellis::storage {

/// Eight bytes, most significant first: keys sort as the numbers do.
inline std::string be64(std::uint64_t x) {
  std::string out(8, '\0');
  for (int i = 7; i >= 0; --i, x >>= 8)
    out[static_cast<std::size_t>(i)] = static_cast<char>(x & 255);
  return out;
}

/// The first eight bytes of `s` as be64 wrote them; 0 when there are fewer.
inline std::uint64_t read_be64(std::string_view s) {
  if (s.size() < 8)
    return 0;
  std::uint64_t x = 0;
  for (std::size_t i = 0; i < 8; ++i)
    x = (x << 8) | static_cast<unsigned char>(s[i]);
  return x;
}

/// Texts (none holds a zero byte), each ended by a zero, so that no key is a prefix of another by
/// accident.
template <class... Texts>
std::string key(const Texts&... texts) {
  std::string out;
  (out.append(std::string_view{texts}).push_back('\0'), ...);
  return out;
}

} // namespace trellis::storage
