#include "bin/replay/enclosure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trellis::real {

namespace {

constexpr int usual_spaces = CLONE_NEWNS | CLONE_NEWNET;

bool write_line(const char* path, const std::string& line) {
  auto fd = ::open(path, O_WRONLY | O_CLOEXEC);
  auto size = static_cast<ssize_t>(line.size());
  auto well = fd >= 0 && ::write(fd, line.data(), line.size()) == size;
  if (fd >= 0)
    ::close(fd);
  return well;
}

/// An ordinary user stays who they are; what is needed to mount is theirs only inside.
bool leave(int spaces) {
  auto uid = ::geteuid();
  auto gid = ::getegid();
  if (::unshare(spaces | (uid == 0 ? 0 : CLONE_NEWUSER)) != 0)
    return false;
  return uid == 0
         || (write_line("/proc/self/setgroups", "deny")
             && write_line("/proc/self/uid_map", fmt::format("{0} {0} 1", uid))
             && write_line("/proc/self/gid_map", fmt::format("{0} {0} 1", gid)));
}

bool mount_proc() {
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
         && ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

/// Some containers let nobody mount /proc anew: tried by a process that is thrown away.
bool may_have_processes() {
  auto trial = ::fork();
  if (trial == 0) {
    if (!leave(usual_spaces | CLONE_NEWPID))
      ::_exit(1);
    auto inside = ::fork();
    if (inside == 0)
      ::_exit(mount_proc() ? 0 : 1);
    int status = 1;
    ::_exit(inside > 0 && ::waitpid(inside, &status, 0) == inside && status == 0 ? 0 : 1);
  }
  int status = 1;
  return trial > 0 && ::waitpid(trial, &status, 0) == trial && status == 0;
}

bool loopback_up() {
  auto fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq lo{};
  std::strcpy(lo.ifr_name, "lo");
  auto well = fd >= 0 && ::ioctl(fd, SIOCGIFFLAGS, &lo) == 0;
  lo.ifr_flags = static_cast<short>(lo.ifr_flags | IFF_UP);
  well = well && ::ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
  if (fd >= 0)
    ::close(fd);
  return well;
}

volatile pid_t child = 0;

void pass_on(int signal) {
  if (child > 0)
    ::kill(child, signal);
}

[[noreturn]] void wait_for_child() {
  struct sigaction act = {};
  act.sa_handler = pass_on;
  ::sigaction(SIGTERM, &act, nullptr);
  ::sigaction(SIGHUP, &act, nullptr);
  ::sigaction(SIGINT, &act, nullptr);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

} // namespace

result<done> enclose() {
  auto own_processes = may_have_processes();
  if (!leave(usual_spaces | (own_processes ? CLONE_NEWPID : 0)))
    return error{errc::denied,
                 fmt::format("cannot make namespaces for real nodes: {}; run as root, "
                             "or allow namespaces to users",
                             std::strerror(errno))};
  child = ::fork();
  if (child < 0)
    return error{errc::internal, fmt::format("cannot fork: {}", std::strerror(errno))};
  if (child > 0)
    wait_for_child();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (own_processes && !mount_proc())
    return error{errc::denied, fmt::format("cannot mount /proc: {}", std::strerror(errno))};
  if (!loopback_up())
    return error{errc::denied, fmt::format("cannot use the loopback: {}", std::strerror(errno))};
  return done{};
}

void sweep() {
  for (int i = 0; i < 500; ++i) { // what is in an uninterruptible sleep is left after 5 s
    pid_t gone = 0;
    while ((gone = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (gone < 0)
      return;
    std::ifstream list{fmt::format("/proc/self/task/{}/children", ::getpid())};
    for (pid_t one = 0; list >> one;)
      ::kill(one, SIGKILL);
    timespec pause{0, 10'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

} // namespace trellis::real
