#pragma once
/// L&B events as lines of a trace: the kind, and the field that matters.
#include "protocols/scenario/scenario.hpp"

namespace trellis::scenario {

/// Whether a trace has this event.
bool shows(const trace& x, const lb::event& e);

/// `Match ce01.cern.example`, `Resubmission WILLRESUB`, `Done OK exit=1`; one blank between the
/// words. Of a CE id the host only. What differs from run to run (ids, times, codes) is left out.
std::string trace_line(const lb::event& e);

} // namespace trellis::scenario
