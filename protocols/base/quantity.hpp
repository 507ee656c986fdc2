#pragma once
/// Quantities as people write them: a number and its unit, without which it is refused.
/// Durations: ms s min h d. Sizes: B kB MB GB TB (powers of 1000), KiB MiB GiB TiB (of 1024).
/// Errors: `malformed`, with the text and the units that would do.
#include "protocols/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace trellis {

/// A size in bytes; a type of its own so that it is not taken for a count.
struct byte_count {
  std::uint64_t bytes = 0;

  friend auto operator<=>(const byte_count&, const byte_count&) = default;
};

result<std::chrono::milliseconds> parse_duration(std::string_view text);
result<byte_count> parse_bytes(std::string_view text);

/// In the largest unit that leaves a whole number: 30min, 1500ms, 64MB.
std::string text(std::chrono::milliseconds x);
std::string text(byte_count x);

} // namespace trellis
