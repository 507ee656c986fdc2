#include "bin/starter/starter.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace trellis::starter;

namespace {

int fail(const char* what, const char* about) {
  fprintf(stderr, "trellis-starter: cannot %s %s: %s\n", what, about, strerror(errno));
  return not_startable;
}

/// Becomes the program: nothing of the caller's stays but the environment.
int become(const options& x) {
  setsid();
  umask(022);
  auto nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, 0) < 0)
    return fail("open", "/dev/null");
  if (!set_limits(x))
    return fail("set the limits of", *x.program);
  if (!change_user(x))
    return fail("become the user of", *x.program);
  if (x.log) {
    auto log = open(x.log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0644);
    if (log < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
      return fail("open", x.log);
  }
  syscall(SYS_close_range, 3u, ~0u, 0u);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number)
    signal(number, SIG_DFL);
  if (x.dir && chdir(x.dir))
    return fail("enter", x.dir);
  execv(*x.program, x.program);
  return fail("start", *x.program);
}

int run(const options& x) {
  catch_signals();
  auto code = wait_for_token(x);
  if (code == ended && asked_to_end()) {
    record(x, "failed before_payload Job has been terminated before its payload began");
    code = told_to_end;
  }
  if (code == ended && lease_left(x) <= 0) {
    record(x, "failed lease_lapsed The lease lapsed before the payload began");
    code = told_to_end;
  }
  return code == ended ? run_payload(x) : code;
}

} // namespace

int main(int argc, char** argv) {
  options x;
  auto exec = argc > 1 && !strcmp(argv[1], "exec");
  if (!read_options(argc, argv, x) || (!exec && (strcmp(argv[1], "run") || !x.session)))
    return wrong_use;
  return exec ? become(x) : run(x);
}
