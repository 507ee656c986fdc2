#pragma once
/// Reading what is committed: pages of jobs, and what changed since an arrival number. No CAF.
#include "actors/lb/lb_book_actor.hpp"

namespace trellis::lb {

/// Whose jobs, where: each VO and owner that a query means, in the index.
std::vector<storage::index_range> ranges_of(const job_book::counts& jobs, const list_jobs& x,
                                            bool everybody);

/// A page, newest first. Jobs are read as they are committed. Errors: `usage` for a cursor that
/// is none of ours.
result<job_list> page_of(const storage::event_log& log,
                         const std::vector<storage::index_range>& ranges, const list_jobs& x,
                         std::size_t limit);

/// Events of these jobs after `after`, in order of arrival, at most `limit`, and the states of
/// the jobs they are of.
result<changes> changes_of(const storage::event_log& log, const std::vector<job_id>& jobs,
                           std::uint64_t after, std::size_t limit);

/// Jobs of this person that have news after `after`, as far as the newest `most` of them go.
result<std::vector<job_id>> jobs_with_news(const storage::event_log& log,
                                           const job_book::counts& jobs, std::string_view subject,
                                           std::uint64_t after, std::size_t most);

} // namespace trellis::lb
