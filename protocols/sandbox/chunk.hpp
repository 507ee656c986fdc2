#pragma once
/// A piece of a sandbox file on its way: at most 256 KiB, with its place and a checksum, so that a
/// broken transfer goes on where it stopped.
#include "protocols/wire/codec.hpp"

namespace trellis {

inline constexpr std::uint32_t chunk_limit_bytes = 256 * 1024;

struct chunk {
  std::uint64_t offset = 0;
  std::string bytes;
  std::uint32_t crc32 = 0;     // of `bytes`
  std::uint64_t file_size = 0; // as known when this was read
  bool last = false;           // nothing follows, and the file is complete
};
TRELLIS_INSPECT(chunk, offset, bytes, crc32, file_size, last)

/// A file of a sandbox as its owner knows it.
struct sandbox_file {
  std::string name; // a leaf name, never a path
  std::uint64_t size = 0;
  bool executable = false;
};
TRELLIS_INSPECT(sandbox_file, name, size, executable)

/// CRC-32 (IEEE 802.3), as in zlib.
std::uint32_t crc32(std::string_view bytes);

/// A leaf name that is safe as a file name: no '/', no NUL, not empty, not "." or "..", at most
/// 255.
bool is_leaf_name(std::string_view s);

} // namespace trellis
