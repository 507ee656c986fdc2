#include "runtime/node/signals.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>

namespace trellis {

namespace {

int ends[2] = {-1, -1}; // a pipe: handlers may do little more than write to it

void remember(int signal) {
  auto kept = errno;
  auto byte = static_cast<unsigned char>(signal);
  [[maybe_unused]] auto n = ::write(ends[1], &byte, 1);
  errno = kept;
}

void swallow(int) {}

void set(int signal, void (*handler)(int)) {
  struct sigaction x {};

  x.sa_handler = handler;
  x.sa_flags = SA_RESTART;
  ::sigaction(signal, &x, nullptr);
}

} // namespace

signal_waiter::signal_waiter() {
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return;
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  for (int signal : {SIGTERM, SIGINT, SIGHUP})
    set(signal, remember);
  set(SIGPIPE, swallow);
}

int signal_waiter::wait() {
  unsigned char byte = 0;
  for (;;) {
    auto n = ::read(ends[0], &byte, 1);
    if (n == 1)
      return byte;
    if (n == 0 || errno != EINTR)
      return SIGTERM;
  }
}

void signal_waiter::end() { remember(SIGTERM); }

void leave_signals_to_main() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace trellis
