#pragma once
/// From a checked JDL to the terms a job is accepted on.
#include "actors/wms/config.hpp"
#include "protocols/wms/record.hpp"

namespace trellis::wms {

/// Reads the JDL for this principal. `usage` with all problems, a line each, when it is refused.
result<jdl::job_request> read_jdl(const wms_config& config, const principal& who,
                                  std::string_view text, ce::moment now,
                                  std::vector<std::string>& warnings);

/// The terms of a single job, without its id. `usage` for what no CE of ours can be asked to do.
result<job_terms> describe(const wms_config& config, const principal& who,
                           const jdl::job_description& x, ce::moment now);

/// What matchmaking needs of it, after the CEs that failed so far.
match_request request_of(const job_terms& terms, const std::vector<host_name>& avoid);

/// VO and group for shares: the group of the primary FQAN, else the VO's own.
/// Users who come over the network are of the VO that somebody vouches for, or of none: what their
/// JDL says makes nobody a member.
bool may_name_vo(const principal& who);

std::string group_of(const principal& who);

/// The state of a job that was just accepted; its first event is the RegJob.
job_state first_state(const job_terms& terms, ce::moment now);

} // namespace trellis::wms
