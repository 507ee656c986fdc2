#include "actors/shell/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <istream>
#include <iterator>

namespace trellis::shell {
namespace {

namespace fs = std::filesystem;

std::string reason() { return std::strerror(errno); }

bool is_executable(const fs::path& file) {
  std::error_code ec;
  auto mode = fs::status(file, ec).permissions();
  return !ec && (mode & fs::perms::owner_exec) != fs::perms::none;
}

} // namespace

result<std::string> read_text(session& s, const std::string& path) {
  if (path == "-")
    return std::string{std::istreambuf_iterator<char>{s.world().in()}, {}};
  std::error_code ec;
  std::ifstream file{path, std::ios::binary};
  if (!file || fs::is_directory(path, ec))
    return error{errc::not_found,
                 fmt::format("cannot read {}: {}", path, file ? "it is a directory" : reason())};
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

result<done> send_file(session& s, const address& wms, const job_id& job, const std::string& leaf,
                       const fs::path& from) {
  std::ifstream file{from, std::ios::binary};
  std::error_code ec;
  auto size = fs::file_size(from, ec);
  if (!file || ec)
    return error{errc::not_found, fmt::format("cannot read the input file {}: {}", from.string(),
                                              ec ? ec.message() : reason())};
  for (std::uint64_t offset = 0;;) {
    wms::put_input piece{{}, job, leaf, {}, is_executable(from)};
    piece.piece.bytes.resize(std::min<std::uint64_t>(chunk_limit_bytes, size - offset));
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(piece.piece.bytes.data(), static_cast<std::streamsize>(piece.piece.bytes.size()));
    if (!file)
      return error{errc::storage,
                   fmt::format("the input file {} changed while it was sent", from.string())};
    piece.piece.offset = offset;
    piece.piece.crc32 = crc32(piece.piece.bytes);
    piece.piece.file_size = size;
    piece.piece.last = offset + piece.piece.bytes.size() == size;
    auto taken = s.ask_at(wms, piece);
    if (!taken)
      return taken.why();
    if (taken->size >= size)
      return done{};
    if (taken->size <= offset && !piece.piece.bytes.empty())
      return error{errc::storage, fmt::format("{} does not take the input file {}: it stays at {} "
                                              "of {} bytes",
                                              text(wms), leaf, taken->size, size)};
    offset = taken->size;
  }
}

result<chunk> read_piece(session& s, const address& wms, const job_id& job, const std::string& file,
                         std::uint64_t offset, std::uint32_t size) {
  auto piece = s.ask_at(wms, wms::read_output{{}, job, file, offset, size});
  if (piece && (piece->offset != offset || crc32(piece->bytes) != piece->crc32))
    return error{errc::malformed, fmt::format("the piece at {} of {} from {} came with a wrong "
                                              "checksum or place",
                                              offset, file, text(wms))};
  return piece;
}

result<done> fetch_file(session& s, const address& wms, const job_id& job, const sandbox_file& file,
                        const fs::path& to) {
  auto part = fs::path{to}.concat(".part");
  std::error_code ec;
  std::uint64_t offset = fs::exists(part, ec) ? fs::file_size(part, ec) : 0;
  if (offset > file.size)
    offset = 0;
  std::ofstream out{part, std::ios::binary | (offset > 0 ? std::ios::app : std::ios::trunc)};
  auto cannot_write = [&](const std::string& why) {
    return error{errc::storage, fmt::format("cannot write {}: {}", to.string(), why)};
  };
  for (bool last = false; !last;) {
    if (!out)
      return cannot_write(reason());
    auto piece = read_piece(s, wms, job, file.name, offset);
    if (!piece)
      return piece.why();
    out.write(piece->bytes.data(), static_cast<std::streamsize>(piece->bytes.size()));
    offset += piece->bytes.size();
    last = piece->last || offset >= piece->file_size;
    if (!last && piece->bytes.empty())
      return error{errc::storage, fmt::format("{} gives no more of {} after {} of {} bytes",
                                              text(wms), file.name, offset, piece->file_size)};
  }
  out.close();
  if (!out)
    return cannot_write(reason());
  if (file.executable)
    fs::permissions(part, fs::perms::owner_exec, fs::perm_options::add, ec);
  fs::rename(part, to, ec);
  if (ec)
    return cannot_write(ec.message());
  return done{};
}

} // namespace trellis::shell
