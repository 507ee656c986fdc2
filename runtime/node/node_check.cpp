#include "runtime/node/node_check.hpp"

#include "runtime/node/certificate_watch.hpp"
#include "runtime/node/files.hpp"
#include "storage/engine.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <netdb.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace trellis {

namespace {

using findings = std::vector<finding>;

template <class... Args>
void add(findings& to, verdict how, fmt::format_string<Args...> sentence, Args&&... args) {
  to.push_back({how, fmt::format(sentence, std::forward<Args>(args)...)});
}

void check_key(const config::node& node, const gsi::certificate& cert, findings& out) {
  auto path = node.path(node.key);
  auto pem = read_file(path);
  if (!pem)
    return add(out, verdict::bad, "{}", pem.why().text);
  auto key = gsi::private_key::parse(*pem);
  if (!key)
    return add(out, verdict::bad, "{}: {}", path, key.why().text);

  struct stat x {};

  if (::stat(path.c_str(), &x) == 0 && (x.st_mode & 077) != 0)
    add(out, verdict::bad, "{} can be read by others: chmod 600 {}", path, path);
  if (cert.belongs_to(*key))
    add(out, verdict::good, "the key {} belongs to the certificate", path);
  else
    add(out, verdict::bad, "the key {} does not belong to the certificate {}", path,
        node.path(node.cert));
}

void check_certificates(const config::node& node, gsi::instant now, findings& out) {
  auto all = load_node_certificates(node);
  if (!all)
    return add(out, verdict::bad, "{}", all.why().text);
  const auto& cert = all->chain.front();
  auto hosts = cert.hosts();
  if (std::find(hosts.begin(), hosts.end(), node.host) == hosts.end())
    add(out, verdict::bad, "the certificate {} is not for the host {}", cert.subject(),
        node.host.text());
  if (auto r = gsi::verify(all->chain, all->anchors, now); !r)
    add(out, verdict::bad, "{}", r.why().text);
  else
    add(out, verdict::good, "the certificate {} holds", cert.subject());
  for (const auto& x : ending(*all, now))
    if (x.bound > 0)
      add(out, verdict::warning, "{}", x.text);
  check_key(node, cert, out);
}

/// 0, or errno of the failed step; -1 when the name is unknown.
int try_bind(const endpoint& at) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found) != 0)
    return -1;
  int code = 0;
  int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int yes = 1;
  if (fd >= 0)
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (fd < 0 || ::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 1) != 0)
    code = errno;
  if (fd >= 0)
    ::close(fd);
  ::freeaddrinfo(found);
  return code;
}

void check_ports(const config::node& node, findings& out) {
  if (node.listen.empty())
    add(out, verdict::good, "the node listens nowhere: it dials its peers");
  for (const auto& at : node.listen) {
    auto code = try_bind(at);
    if (code == 0)
      add(out, verdict::good, "the port {} is free", text(at));
    else if (code == EADDRINUSE)
      add(out, verdict::bad, "the port {} is taken: does the node run already?", text(at));
    else
      add(out, verdict::bad, "cannot listen at {}: {}", text(at),
          code < 0 ? "the name is unknown" : std::strerror(code));
  }
  for (const auto& p : node.peers)
    if (!p.connect && node.listen.empty())
      add(out, verdict::bad, "nobody dials: set connect for the peer {}, or listen", p.host.text());
}

void check_disk(const config::node& node, findings& out) {
  auto probe = node.directory + "/.check";
  if (auto r = write_file(probe, "x", 0600); !r)
    return add(out, verdict::bad, "{}", r.why().text);
  ::unlink(probe.c_str());
  add(out, verdict::good, "{} can be written", node.directory);
  std::error_code wrong;
  auto space = std::filesystem::space(node.directory, wrong);
  if (!wrong && space.available < node.limits.disk_low.bytes)
    add(out, verdict::warning, "{} has only {} left", node.directory,
        text(byte_count{space.available >> 20 << 20}));

  struct statfs fs {};

  constexpr auto nfs = 0x6969;
  auto store = node.path(node.store);
  if (::statfs(is_there(store) ? store.c_str() : node.directory.c_str(), &fs) == 0
      && fs.f_type == nfs)
    add(out, verdict::warning, "the store {} is on NFS: take a local disk", store);
}

void check_clock(gsi::instant now, findings& out) {
  using namespace std::chrono;
  if (now < sys_days{year{2025} / 1 / 1})
    add(out, verdict::bad, "the clock of this machine is in the past: set it");
  else
    add(out, verdict::good, "the clock says {:%Y-%m-%d %H:%M:%S} UTC",
        fmt::gmtime(now.time_since_epoch().count()));
}

bool in_path(const std::string& command) {
  std::string_view rest = ::getenv("PATH") ? ::getenv("PATH") : "/usr/bin:/bin";
  for (;;) {
    auto colon = rest.find(':');
    auto file = std::string{rest.substr(0, colon)} + "/" + command;
    if (::access(file.c_str(), X_OK) == 0)
      return true;
    if (colon == rest.npos)
      return false;
    rest.remove_prefix(colon + 1);
  }
}

void check_batch(const config::node& node, findings& out) {
  if (!node.has(role::ce))
    return;
  if (::geteuid() == 0 && node.ce.payload_user.empty())
    add(out, verdict::bad, "the node runs as root and payloads must not: set payload_user in [ce]");
  if (!node.ce.payload_user.empty() && !::getpwnam(node.ce.payload_user.c_str()))
    add(out, verdict::bad, "there is no user {}: payload_user in [ce]", node.ce.payload_user);
  for (const auto& q : node.ce.queues) {
    if (q.lrms != "slurm")
      continue;
    for (auto command : {"sbatch", "squeue", "scancel", "sacct"})
      if (!in_path(command))
        add(out, verdict::bad, "the queue {} needs {}, which is not in PATH", q.name, command);
  }
  if (!node.ce.slurm_conf.empty() && !is_there(node.path(node.ce.slurm_conf)))
    add(out, verdict::bad, "there is no {}: slurm_conf in [ce]", node.path(node.ce.slurm_conf));
}

} // namespace

std::vector<finding> check_node(const config::node& node, gsi::instant now) {
  findings out;
  add(out, verdict::good, "{} can be read", node.file);
  check_clock(now, out);
  check_certificates(node, now, out);
  check_ports(node, out);
  check_disk(node, out);
  check_batch(node, out);
  return out;
}

} // namespace trellis
