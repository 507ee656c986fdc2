#include "bin/starter/starter.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <grp.h>
#include <initializer_list>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

namespace trellis::starter {
namespace {

volatile sig_atomic_t end_asked = 0;

void on_signal(int number) {
  if (number != SIGCHLD)
    end_asked = number;
}

bool number(const char* text, long long& to) {
  char* end = nullptr;
  to = strtoll(text, &end, 10);
  return end != text && *end == '\0' && to >= 0;
}

bool read_text(const char* key, const char* value, options& to) {
  const struct {
    const char* key;
    const char*& to;
  } rows[] = {
      {"session", to.session},
      {"records", to.records},
      {"in",      to.in     },
      {"out",     to.out    },
      {"err",     to.err    },
  };

  for (const auto& row : rows)
    if (!strcmp(row.key, key)) {
      row.to = value;
      return true;
    }
  if (strcmp(key, "token"))
    return false;
  to.ask_token = !strcmp(value, "ask");
  return to.ask_token || !strcmp(value, "none");
}

bool read_number(const char* key, const char* value, options& to) {
  const struct {
    const char* key;
    long& to;
  } rows[] = {
      {"token_wait", to.token_wait_s},
      {"wall",       to.wall_s      },
      {"grace",      to.grace_s     },
      {"cpu",        to.cpu_s       },
      {"processes",  to.processes   },
      {"uid",        to.uid         },
      {"gid",        to.gid         },
  };

  long long n = 0;
  if (!number(value, n))
    return false;
  for (const auto& row : rows)
    if (!strcmp(row.key, key)) {
      row.to = static_cast<long>(n);
      return true;
    }
  auto lease = !strcmp(key, "lease");
  if (!lease && strcmp(key, "memory"))
    return false;
  (lease ? to.lease_us : to.memory_bytes) = n;
  return true;
}

bool limit(__rlimit_resource which, unsigned long long value) {
  rlimit now{};
  if (getrlimit(which, &now))
    return false;
  if (now.rlim_max == RLIM_INFINITY || value < now.rlim_max)
    now.rlim_max = value;
  now.rlim_cur = now.rlim_max;
  return setrlimit(which, &now) == 0;
}

} // namespace

bool read_options(int argc, char** argv, options& to) {
  auto serves = argc > 1 && !strcmp(argv[1], "serve"); // its programs come later
  int i = 2;
  for (; i < argc; ++i) {
    if (!serves && !strcmp(argv[i], "--")) {
      to.program = argv + i + 1;
      return *to.program != nullptr;
    }
    auto* equals = strchr(argv[i], '=');
    if (!equals)
      break;
    *equals = '\0';
    if (!read_text(argv[i], equals + 1, to) && !read_number(argv[i], equals + 1, to)) {
      fprintf(stderr, "trellis-starter: no such option or value: %s=%s\n", argv[i], equals + 1);
      return false;
    }
  }
  if (serves && i == argc)
    return true;
  fprintf(stderr, "usage: trellis-starter run key=value... -- PROGRAM ARGUMENT...\n"
                  "       trellis-starter serve uid=N gid=N\n");
  return false;
}

bool set_limits(const options& x) {
  auto ok = limit(RLIMIT_CORE, 0);
  if (x.cpu_s > 0)
    ok = limit(RLIMIT_CPU, static_cast<unsigned long long>(x.cpu_s)) && ok;
  if (x.memory_bytes > 0)
    ok = limit(RLIMIT_AS, static_cast<unsigned long long>(x.memory_bytes)) && ok;
  if (x.processes > 0)
    ok = limit(RLIMIT_NPROC, static_cast<unsigned long long>(x.processes)) && ok;
  return ok;
}

bool change_user(const options& x) {
  if (x.uid < 0)
    return true;
  if (x.uid == 0 || x.gid <= 0)
    return false; // a payload never runs as root
  auto uid = static_cast<uid_t>(x.uid);
  auto gid = static_cast<gid_t>(x.gid);
  if (setgroups(1, &gid) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
    return false;
  return setuid(0) != 0;
}

void record(const options& x, const char* format, ...) {
  if (!x.records)
    return;
  char line[1024];
  va_list args;
  va_start(args, format);
  auto n = vsnprintf(line, sizeof line - 1, format, args);
  va_end(args);
  if (n < 0)
    return;
  auto size = static_cast<std::size_t>(n) < sizeof line - 1 ? static_cast<std::size_t>(n)
                                                            : sizeof line - 2;
  line[size++] = '\n';
  auto fd = open(x.records, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || write(fd, line, size) != static_cast<ssize_t>(size))
    fprintf(stderr, "trellis-starter: cannot append to %s: %s\n", x.records, strerror(errno));
  if (fd >= 0)
    close(fd);
}

void catch_signals() {
  struct sigaction act {};

  act.sa_handler = on_signal;
  sigset_t all;
  sigemptyset(&all);
  for (int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGXCPU, SIGCHLD}) {
    sigaction(number, &act, nullptr);
    sigaddset(&all, number);
  }
  sigprocmask(SIG_BLOCK, &all, nullptr);
}

bool asked_to_end() { return end_asked != 0; }

void pause_for(long ms, int fd) {
  sigset_t none;
  sigemptyset(&none);
  pollfd watched{fd, POLLIN, 0};
  timespec left{ms / 1000, ms % 1000 * 1'000'000};
  ppoll(&watched, fd >= 0 ? 1 : 0, &left, &none);
}

double steady_now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

} // namespace trellis::starter
