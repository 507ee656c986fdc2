/// Loaded before the C library: a program's clock is CLOCK_OFF seconds ahead (or behind).
#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

long seconds_off() {
  auto text = std::getenv("CLOCK_OFF");
  return text ? std::strtol(text, nullptr, 10) : 0;
}

} // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* to) {
  auto code = static_cast<int>(::syscall(SYS_clock_gettime, which, to));
  if (code == 0 && which == CLOCK_REALTIME)
    to->tv_sec += seconds_off();
  return code;
}

int gettimeofday(timeval* to, void*) {
  timespec x{};
  ::clock_gettime(CLOCK_REALTIME, &x);
  to->tv_sec = x.tv_sec;
  to->tv_usec = x.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* to) {
  timespec x{};
  ::clock_gettime(CLOCK_REALTIME, &x);
  if (to)
    *to = x.tv_sec;
  return x.tv_sec;
}
}
