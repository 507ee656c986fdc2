/// Runs the payload and sees it through to its end, its descendants included: this process is their
/// subreaper, so that none outlives it.
#include "bin/starter/starter.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <initializer_list>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace trellis::starter {
namespace {

long long wall_us() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1'000'000LL + t.tv_nsec / 1000;
}

bool put_on(int fd, const char* path, int flags) {
  auto opened = open(path ? path : "/dev/null", flags | O_CLOEXEC, 0644);
  return opened >= 0 && dup2(opened, fd) == fd;
}

/// The standard streams; one file for both outputs is opened once.
bool streams(const options& x) {
  constexpr auto to_write = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
  if (!put_on(0, x.in, O_RDONLY) || !put_on(1, x.out, x.out ? to_write : O_WRONLY))
    return false;
  if (x.out && x.err && !strcmp(x.out, x.err))
    return dup2(1, 2) == 2;
  return put_on(2, x.err, x.err ? to_write : O_WRONLY);
}

void say(int fd, const char* text, const char* about) {
  char line[512];
  auto n = snprintf(line, sizeof line, "%s %s: %s", text, about ? about : "?", strerror(errno));
  if (n > 0 && write(fd, line, static_cast<std::size_t>(n)) < 0)
    _exit(not_startable);
}

/// The child: never returns. What stops it goes as one line to `report`.
[[noreturn]] void become_payload(const options& x, int report) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == 1)
    _exit(not_startable);
  sigset_t none;
  sigemptyset(&none);
  for (int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGXCPU, SIGCHLD, SIGPIPE})
    signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!streams(x)) {
    say(report, "job_fault Cannot open the standard streams of", *x.program);
    _exit(not_startable);
  }
  set_limits(x);
  // Recorded before it begins: a payload that nobody knows of would be run again.
  record(x, "payload_started %lld %d", wall_us(), static_cast<int>(getpid()));
  execve(*x.program, x.program, environ);
  if (errno == ENOEXEC) { // a script without its first line
    char* shell[64] = {const_cast<char*>("/bin/sh")};
    for (int i = 0; i < 62 && x.program[i]; ++i)
      shell[i + 1] = x.program[i];
    execve(shell[0], shell, environ);
  }
  say(report, "job_fault Cannot start", *x.program);
  _exit(not_startable);
}

/// Ends what the payload left behind: its group, then whatever became our child.
void end_descendants(pid_t payload) {
  kill(-payload, SIGKILL);
  for (int i = 0; i < 500; ++i) { // processes in an uninterruptible sleep are left after 5 s
    int status = 0;
    pid_t gone;
    while ((gone = wait4(-1, &status, WNOHANG, nullptr)) > 0) {
    }
    if (gone < 0)
      return;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(getpid()));
    if (auto* list = fopen(path, "re")) {
      int child = 0;
      while (fscanf(list, "%d", &child) == 1)
        kill(child, SIGKILL);
      fclose(list);
    }
    pause_for(10, -1);
  }
}

struct outcome {
  int status = 0;
  const char* why = "exited";
};

/// What a shell or the system says of a process that was asked to end.
bool ended_on_request(int status) {
  auto number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
  for (int request : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGXCPU})
    if (number == request)
      return true;
  return false;
}

/// A batch system signals all processes of a job, one after the other in any order: a payload that
/// a request ended was terminated also when our own signal comes a moment later.
const char* why_ended(int status, const char* known) {
  if (!ended_on_request(status))
    return known;
  auto until = steady_now() + 0.5;
  for (double left = 0.5; left > 0 && !asked_to_end(); left = until - steady_now())
    pause_for(static_cast<long>(left * 1000) + 1, -1);
  return asked_to_end() && !strcmp(known, "exited") ? "terminated" : known;
}

outcome see_through(const options& x, pid_t payload) {
  outcome out;
  auto started = steady_now();
  double kill_at = 0;
  for (;;) {
    pid_t gone;
    int status = 0;
    while ((gone = wait4(-1, &status, WNOHANG, nullptr)) > 0)
      if (gone == payload) {
        return {status, why_ended(status, out.why)};
      }
    auto now = steady_now();
    auto late = x.wall_s > 0 && now - started >= static_cast<double>(x.wall_s);
    if (kill_at == 0 && (asked_to_end() || late)) {
      out.why = asked_to_end() ? "terminated" : "wall_limit";
      kill(-payload, SIGTERM);
      kill(-payload, SIGCONT);
      kill_at = now + static_cast<double>(x.grace_s);
    } else if (kill_at > 0 && now >= kill_at) {
      kill(-payload, SIGKILL);
      kill_at = now + 1;
    }
    auto lease = lease_left(x);
    if (lease <= 0) { // at once: somewhere else it may begin at this very moment
      out.why = "lease_lapsed";
      kill(-payload, SIGKILL);
      lease = 1;
    }
    auto wait = kill_at > 0    ? kill_at - now
                : x.wall_s > 0 ? started + static_cast<double>(x.wall_s) - now
                               : 60;
    wait = wait < lease ? wait : lease;
    pause_for(wait < 60 ? static_cast<long>(wait * 1000) + 1 : 60'000, -1);
  }
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

} // namespace

int run_payload(const options& x) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int report[2];
  if (pipe2(report, O_CLOEXEC))
    return not_startable;
  auto started = steady_now();
  auto payload = fork();
  if (payload < 0) {
    record(x, "failed before_payload Cannot start a process: %s", strerror(errno));
    return not_startable;
  }
  if (payload == 0) {
    close(report[0]);
    become_payload(x, report[1]);
  }
  close(report[1]);
  char problem[512];
  auto size = read(report[0], problem, sizeof problem - 1);
  close(report[0]);
  auto end = see_through(x, payload);
  auto wall = steady_now() - started;
  end_descendants(payload);
  if (size > 0) {
    problem[size] = '\0';
    record(x, "failed %s", problem);
    return not_startable;
  }
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  auto code = WIFSIGNALED(end.status) ? 128 + WTERMSIG(end.status) : WEXITSTATUS(end.status);
  record(x, "payload_ended %lld %d %.6f %.6f %.6f %ld %s", wall_us(), code, wall,
         seconds(used.ru_utime), seconds(used.ru_stime), used.ru_maxrss, end.why);
  return ended;
}

} // namespace trellis::starter
