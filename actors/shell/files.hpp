#pragma once
/// Files on the user's side: JDLs that are read, sandboxes that are sent in pieces and fetched in
/// pieces. Both ways go on where a broken transfer stopped. Errors: `not_found`, `storage`,
/// `malformed` for a piece whose checksum is wrong.
#include "actors/shell/session.hpp"

#include <filesystem>

namespace trellis::shell {

/// A file's text; "-" is standard input.
result<std::string> read_text(session& s, const std::string& path);

/// Sends one input file to the WMS, piece by piece.
result<done> send_file(session& s, const address& wms, const job_id& job, const std::string& leaf,
                       const std::filesystem::path& from);

/// Fetches one output file into `to`: first beside it as .part, renamed when whole.
result<done> fetch_file(session& s, const address& wms, const job_id& job, const sandbox_file& file,
                        const std::filesystem::path& to);

/// Reads a piece of an output file and checks it.
result<chunk> read_piece(session& s, const address& wms, const job_id& job, const std::string& file,
                         std::uint64_t offset, std::uint32_t size = chunk_limit_bytes);

} // namespace trellis::shell
