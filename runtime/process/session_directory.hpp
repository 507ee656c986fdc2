#pragma once
/// The directories in which jobs run, below one root: made, filled, read and removed by the node.
///
/// A payload owns its directory and may put there what it likes while we look, so every step of a
/// path is opened without following links, and only plain files are read. Names of sessions and
/// files are leaf names; anything else is `denied`. Errors: `storage` with the system's sentence,
/// `not_found`, `denied`. Blocking: for actors with a thread of their own.
#include "protocols/base/result.hpp"
#include "protocols/sandbox/chunk.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace trellis::process {

/// Whom the files belong to; -1: to us.
struct file_owner {
  int uid = -1;
  int gid = -1;
};

class session_directory {
public:
  session_directory(std::string root, file_owner owner) : root_(std::move(root)), owner_(owner) {}

  const std::string& root() const { return root_; }

  std::string path_of(const std::string& session) const { return root_ + "/" + session; }

  /// The directory with job/, a spare one if there is; true when it was not there yet. A repeat
  /// changes nothing.
  result<bool> make(const std::string& session);

  bool exists(const std::string& session) const;

  /// Where the wrapper puts what is to be fetched.
  result<done> make_output(const std::string& session) const;

  /// Makes the file whole or not at all.
  result<done> put(const std::string& session, const std::string& leaf, std::string_view text,
                   bool executable = false) const;

  /// The same, for the eyes of the payload's account alone.
  result<done> put_private(const std::string& session, const std::string& leaf,
                           std::string_view text) const;

  /// Makes the file if it is not there; false when it is. At most one caller, in this process or
  /// another, ever gets true.
  result<bool> claim(const std::string& session, const std::string& leaf,
                     std::string_view text) const;

  /// The whole file, at most `limit` bytes; empty optional: no such file.
  result<std::optional<std::string>> get(const std::string& session, const std::string& leaf,
                                         std::size_t limit = 65'536) const;

  /// From `offset` to the end, at most `limit` bytes.
  result<std::string> read_from(const std::string& session, const std::string& leaf,
                                std::uint64_t offset, std::size_t limit) const;

  /// A piece of a file of job/; answers how long the file is now. A piece beyond the end of what is
  /// there is not written, one that is there already is written again.
  result<std::uint64_t> put_input(const std::string& session, const std::string& leaf,
                                  const chunk& piece, bool executable) const;

  /// How much of an input file is there; 0 without one.
  result<std::uint64_t> input_size(const std::string& session, const std::string& leaf) const;

  /// A piece of a file, from output/ if it is there, else from job/. `complete`: nobody writes it
  /// any more, so its end is the end.
  result<chunk> read_file(const std::string& session, const std::string& leaf, std::uint64_t offset,
                          std::uint32_t size, bool complete) const;

  /// The plain files of output/, by name; none without it.
  result<std::vector<sandbox_file>> list_output(const std::string& session) const;

  /// All of it; no error when there is nothing.
  result<done> remove(const std::string& session) const;

  /// As `remove`, but the directory and its job/ are kept, empty, for a session to come: making and
  /// removing them is a good part of what a short job costs. Only for sessions of which no process
  /// is left. What is not as it was made (mode, owner, attributes) is not kept.
  result<done> recycle(const std::string& session);

  /// Removes spare directories, also those of an earlier life.
  void drop_spares();

  /// The names below the root, without spare ones.
  result<std::vector<std::string>> sessions() const;

private:
  result<done> put_whole(const std::string& session, const std::string& leaf, std::string_view text,
                         unsigned mode) const;
  result<bool> make_directory(const std::string& path) const;
  bool empty(const std::string& session) const;

  std::string root_;
  file_owner owner_;
  std::vector<std::string> spares_; // below the root
  std::uint64_t last_spare_ = 0;
};

} // namespace trellis::process
