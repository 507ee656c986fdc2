#pragma once
/// The status of a job in the block that scripts of the old user interface read
/// (glite-wms-job-status), and as a line of a table.
#include "actors/shell/form.hpp"
#include "actors/shell/surroundings.hpp"
#include "protocols/lb/status.hpp"

namespace trellis::shell {

/// "Done (Exit Code !=0)": the state, annotated when it is Done.
std::string state_text(const lb::job_status& x);

/// Whether the job is over as far as its user is concerned: Done or terminal.
bool is_over(lb::job_state x);

/// Over, and well: Done with code OK and exit code 0, or Cleared after that.
bool went_well(const lb::job_status& x);

colour colour_of(const lb::job_status& x);

/// Verbosity 0: id and state; 1: also exit code, reason, destination, times; 2: all but JDLs;
/// 3: all.
std::string status_block(const lb::job_status& x, int verbosity, const surroundings& world);

inline constexpr std::string_view block_rule
    = "*************************************************************";

/// The columns of `job list`; `now` is for how long a job has been in its state.
view<lb::job_status> job_view(moment now);

} // namespace trellis::shell
