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

/// `file` was opened without following a link.
result<done> check_private(int file, const std::string& path, unsigned uid) {
  if (file < 0)
    return cannot_read(path, errno == ELOOP ? "it is a link" : std::strerror(errno));

  struct stat x {};

  if (::fstat(file, &x) != 0 || !S_ISREG(x.st_mode))
    return cannot_read(path, "it is no file");
  if (x.st_uid != uid)
    return cannot_read(path, "it belongs to somebody else");
  if ((x.st_mode & 077) != 0)
    return cannot_read(path, fmt::format("others may use it (mode {:04o}); chmod 600 {}",
                                         x.st_mode & 07777, path));
  return done{};
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

std::string proxy_place(const environment& of, unsigned uid) {
  return of("X509_USER_PROXY").value_or(fmt::format("/tmp/x509up_u{}", uid));
}

certificate_files certificate_files_of(const std::string& cert, const std::string& key) {
  certificate_files out;
  if (cert.ends_with(".p12") || cert.ends_with(".pfx"))
    out.pkcs12 = cert;
  else {
    out.cert = cert;
    out.key = key.empty() ? cert : key;
  }
  return out;
}

certificate_files find_certificate_files(const environment& of, unsigned uid) {
  auto globus = of("HOME").value_or("") + "/.globus/";
  constexpr auto host = "/etc/grid-security/hostcert.pem";
  if (auto cert = of("X509_USER_CERT"))
    return certificate_files_of(*cert, of("X509_USER_KEY").value_or(""));
  if (is_there(globus + "usercert.pem"))
    return certificate_files_of(globus + "usercert.pem", globus + "userkey.pem");
  if (is_there(globus + "usercred.p12"))
    return certificate_files_of(globus + "usercred.p12", "");
  if (uid == 0 && is_there(host))
    return certificate_files_of(host, "/etc/grid-security/hostkey.pem");
  certificate_files out;
  out.looked_at = fmt::format("X509_USER_CERT, {}usercert.pem and {}usercred.p12", globus, globus);
  return out;
}

result<std::string> read_private(const std::string& path, unsigned uid) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (auto ok = check_private(file.get(), path, uid); !ok)
    return ok.why();
  return read_all(file.get(), path);
}

result<done> destroy_private(const std::string& path, unsigned uid) {
  descriptor file{::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC)};
  if (file.get() < 0 && errno == ENOENT)
    return error{errc::not_found, fmt::format("there is no proxy at {}", path)};
  if (auto ok = check_private(file.get(), path, uid); !ok)
    return ok.why();

  struct stat x {};

  if (::fstat(file.get(), &x) == 0)
    for (std::string zeros(4096, '\0'); x.st_size > 0; x.st_size -= 4096)
      if (::write(file.get(), zeros.data(), zeros.size()) < 0)
        break; // the name goes all the same
  ::fsync(file.get());
  if (::unlink(path.c_str()) != 0)
    return error{errc::storage, fmt::format("cannot remove {}: {}", path, std::strerror(errno))};
  return done{};
}

result<std::string> read_public(const std::string& path) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0)
    return cannot_read(path, std::strerror(errno));
  return read_all(file.get(), path);
}

} // namespace trellis::edge
