#pragma once
/// The events of a job in blocks, as glite-wms-job-logging-info prints them.
#include "actors/shell/surroundings.hpp"

namespace trellis::shell {

/// Verbosity 0: source, host, result, reason; 1: also arrival, level and own fields; 2: also the
/// sequence code, user and instance; 3: also long texts such as the JDL.
std::string event_block(const lb::stored_event& x, int verbosity, const surroundings& world);

} // namespace trellis::shell
