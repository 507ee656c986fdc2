#include "runtime/node/trust_files.hpp"

#include "runtime/node/files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis {

namespace {

struct read_directory {
  std::vector<gsi::named_bytes> files;
  std::vector<gsi::anchor_problem> problems;
};

/// What could mean something; the rest (information, URLs of CRLs) is not read.
bool wanted(const std::string& name) {
  auto kind = std::filesystem::path{name}.extension().string();
  return kind != ".info" && kind != ".crl_url" && !kind.empty() && !name.starts_with('.');
}

/// Files of `directory`, and of its directories when it has `levels`, in the order of their names.
/// `prefix` comes before each name.
result<done> read_into(read_directory& to, const std::string& directory, const std::string& prefix,
                       int levels) {
  std::error_code why;
  std::filesystem::directory_iterator all{directory, why};
  if (why)
    return error{why == std::errc::no_such_file_or_directory ? errc::not_found : errc::storage,
                 fmt::format("cannot read {}: {}", directory, why.message())};
  std::vector<std::string> names;
  for (const auto& x : all)
    names.push_back(x.path().filename().string());
  std::ranges::sort(names);
  for (const auto& name : names) {
    auto path = directory + "/" + name;
    if (std::filesystem::is_directory(path, why)) {
      if (levels > 0)
        if (auto r = read_into(to, path, prefix + name + "/", levels - 1); !r)
          to.problems.push_back({prefix + name, r.why().text});
    } else if (wanted(name)) {
      if (auto bytes = read_file(path, gsi::trust_anchors::max_file_bytes))
        to.files.push_back({prefix + name, *std::move(bytes)});
      else
        to.problems.push_back({prefix + name, bytes.why().text});
    }
  }
  return done{};
}

struct descriptor {
  int fd;

  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
};

} // namespace

result<gsi::trust_anchors::loaded> load_trust_anchors(const std::string& directory,
                                                      gsi::trust_settings settings) {
  read_directory all;
  if (auto r = read_into(all, directory, "", 0); !r)
    return r.why();
  auto out = gsi::trust_anchors::load(all.files, settings);
  out.problems.insert(out.problems.begin(), all.problems.begin(), all.problems.end());
  return out;
}

result<gsi::vomsdir::loaded> load_vomsdir(const std::string& directory) {
  read_directory all;
  if (auto r = read_into(all, directory, "", 1); !r)
    return r.why();
  auto out = gsi::vomsdir::load(all.files);
  out.problems.insert(out.problems.begin(), all.problems.begin(), all.problems.end());
  return out;
}

result<gsi::credential> load_credential(const std::string& path) {
  descriptor in{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (in.fd < 0 && errno == ELOOP)
    return error{errc::denied, fmt::format("the credential {} is a symbolic link", path)};

  struct stat facts {};

  if (in.fd < 0 || ::fstat(in.fd, &facts) != 0)
    return error{errno == ENOENT ? errc::not_found : errc::storage,
                 fmt::format("cannot read the credential {}: {}", path, std::strerror(errno))};
  if (!S_ISREG(facts.st_mode))
    return error{errc::denied, fmt::format("the credential {} is no plain file", path)};
  if (facts.st_uid != ::geteuid())
    return error{errc::denied, fmt::format("the credential {} belongs to another user", path)};
  if ((facts.st_mode & 077) != 0)
    return error{errc::denied, fmt::format("the credential {} has mode {:04o}: others can use it; "
                                           "0600 is needed",
                                           path, facts.st_mode & 07777)};
  std::string pem(gsi::max_credential_bytes + 1, '\0');
  std::size_t size = 0;
  for (::ssize_t n = 1; n != 0 && size < pem.size();) {
    n = ::read(in.fd, pem.data() + size, pem.size() - size);
    if (n < 0 && errno != EINTR)
      return error{errc::storage,
                   fmt::format("cannot read the credential {}: {}", path, std::strerror(errno))};
    size += static_cast<std::size_t>(std::max<::ssize_t>(n, 0));
  }
  auto out = gsi::parse_credential(std::string_view{pem}.substr(0, size));
  if (!out)
    return error{out.why().code, fmt::format("{}: {}", path, out.why().text)};
  return out;
}

result<done> save_credential(const std::string& path, const gsi::credential& x) {
  return write_file(path, gsi::credential_pem(x), 0600);
}

} // namespace trellis
