#pragma once
/// Base64 (RFC 4648). Reading is strict: the alphabet, the padding and the last bits must be those
/// that writing gives; only line ends may stand between, where they are expected.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trellis {

/// With padding. After each `columns` characters and at the end a line feed; 0: on one line.
std::string base64(std::string_view bytes, std::size_t columns = 0);

/// Blanks and line ends are passed over.
std::optional<std::string> from_base64(std::string_view text);

/// Of URLs and tokens: section 5, without padding, on one line.
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

} // namespace trellis
