/// The lease: at first the instant on the command line; once it is renewed the one in the file
/// `lease` of the session directory, in microseconds since the epoch as well. This process ends the
/// payload when it is over, so that the promise holds although the node that should do it is dead.
#include "bin/starter/starter.hpp"

#include <cstdio>
#include <ctime>

namespace trellis::starter {

double lease_left(const options& x) {
  char path[4096];
  auto n = snprintf(path, sizeof path, "%s/lease", x.session);
  if (n <= 0 || static_cast<std::size_t>(n) >= sizeof path)
    return no_lease;
  auto until_us = x.lease_us;
  if (auto* file = fopen(path, "re")) {
    auto read = fscanf(file, "%lld", &until_us);
    fclose(file);
    if (read != 1)
      return no_lease; // being written; the next look finds it
  }
  if (until_us <= 0)
    return no_lease;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<double>(until_us) / 1e6 - static_cast<double>(now.tv_sec)
         - static_cast<double>(now.tv_nsec) / 1e9;
}

} // namespace trellis::starter
