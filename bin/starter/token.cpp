/// The token by file: the request is a record, the answer a file `token.granted` or `token.refused`
/// in the session directory. Whoever decides is this process alone: once `token_gave_up` is
/// recorded, an answer that comes later starts nothing.
#include "bin/starter/starter.hpp"

#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace trellis::starter {
namespace {

bool there(const options& x, const char* name) {
  char path[4096];
  auto n = snprintf(path, sizeof path, "%s/%s", x.session, name);
  return n > 0 && static_cast<std::size_t>(n) < sizeof path && access(path, F_OK) == 0;
}

int answer(const options& x) {
  if (there(x, "token.granted"))
    return ended;
  if (there(x, "token.refused")) {
    record(x, "failed token_refused Cannot take shallow resubmission token");
    return refused;
  }
  return -1;
}

/// Watches the session directory; -1 when the system has no watch left, then looking each second
/// has to do.
int watch(const options& x) {
  auto fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd >= 0)
    inotify_add_watch(fd, x.session, IN_CREATE | IN_MOVED_TO);
  return fd;
}

} // namespace

int wait_for_token(const options& x) {
  if (!x.ask_token)
    return ended;
  auto said = answer(x); // granted with the lease: nobody is asked
  if (said >= 0)
    return said;
  auto fd = watch(x);
  record(x, "token_asked -");
  auto until = steady_now() + static_cast<double>(x.token_wait_s);
  while ((said = answer(x)) < 0) {
    if (asked_to_end()) {
      record(x, "failed before_payload Job has been terminated while it waited for its token");
      said = told_to_end;
    } else if (steady_now() >= until) {
      record(x, "token_gave_up -");
      record(x, "failed gave_up_token No answer about the token within %ld s", x.token_wait_s);
      said = gave_up;
    } else {
      char heard[4096];
      if (fd >= 0)
        while (read(fd, heard, sizeof heard) > 0) {
        }
      if (answer(x) < 0)
        pause_for(1000, fd);
      continue;
    }
    break;
  }
  if (fd >= 0)
    close(fd);
  return said;
}

} // namespace trellis::starter
