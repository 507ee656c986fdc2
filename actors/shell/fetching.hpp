#pragma once
/// Fetching a job's output, and reading the end of a file while the job still writes it.
#include "actors/shell/session.hpp"

#include <filesystem>

namespace trellis::shell {

struct fetched {
  job_id job;
  std::string directory;
  std::vector<sandbox_file> files;
};
TRELLIS_INSPECT(fetched, job, directory, files)

/// Fetches all files into a directory that is made when it is missing.
result<fetched> fetch_output(session& s, const address& wms, const job_id& job,
                             const wms::output_files& what, const std::filesystem::path& directory);

/// The last `lines` lines of a file as it is now, and where to read on.
struct file_end {
  std::string text;
  std::uint64_t next = 0;
};

result<file_end> read_end(session& s, const address& wms, const job_id& job,
                          const std::string& file, std::size_t lines);

/// What was appended since `from`.
result<file_end> read_more(session& s, const address& wms, const job_id& job,
                           const std::string& file, std::uint64_t from);

} // namespace trellis::shell
