#pragma once
/// How many jobs are in which state, as a table and as one line that is printed again and again.
#include "actors/shell/session.hpp"

namespace trellis::shell {

/// Counts once and prints; gives the exit code.
int print_tally(session& s, const std::string& vo, const std::string& owner);

/// One title line and one line of counts, at most 80 columns.
std::string tally_titles();
std::string tally_line(std::string_view at, const lb::job_counts& counts);

/// Jobs that something still moves: not Done, not terminal.
std::uint64_t still_moving(const lb::job_counts& counts);

} // namespace trellis::shell
