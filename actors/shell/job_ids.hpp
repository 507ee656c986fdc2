#pragma once
/// Which jobs a command is about: ids as operands or from a file, whole or shortened to any
/// unambiguous beginning of their last part, and picks such as `1,3-6` from a list. Errors:
/// `usage`, `malformed`, `not_found`.
#include "actors/shell/session.hpp"

namespace trellis::shell {

/// "1,3-6,8" of `count` things, as indices from 0, sorted, each once.
result<std::vector<std::size_t>> parse_picks(std::string_view text, std::size_t count);

/// The ids in a file as `--save` writes it: one a line, with comment lines that begin with '#'.
result<std::vector<std::string>> read_id_file(session& s, const std::string& path);

/// Appends ids to a file; a new file begins with the line that the old user interface wrote.
result<done> save_ids(const std::string& path, const std::vector<std::string>& ids);

/// What a command line names by its operands, `--input FILE` and `--pick 1,3-6`. Words, unresolved.
result<std::vector<std::string>> named_jobs(session& s, const arguments& given);

/// A job by its id or the beginning of its last part.
class job_finder {
public:
  explicit job_finder(session& s) : session_(s) {}

  result<job_id> find(std::string_view word);

private:
  result<done> load();

  session& session_;
  bool loaded_ = false;
  std::vector<job_id> mine_;
};

/// The options by which jobs are named.
inline constexpr option_row input_option{"-i,--input", "FILE",
                                         "Read job ids from FILE, one a line."};
inline constexpr option_row pick_option{"--pick", "LIST",
                                        "Of the ids in FILE take those at these places: 1,3-6."};

/// All jobs of one's own, page by page; `filter.limit` bounds a page.
result<std::vector<lb::job_status>> all_jobs(session& s, lb::list_jobs filter, std::size_t limit);

/// Where the WMS of a job is: as told, the attached node, or what L&B says.
result<address> wms_of(session& s, const job_id& job);

} // namespace trellis::shell
