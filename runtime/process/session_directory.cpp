#include "runtime/process/session_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace trellis::process {
namespace {

/// A file descriptor that closes itself.
class descriptor {
public:
  explicit descriptor(int fd = -1) : fd_(fd) {}

  descriptor(descriptor&& x) noexcept : fd_(std::exchange(x.fd_, -1)) {}

  descriptor& operator=(descriptor&& x) noexcept {
    std::swap(fd_, x.fd_);
    return *this;
  }

  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const { return fd_; }

  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_;
};

error failed(std::string_view what, const std::string& where) {
  auto code = errno == ENOENT                      ? errc::not_found
              : errno == ELOOP || errno == ENOTDIR ? errc::denied
                                                   : errc::storage;
  return {code, fmt::format("cannot {} {}: {}", what, where, std::strerror(errno))};
}

error no_leaf(std::string_view name) {
  return {errc::denied, fmt::format("'{}' is not the name of a file in a session directory", name)};
}

descriptor open_directory(int at, const std::string& name) {
  return descriptor{::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

struct list_closer {
  void operator()(DIR* x) const { ::closedir(x); }
};

std::unique_ptr<DIR, list_closer> list_of(const descriptor& in) {
  return std::unique_ptr<DIR, list_closer>{::fdopendir(::dup(in.get()))};
}

/// Opens a plain file for reading; a fifo or device a payload left there must not stop us.
result<descriptor> open_plain(int at, const std::string& leaf, const std::string& where) {
  descriptor fd{::openat(at, leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};

  struct stat is {};

  if (!fd || ::fstat(fd.get(), &is))
    return failed("open", where + "/" + leaf);
  if (!S_ISREG(is.st_mode))
    return error{errc::denied, fmt::format("{}/{} is not a plain file", where, leaf)};
  return fd;
}

result<std::string> read_at(const descriptor& fd, std::uint64_t offset, std::size_t limit,
                            const std::string& where) {
  std::string out(limit, '\0');
  std::size_t have = 0;
  while (have < limit) {
    auto n = ::pread(fd.get(), out.data() + have, limit - have, static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failed("read", where);
    if (n == 0)
      break;
    have += static_cast<std::size_t>(n);
  }
  out.resize(have);
  return out;
}

bool write_all(int fd, std::string_view text, std::uint64_t offset) {
  while (!text.empty()) {
    auto n = ::pwrite(fd, text.data(), text.size(), static_cast<off_t>(offset));
    if (n < 0 && errno != EINTR)
      return false;
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
  }
  return true;
}

bool give(int fd, const file_owner& to) {
  return to.uid < 0 || ::fchown(fd, static_cast<uid_t>(to.uid), static_cast<gid_t>(to.gid)) == 0;
}

constexpr ::mode_t mode_of(bool executable) { return executable ? 0755 : 0644; }

/// A file that is not there yet.
bool write_new(int in, const std::string& leaf, std::string_view text, ::mode_t mode,
               const file_owner& owner) {
  descriptor fd{::openat(in, leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  return fd && write_all(fd.get(), text, 0) && give(fd.get(), owner);
}

std::uint64_t size_of(const descriptor& fd) {
  struct stat is {};

  return fd && !::fstat(fd.get(), &is) ? static_cast<std::uint64_t>(is.st_size) : 0;
}

/// The directory of a session, or one in it; an empty `inner` is the session itself.
result<descriptor> enter(const std::string& root, const std::string& session,
                         const std::string& inner) {
  if (!is_leaf_name(session))
    return no_leaf(session);
  auto top = open_directory(AT_FDCWD, root);
  auto in = open_directory(top.get(), session);
  if (in && !inner.empty())
    in = open_directory(in.get(), inner);
  if (!in)
    return failed("enter", root + "/" + session + "/" + inner);
  return in;
}

} // namespace

result<bool> session_directory::make_directory(const std::string& path) const {
  auto fresh = ::mkdir(path.c_str(), 0755) == 0;
  if (!fresh && errno != EEXIST)
    return failed("make", path);
  auto fd = open_directory(AT_FDCWD, path);
  if (!fd || !give(fd.get(), owner_))
    return failed("give away", path);
  return fresh;
}

result<bool> session_directory::make(const std::string& session) {
  if (!is_leaf_name(session))
    return no_leaf(session);
  auto path = path_of(session);
  while (!spares_.empty()) {
    auto spare = path_of(spares_.back());
    auto moved
        = ::renameat2(AT_FDCWD, spare.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0;
    if (!moved && errno == EEXIST)
      break;
    spares_.pop_back(); // used, or gone
    if (moved)
      return true;
  }
  auto fresh = make_directory(path);
  if (!fresh)
    return fresh;
  if (auto job = make_directory(path + "/job"); !job)
    return job;
  return fresh;
}

bool session_directory::exists(const std::string& session) const {
  return bool(enter(root_, session, ""));
}

result<done> session_directory::make_output(const std::string& session) const {
  if (!is_leaf_name(session))
    return no_leaf(session);
  if (auto made = make_directory(path_of(session) + "/output"); !made)
    return made.why();
  return done{};
}

result<done> session_directory::put(const std::string& session, const std::string& leaf,
                                    std::string_view text, bool executable) const {
  return put_whole(session, leaf, text, mode_of(executable));
}

result<done> session_directory::put_private(const std::string& session, const std::string& leaf,
                                            std::string_view text) const {
  return put_whole(session, leaf, text, 0600);
}

result<done> session_directory::put_whole(const std::string& session, const std::string& leaf,
                                          std::string_view text, unsigned mode) const {
  auto in = enter(root_, session, "");
  if (!in)
    return in.why();
  if (!is_leaf_name(leaf))
    return no_leaf(leaf);
  auto part = "." + leaf + ".part";
  ::unlinkat(in->get(), part.c_str(), 0);
  if (!write_new(in->get(), part, text, mode, owner_)
      || ::renameat(in->get(), part.c_str(), in->get(), leaf.c_str()))
    return failed("write", path_of(session) + "/" + leaf);
  return done{};
}

result<bool> session_directory::claim(const std::string& session, const std::string& leaf,
                                      std::string_view text) const {
  auto in = enter(root_, session, "");
  if (!in)
    return in.why();
  if (!is_leaf_name(leaf))
    return no_leaf(leaf);
  descriptor fd{::openat(in->get(), leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
  if (!fd && errno == EEXIST)
    return false;
  if (!fd || !write_all(fd.get(), text, 0))
    return failed("write", path_of(session) + "/" + leaf);
  return true;
}

result<std::optional<std::string>> session_directory::get(const std::string& session,
                                                          const std::string& leaf,
                                                          std::size_t limit) const {
  auto text = read_from(session, leaf, 0, limit);
  if (!text && text.why().code == errc::not_found)
    return std::optional<std::string>{};
  if (!text)
    return text.why();
  return std::optional{std::move(*text)};
}

result<std::string> session_directory::read_from(const std::string& session,
                                                 const std::string& leaf, std::uint64_t offset,
                                                 std::size_t limit) const {
  auto in = enter(root_, session, "");
  if (!in)
    return in.why();
  if (!is_leaf_name(leaf))
    return no_leaf(leaf);
  auto fd = open_plain(in->get(), leaf, path_of(session));
  if (!fd)
    return fd.why();
  auto size = size_of(*fd);
  if (offset >= size)
    return std::string{};
  return read_at(*fd, offset, std::min<std::uint64_t>(limit, size - offset), leaf);
}

result<std::uint64_t> session_directory::put_input(const std::string& session,
                                                   const std::string& leaf, const chunk& piece,
                                                   bool executable) const {
  auto in = enter(root_, session, "job");
  if (!in)
    return in.why();
  if (!is_leaf_name(leaf))
    return no_leaf(leaf);
  descriptor fd{::openat(in->get(), leaf.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                         executable ? 0755 : 0644)};
  if (!fd || !give(fd.get(), owner_))
    return failed("make", path_of(session) + "/job/" + leaf);
  auto size = size_of(fd);
  if (piece.offset > size)
    return size;
  if (!write_all(fd.get(), piece.bytes, piece.offset))
    return failed("write", path_of(session) + "/job/" + leaf);
  return std::max(size, piece.offset + piece.bytes.size());
}

result<std::uint64_t> session_directory::input_size(const std::string& session,
                                                    const std::string& leaf) const {
  auto in = enter(root_, session, "job");
  if (!in && in.why().code == errc::not_found)
    return std::uint64_t{0};
  if (!in)
    return in.why();
  auto fd = open_plain(in->get(), leaf, path_of(session));
  return fd ? size_of(*fd) : 0;
}

result<chunk> session_directory::read_file(const std::string& session, const std::string& leaf,
                                           std::uint64_t offset, std::uint32_t size,
                                           bool complete) const {
  if (!is_leaf_name(leaf))
    return no_leaf(leaf);
  result<descriptor> fd = error{errc::not_found, ""};
  for (auto inner : {"output", "job"})
    if (!fd && fd.why().code == errc::not_found) {
      auto in = enter(root_, session, inner);
      fd = in ? open_plain(in->get(), leaf, path_of(session)) : in.why();
    }
  if (!fd)
    return fd.why();
  chunk out;
  out.offset = offset;
  out.file_size = size_of(*fd);
  auto limit = std::min(size, chunk_limit_bytes);
  if (offset < out.file_size) {
    auto bytes = read_at(*fd, offset, std::min<std::uint64_t>(limit, out.file_size - offset), leaf);
    if (!bytes)
      return bytes.why();
    out.bytes = std::move(*bytes);
  }
  out.crc32 = crc32(out.bytes);
  out.last = complete && offset + out.bytes.size() >= out.file_size;
  return out;
}

result<std::vector<sandbox_file>> session_directory::list_output(const std::string& session) const {
  auto in = enter(root_, session, "output");
  if (!in && in.why().code == errc::not_found)
    return std::vector<sandbox_file>{};
  if (!in)
    return in.why();
  auto list = list_of(*in);
  if (!list)
    return failed("list", path_of(session) + "/output");
  std::vector<sandbox_file> out;
  while (auto* entry = ::readdir(list.get())) {
    struct stat is {};

    if (is_leaf_name(entry->d_name)
        && !::fstatat(in->get(), entry->d_name, &is, AT_SYMLINK_NOFOLLOW) && S_ISREG(is.st_mode))
      out.push_back(
          {entry->d_name, static_cast<std::uint64_t>(is.st_size), (is.st_mode & S_IXUSR) != 0});
  }
  std::ranges::sort(out, {}, &sandbox_file::name);
  return out;
}

result<done> session_directory::remove(const std::string& session) const {
  if (!is_leaf_name(session))
    return no_leaf(session);
  std::error_code problem;
  std::filesystem::remove_all(path_of(session), problem); // does not follow links
  if (problem)
    return error{errc::storage,
                 fmt::format("cannot remove {}: {}", path_of(session), problem.message())};
  return done{};
}

namespace {

constexpr std::string_view spare_name = ".spare.";
constexpr std::size_t most_spares = 64;

/// A directory as `make_directory` makes it.
bool as_made(const descriptor& fd, const file_owner& owner) {
  struct stat is {};

  return fd && !::fstat(fd.get(), &is) && (is.st_mode & 07777) == 0755
         && is.st_uid == (owner.uid < 0 ? ::geteuid() : static_cast<uid_t>(owner.uid))
         && is.st_gid == (owner.uid < 0 ? ::getegid() : static_cast<gid_t>(owner.gid))
         && ::flistxattr(fd.get(), nullptr, 0) == 0;
}

/// Removes all in a directory but `keep`; what is deeper goes through the path, which follows no
/// links. False when something stays.
bool clear(const descriptor& in, const std::string& path, std::string_view keep) {
  auto list = list_of(in);
  if (!list)
    return false;
  bool all = true;
  while (auto* entry = ::readdir(list.get())) {
    std::string_view leaf = entry->d_name;
    if (leaf == "." || leaf == ".." || leaf == keep || ::unlinkat(in.get(), entry->d_name, 0) == 0)
      continue;
    std::error_code problem;
    std::filesystem::remove_all(path + "/" + entry->d_name, problem);
    all = all && !problem;
  }
  return all;
}

} // namespace

/// The session with nothing but an empty job/, both as they were made.
bool session_directory::empty(const std::string& session) const {
  auto path = path_of(session);
  auto top = open_directory(AT_FDCWD, path);
  if (!as_made(top, owner_) || !clear(top, path, "job"))
    return false;
  auto job = open_directory(top.get(), "job");
  return as_made(job, owner_) && clear(job, path + "/job", "");
}

result<done> session_directory::recycle(const std::string& session) {
  if (!is_leaf_name(session))
    return no_leaf(session);
  auto spare = std::string{spare_name} + std::to_string(++last_spare_);
  if (spares_.size() >= most_spares || !empty(session)
      || ::renameat2(AT_FDCWD, path_of(session).c_str(), AT_FDCWD, path_of(spare).c_str(),
                     RENAME_NOREPLACE))
    return remove(session);
  spares_.push_back(std::move(spare));
  return done{};
}

void session_directory::drop_spares() {
  spares_.clear();
  std::error_code problem;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator i{root_, problem}, end; !problem && i != end;
       i.increment(problem))
    if (i->path().filename().string().starts_with(spare_name))
      found.push_back(i->path());
  for (const auto& x : found)
    std::filesystem::remove_all(x, problem);
}

result<std::vector<std::string>> session_directory::sessions() const {
  std::vector<std::string> out;
  std::error_code problem;
  for (std::filesystem::directory_iterator i{root_, problem}, end; !problem && i != end;
       i.increment(problem))
    if (auto name = i->path().filename().string(); !name.starts_with(spare_name))
      out.push_back(std::move(name));
  if (problem)
    return error{errc::storage, fmt::format("cannot list {}: {}", root_, problem.message())};
  std::ranges::sort(out);
  return out;
}

} // namespace trellis::process
