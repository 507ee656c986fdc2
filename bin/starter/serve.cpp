/// How a wrapper is started: in a session of its own, as the user of the payloads, with nothing of
/// the node's. A process of its own does it, which can change users where the node should not, and
/// which makes another process ten times faster than a large program can.
#include "bin/starter/starter.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trellis::starter {
namespace {

int fail(const char* what, const char* about) {
  fprintf(stderr, "trellis-starter: cannot %s %s: %s\n", what, about, strerror(errno));
  return not_startable;
}

/// A log that all programs share begins anew when it is as large as this.
constexpr off_t log_limit = 1 << 20;

bool open_log(const char* path) {
  auto log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0644);
  struct stat is;
  if (log >= 0 && fstat(log, &is) == 0 && is.st_size > log_limit && ftruncate(log, 0) != 0)
    return false;
  return log >= 0 && dup2(log, 1) >= 0 && dup2(log, 2) >= 0;
}

constexpr int text_at = 3;

/// Puts the text where the program expects it; it can be opened again as a file of its own.
bool offer_text(const char* text) {
  auto made = static_cast<int>(syscall(SYS_memfd_create, "wrapper", 0u));
  for (auto left = strlen(text); made >= 0 && left > 0;) {
    auto n = write(made, text, left);
    if (n <= 0)
      return false;
    text += n;
    left -= static_cast<std::size_t>(n);
  }
  return made >= 0 && dup2(made, text_at) >= 0;
}

/// Becomes the program: nothing of ours stays but the environment.
int become(const options& x) {
  setsid();
  umask(022);
  auto nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, 0) < 0)
    return fail("open", "/dev/null");
  if (!open_log(x.log)) // as ourselves: the directory need not be the user's
    return fail("open", x.log);
  if (!set_limits(x))
    return fail("set the limits of", *x.program);
  if (!change_user(x))
    return fail("become the user of", *x.program);
  if (*x.text != '\0' && !offer_text(x.text))
    return fail("hand a text to", *x.program);
  syscall(SYS_close_range, *x.text != '\0' ? text_at + 1u : text_at, ~0u, 0u);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(*x.program, x.program);
  return fail("start", *x.program);
}

/// Field 22 of /proc/PID/stat; the process is our child and not yet waited for.
unsigned long long birth_of(pid_t pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  auto fd = open(path, O_RDONLY | O_CLOEXEC);
  auto size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  if (size <= 0)
    return 0;
  text[size] = '\0';
  const char* at = strrchr(text, ')'); // before it stands a name, which may hold anything
  for (int field = 2; at && field < 22; ++field)
    at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, nullptr, 10) : 0;
}

/// Words, each ended by a zero byte: the log, the text, then the program and its arguments.
bool read_request(char* text, std::size_t size, options& to, char** words, std::size_t room) {
  if (size == 0 || text[size - 1] != '\0')
    return false;
  to.log = text;
  to.text = text + strlen(text) + 1;
  if (to.text == text + size)
    return false;
  std::size_t n = 0;
  for (auto* at = text + (to.text - text) + strlen(to.text) + 1; at < text + size;
       at += strlen(at) + 1) {
    if (n + 1 == room)
      return false;
    words[n++] = at;
  }
  words[n] = nullptr;
  to.program = words;
  return n > 0 && words[0][0] == '/';
}

launched launch(options x, char* text, std::size_t size) {
  char* words[64];
  if (!read_request(text, size, x, words, 64))
    return {0, EINVAL, 0};
  // The child borrows our memory until it is the program: copying pages would cost more than the
  // rest. It writes to nothing of ours but its own stack.
  auto pid = vfork();
  if (pid == 0)
    _exit(become(x));
  if (pid < 0)
    return {0, errno, 0};
  return {pid, 0, birth_of(pid)};
}

void reap() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

} // namespace

int serve(const options& x) {
  static char text[65'536];
  catch_signals();
  while (!asked_to_end()) {
    reap();
    auto size = recv(0, text, sizeof text, MSG_DONTWAIT | MSG_TRUNC);
    if (size == 0)
      return ended; // the node is gone; what it started goes on
    if (size < 0 && errno != EAGAIN && errno != EINTR)
      return fail("listen to", "the node");
    if (size < 0) {
      pause_for(60'000, 0);
      continue;
    }
    auto whole = static_cast<std::size_t>(size) <= sizeof text;
    auto answer = whole ? launch(x, text, static_cast<std::size_t>(size)) : launched{0, E2BIG, 0};
    if (send(0, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer)
      return fail("answer", "the node");
  }
  return told_to_end;
}

} // namespace trellis::starter
