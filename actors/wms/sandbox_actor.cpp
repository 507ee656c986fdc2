#include "actors/wms/sandbox_actor.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis::wms {

namespace {

error bad_name(const std::string& file) {
  return {errc::malformed, fmt::format("'{}' is no name of a sandbox file", file)};
}

error disk(std::string_view doing, const std::string& path) {
  return {errno == ENOENT ? errc::not_found : errc::storage,
          fmt::format("cannot {} {}: {}", doing, path, std::strerror(errno))};
}

class open_file {
public:
  open_file(const std::string& path, int flags, mode_t mode = 0600)
      : fd_(::open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode)) {}

  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  ~open_file() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  explicit operator bool() const { return fd_ >= 0; }

  int fd() const { return fd_; }

  std::uint64_t size() const {
    struct stat facts {};

    return ::fstat(fd_, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
  }

private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    auto n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
  return true;
}

bool sync_path(const std::string& path, int flags) {
  open_file x{path, flags};
  return x && ::fsync(x.fd()) == 0;
}

class on_disk : public sandbox_files {
public:
  explicit on_disk(std::string directory) : top_(std::move(directory)) {}

  result<std::uint64_t> put(const job_id& job, side where, const std::string& file,
                            const chunk& piece, bool executable) override {
    if (!is_leaf_name(file))
      return bad_name(file);
    if (crc32(piece.bytes) != piece.crc32)
      return error{errc::malformed, fmt::format("a piece of {} has a wrong checksum", file)};
    std::error_code failed;
    std::filesystem::create_directories(folder(job, where), failed);
    auto path = folder(job, where) + '/' + file;
    open_file x{path, O_RDWR | O_CREAT, static_cast<mode_t>(executable ? 0700 : 0600)};
    if (!x)
      return disk("open", path);
    auto size = x.size();
    if (piece.offset > size || piece.offset + piece.bytes.size() <= size)
      return size;
    if (!write_all(x.fd(), piece.bytes, piece.offset))
      return disk("write", path);
    if (piece.last && ::fsync(x.fd()) != 0)
      return disk("sync", path);
    return piece.offset + piece.bytes.size();
  }

  result<chunk> get(const job_id& job, side where, const std::string& file, std::uint64_t offset,
                    std::uint32_t size) override {
    if (!is_leaf_name(file))
      return bad_name(file);
    auto path = folder(job, where) + '/' + file;
    open_file x{path, O_RDONLY};
    if (!x)
      return disk("open", path);
    chunk out;
    out.offset = offset;
    out.file_size = x.size();
    out.bytes.resize(std::min(size, chunk_limit_bytes));
    std::size_t have = 0;
    while (have < out.bytes.size()) {
      auto n = ::pread(x.fd(), out.bytes.data() + have, out.bytes.size() - have,
                       static_cast<off_t>(offset + have));
      if (n < 0)
        return disk("read", path);
      if (n == 0)
        break;
      have += static_cast<std::size_t>(n);
    }
    out.bytes.resize(have);
    out.crc32 = crc32(out.bytes);
    out.last = offset + have >= out.file_size;
    return out;
  }

  result<std::vector<sandbox_file>> list(const job_id& job, side where) override {
    std::vector<sandbox_file> out;
    std::error_code failed;
    for (const auto& x : std::filesystem::directory_iterator{folder(job, where), failed}) {
      struct stat facts {};

      if (::lstat(x.path().c_str(), &facts) == 0 && S_ISREG(facts.st_mode))
        out.push_back({x.path().filename().string(), static_cast<std::uint64_t>(facts.st_size),
                       (facts.st_mode & 0100) != 0});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
  }

  result<done> sync(const job_id& job, side where) override {
    auto files = list(job, where);
    if (!files)
      return files.why();
    for (const auto& file : *files)
      if (auto path = folder(job, where) + '/' + file.name; !sync_path(path, O_RDONLY))
        return disk("sync", path);
    for (const auto& path : {folder(job, where), of(job), top_})
      if (!files->empty() && !sync_path(path, O_RDONLY | O_DIRECTORY))
        return disk("sync", path);
    return done{};
  }

  result<done> remove(const job_id& job, bool only_output) override {
    auto what = only_output ? folder(job, side::output) : of(job);
    std::error_code failed;
    std::filesystem::remove_all(what, failed);
    if (failed)
      return error{errc::storage, fmt::format("cannot remove {}: {}", what, failed.message())};
    return done{};
  }

private:
  std::string of(const job_id& job) const { return top_ + '/' + std::string{job.unique()}; }

  std::string folder(const job_id& job, side where) const {
    return of(job) + (where == side::input ? "/input" : "/output");
  }

  std::string top_;
};

class in_memory : public sandbox_files {
public:
  result<std::uint64_t> put(const job_id& job, side where, const std::string& file,
                            const chunk& piece, bool executable) override {
    if (!is_leaf_name(file))
      return bad_name(file);
    if (crc32(piece.bytes) != piece.crc32)
      return error{errc::malformed, fmt::format("a piece of {} has a wrong checksum", file)};
    auto& x = files_[job][where][file];
    x.executable = executable;
    if (piece.offset <= x.bytes.size() && piece.offset + piece.bytes.size() > x.bytes.size())
      x.bytes = x.bytes.substr(0, piece.offset) + piece.bytes;
    return x.bytes.size();
  }

  result<chunk> get(const job_id& job, side where, const std::string& file, std::uint64_t offset,
                    std::uint32_t size) override {
    const auto& all = files_[job][where];
    auto found = all.find(file);
    if (found == all.end())
      return error{errc::not_found, fmt::format("there is no file {}", file)};
    const auto& bytes = found->second.bytes;
    chunk out;
    out.offset = offset;
    out.file_size = bytes.size();
    if (offset < bytes.size())
      out.bytes = bytes.substr(offset, std::min(size, chunk_limit_bytes));
    out.crc32 = crc32(out.bytes);
    out.last = offset + out.bytes.size() >= bytes.size();
    return out;
  }

  result<std::vector<sandbox_file>> list(const job_id& job, side where) override {
    std::vector<sandbox_file> out;
    for (const auto& [name, x] : files_[job][where])
      out.push_back({name, x.bytes.size(), x.executable});
    return out;
  }

  result<done> sync(const job_id&, side) override { return done{}; }

  result<done> remove(const job_id& job, bool only_output) override {
    if (only_output)
      files_[job].erase(side::output);
    else
      files_.erase(job);
    return done{};
  }

private:
  struct file {
    std::string bytes;
    bool executable = false;
  };

  std::map<job_id, std::map<side, std::map<std::string, file>>> files_;
};

/// Whether the piece still fits, with what lies there beside it.
result<done> fits(sandbox_files& files, const sandbox::put& x) {
  if (x.limit == 0)
    return done{};
  auto there = files.list(x.job, x.where);
  if (!there)
    return there.why();
  auto all = x.piece.offset + x.piece.bytes.size();
  for (const auto& file : *there)
    if (file.name != x.file)
      all += file.size;
  if (all > x.limit)
    return error{errc::usage, fmt::format("cannot take {}: the sandbox of a job has at most {} "
                                          "bytes",
                                          x.file, x.limit)};
  return done{};
}

template <class Answer, class T>
caf::result<Answer> answer(result<T>&& x, auto make) {
  if (!x)
    return to_caf(x.why());
  return make(std::move(*x));
}

} // namespace

std::shared_ptr<sandbox_files> disk_sandboxes(const std::string& directory) {
  return std::make_shared<on_disk>(directory);
}

std::shared_ptr<sandbox_files> memory_sandboxes() { return std::make_shared<in_memory>(); }

sandbox_actor::behavior_type sandbox_keeper(sandbox_actor::pointer,
                                            std::shared_ptr<sandbox_files> files) {
  return {
      [files](const sandbox::put& x) -> caf::result<sandbox::have> {
        if (auto may = fits(*files, x); !may)
          return to_caf(may.why());
        return answer<sandbox::have>(files->put(x.job, x.where, x.file, x.piece, x.executable),
                                     [](std::uint64_t n) { return sandbox::have{n}; });
      },
      [files](const sandbox::get& x) {
        return answer<chunk>(files->get(x.job, x.where, x.file, x.offset, x.size),
                             [](chunk&& c) { return std::move(c); });
      },
      [files](const sandbox::list& x) {
        return answer<sandbox::files>(files->list(x.job, x.where),
                                      [](auto&& all) { return sandbox::files{std::move(all)}; });
      },
      [files](const sandbox::sync& x) {
        return answer<sandbox::synced>(files->sync(x.job, x.where),
                                       [](done) { return sandbox::synced{}; });
      },
      [files](const sandbox::remove& x) {
        // What is left behind is only space; the next purge of this job tries again.
        [[maybe_unused]] auto removed = files->remove(x.job, x.only_output);
      },
  };
}

} // namespace trellis::wms
