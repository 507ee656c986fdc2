#include "runtime/edge/user_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis::edge {

namespace {

constexpr std::size_t most_bytes = 256 * 1024;

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

class descriptor {
public:
  explicit descriptor(int fd) : fd_(fd) {}

  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int get() const { return fd_; }

private:
  int fd_;
};

error cannot_read(const std::string& path, std::string_view why) {
  return {errc::unauthenticated, fmt::format("cannot use the credential {}: {}", path, why)};
}

result<std::string> read_all(int fd, const std::string& path) {
  std::string out;
  char buffer[8192];
  for (;;) {
    auto n = ::read(fd, buffer, sizeof buffer);
    if (n < 0)
      return cannot_read(path, std::strerror(errno));
    if (n == 0)
      return out;
    out.append(buffer, static_cast<std::size_t>(n));
    if (out.size() > most_bytes)
      return cannot_read(path, "it is too large");
  }
}

} // namespace

user_files find_user_files(const environment& of, unsigned uid) {
  user_files out;
  auto home = of("HOME").value_or("");
  auto usual = fmt::format("/tmp/x509up_u{}", uid);
  auto globus = home + "/.globus/";
  if (auto proxy = of("X509_USER_PROXY"))
    out.cert = out.key = *proxy;
  else if (is_there(usual))
    out.cert = out.key = usual;
  else if (auto cert = of("X509_USER_CERT")) {
    out.cert = *cert;
    out.key = of("X509_USER_KEY").value_or(*cert);
  } else if (is_there(globus + "usercert.pem")) {
    out.cert = globus + "usercert.pem";
    out.key = globus + "userkey.pem";
  }
  out.looked_at
      = fmt::format("X509_USER_PROXY, {}, X509_USER_CERT and {}usercert.pem", usual, globus);
  if (auto file = of("X509_CERT_FILE"))
    out.anchors_file = *file;
  else if (auto directory = of("X509_CERT_DIR"))
    out.anchors = *directory;
  else
    out.anchors = is_there(globus + "certificates") ? globus + "certificates"
                                                    : "/etc/grid-security/certificates";
  return out;
}

result<std::string> read_private(const std::string& path, unsigned uid) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (file.get() < 0)
    return cannot_read(path, errno == ELOOP ? "it is a link" : std::strerror(errno));

  struct stat x {};

  if (::fstat(file.get(), &x) != 0 || !S_ISREG(x.st_mode))
    return cannot_read(path, "it is no file");
  if (x.st_uid != uid)
    return cannot_read(path, "it belongs to somebody else");
  if ((x.st_mode & 077) != 0)
    return cannot_read(path, fmt::format("others may use it (mode {:04o}); chmod 600 {}",
                                         x.st_mode & 07777, path));
  return read_all(file.get(), path);
}

result<std::string> read_public(const std::string& path) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0)
    return cannot_read(path, std::strerror(errno));
  return read_all(file.get(), path);
}

} // namespace trellis::edge
