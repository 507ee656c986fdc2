#include "runtime/node/files.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis {

namespace {

error failed(std::string_view what, const std::string& path, int code) {
  auto kind = code == ENOENT ? errc::not_found : code == EEXIST ? errc::exists : errc::storage;
  return {kind, fmt::format("cannot {} {}: {}", what, path, std::strerror(code))};
}

struct descriptor {
  int fd;

  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
};

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR)
      return errno;
    bytes.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

void sync_directory_of(const std::string& path) {
  auto parent = std::filesystem::path{path}.parent_path();
  descriptor dir{::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (dir.fd >= 0)
    ::fsync(dir.fd);
}

/// `place(new file)` puts it where it belongs: 0 or errno.
template <class Place>
result<done> written(const std::string& path, std::string_view bytes, unsigned mode, Place place) {
  auto fresh = path + ".new";
  ::unlink(fresh.c_str());
  int code = 0;
  {
    descriptor out{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
    if (out.fd < 0)
      return failed("write", path, errno);
    code = ::fchmod(out.fd, mode) == 0 ? write_all(out.fd, bytes) : errno;
  }
  if (code == 0)
    code = place(fresh);
  ::unlink(fresh.c_str());
  if (code != 0)
    return failed("write", path, code);
  sync_directory_of(path);
  return done{};
}

} // namespace

result<std::string> read_file(const std::string& path, std::size_t limit) {
  descriptor in{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (in.fd < 0)
    return failed("read", path, errno);
  std::string out;
  char piece[4096];
  for (;;) {
    auto n = ::read(in.fd, piece, sizeof piece);
    if (n < 0 && errno != EINTR)
      return failed("read", path, errno);
    if (n == 0)
      return out;
    out.append(piece, n < 0 ? 0 : static_cast<std::size_t>(n));
    if (out.size() > limit)
      return error{errc::storage, fmt::format("{} has more than {} bytes", path, limit)};
  }
}

result<done> write_file(const std::string& path, std::string_view bytes, unsigned mode) {
  return written(path, bytes, mode, [&](const std::string& fresh) {
    return std::rename(fresh.c_str(), path.c_str()) == 0 ? 0 : errno;
  });
}

result<done> create_file(const std::string& path, std::string_view bytes, unsigned mode) {
  return written(path, bytes, mode, [&](const std::string& fresh) {
    return ::link(fresh.c_str(), path.c_str()) == 0 ? 0 : errno;
  });
}

result<done> make_directory(const std::string& path, unsigned mode) {
  std::error_code wrong;
  auto parent = std::filesystem::path{path}.parent_path();
  if (!parent.empty())
    std::filesystem::create_directories(parent, wrong);
  if (wrong)
    return failed("make the directory", parent.string(), wrong.value());
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST)
    return done{};
  return failed("make the directory", path, errno);
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

} // namespace trellis
