#pragma once
/// What a story tells of that this program cannot play yet, though the language has the words:
/// storage elements, and the files on them. Such a story reads and prints as any other; who wants
/// to play it looks here first.
#include "protocols/scenario/scenario.hpp"

namespace trellis::scenario {

struct missing_part {
  place at;
  std::string why; // one sentence: what is needed, and that it is not there
};

/// In the order of the file; empty: all of it can be played.
std::vector<missing_part> missing_parts(const story& x);

/// LFNs that the InputData of a JDL name.
std::vector<std::string> files_in(const std::string& jdl);

} // namespace trellis::scenario
