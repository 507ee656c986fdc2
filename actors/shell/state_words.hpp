#pragma once
/// States of jobs as command lines take them: by word in any case, or by L&B's number.
#include "protocols/base/result.hpp"
#include "protocols/lb/status.hpp"

namespace trellis::shell {

/// "running", "Running", "5". Errors: `usage`.
result<lb::job_state> state_from(std::string_view word);

/// All but those that were cleared or purged.
inline constexpr lb::job_state states_of_interest[]
    = {lb::job_state::submitted, lb::job_state::waiting,   lb::job_state::ready,
       lb::job_state::scheduled, lb::job_state::running,   lb::job_state::done,
       lb::job_state::aborted,   lb::job_state::cancelled, lb::job_state::unknown};

} // namespace trellis::shell
