#pragma once
/// `trellis-replay --nodes`: real trellis-node processes in a corner of this machine.
#include "bin/replay/report.hpp"

namespace trellis::replaying {

/// The exit code of the program; 130 after an interrupt. To be called before there are threads.
int play_nodes(const options& o, const scenario::story& story, const std::string& text,
               std::optional<scenario::milliseconds> until);

} // namespace trellis::replaying
