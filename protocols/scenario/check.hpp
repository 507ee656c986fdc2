#pragma once
/// What a story must be as a whole: names that exist, hosts in their sites, a grid that has what
/// its jobs need. Adds to the problems of `file`. Not for use outside of this folder.
#include "protocols/scenario/reading.hpp"

namespace trellis::scenario {

void check(reading& file);

} // namespace trellis::scenario
