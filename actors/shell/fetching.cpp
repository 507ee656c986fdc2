#include "actors/shell/fetching.hpp"

#include "actors/shell/files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::shell {
namespace {

/// Enough for the last lines that a person reads.
constexpr std::uint64_t end_bytes = 64 * 1024;

std::string last_lines(std::string_view text, std::size_t lines) {
  auto from = text.size();
  if (from > 0 && text.back() == '\n')
    --from;
  for (; lines > 0; --lines) {
    auto newline = from == 0 ? text.npos : text.rfind('\n', from - 1);
    if (newline == text.npos)
      return std::string{text};
    from = newline;
  }
  return std::string{text.substr(from + 1)};
}

} // namespace

result<fetched> fetch_output(session& s, const address& wms, const job_id& job,
                             const wms::output_files& what,
                             const std::filesystem::path& directory) {
  std::error_code ec;
  std::filesystem::create_directories(directory, ec);
  if (ec)
    return error{errc::storage,
                 fmt::format("cannot make the directory {}: {}", directory.string(), ec.message())};
  for (const auto& file : what.files) {
    if (!is_leaf_name(file.name))
      return error{errc::malformed,
                   fmt::format("{} offers an output file by the name '{}', which is no file name",
                               text(wms), file.name)};
    if (auto x = fetch_file(s, wms, job, file, directory / file.name); !x)
      return x.why();
  }
  return fetched{job, directory.string(), what.files};
}

result<file_end> read_more(session& s, const address& wms, const job_id& job,
                           const std::string& file, std::uint64_t from) {
  file_end out{{}, from};
  for (;;) {
    auto piece = read_piece(s, wms, job, file, out.next);
    if (!piece)
      return piece.why();
    out.text += piece->bytes;
    out.next += piece->bytes.size();
    if (piece->bytes.empty() || piece->last || out.next >= piece->file_size)
      return out;
  }
}

result<file_end> read_end(session& s, const address& wms, const job_id& job,
                          const std::string& file, std::size_t lines) {
  auto probe = read_piece(s, wms, job, file, 0, 1);
  if (!probe)
    return probe.why();
  auto from = probe->file_size > end_bytes ? probe->file_size - end_bytes : 0;
  auto end = read_more(s, wms, job, file, from);
  if (!end)
    return end.why();
  end->text = last_lines(end->text, lines);
  return end;
}

} // namespace trellis::shell
