#pragma once
/// Parts of a file (RFC 9110, 14): what a client asks for with Range, and what it sends or gets
/// with Content-Range.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::http {

/// Bytes from `first`, `size` of them.
struct byte_range {
  std::uint64_t first = 0, size = 0;

  friend bool operator==(const byte_range&, const byte_range&) = default;
};

enum class range_verdict : std::uint8_t {
  whole = 0, // no Range, several of them, or one that means nothing: all of the file
  part,
  outside, // 416: nothing of it is in the file
};

struct wanted_range {
  range_verdict verdict = range_verdict::whole;
  byte_range part;
};

/// `bytes=A-B`, `bytes=A-` or `bytes=-N` of a file with `file_size` bytes.
wanted_range read_range(std::string_view header, std::uint64_t file_size);

/// `bytes A-B/SIZE`, or `bytes * /SIZE` (without the blank) for a part of no bytes.
struct content_range {
  byte_range part;
  std::uint64_t file_size = 0;
};

std::optional<content_range> read_content_range(std::string_view header);
std::string text(const content_range& x);

} // namespace trellis::http
