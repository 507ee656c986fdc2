#pragma once
/// What `trellis-starter serve` answers to the launcher, in the machine's own form: both come from
/// one build and one machine.
#include <cstdint>

namespace trellis::process {

struct launched {
  std::int32_t pid = 0;     // 0: nothing was started
  std::int32_t problem = 0; // errno
  std::uint64_t born = 0;   // field 22 of /proc/PID/stat
};

} // namespace trellis::process
