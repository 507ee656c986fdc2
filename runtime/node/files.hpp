#pragma once
/// Small files of the node's directory: keys, certificates, configuration. Written whole or not at
/// all: into a new file, synced, renamed over the old one. Errors: `not_found`, `exists`,
/// `storage`, with the path and the system's sentence.
#include "protocols/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace trellis {

/// At most `limit` bytes are taken; a longer file is refused.
result<std::string> read_file(const std::string& path, std::size_t limit = 16u << 20);

result<done> write_file(const std::string& path, std::string_view bytes, unsigned mode);

/// As `write_file`, but never over a file that is there: `exists`.
result<done> create_file(const std::string& path, std::string_view bytes, unsigned mode);

/// And its parents. One that is there already is fine.
result<done> make_directory(const std::string& path, unsigned mode);

bool is_there(const std::string& path);

} // namespace trellis
