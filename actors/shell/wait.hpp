#pragma once
/// `--wait [--timeout TIME]`: until jobs are over, and what that means for the exit code.
#include "actors/shell/session.hpp"

namespace trellis::shell {

using wait_limit = std::optional<std::chrono::milliseconds>;

/// What `--timeout` says. Errors: `usage`.
result<wait_limit> wait_wanted(const arguments& given);

/// Follows the jobs until all are over and prints how each ended. 0: all went well; 1: none did;
/// 8: some did; 7: the time was over.
int wait_for(session& s, const std::vector<job_id>& jobs, wait_limit limit);

} // namespace trellis::shell
