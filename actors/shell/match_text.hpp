#pragma once
/// Matches as text: which CEs would take a job, or which clause excludes how many of them.
#include "actors/shell/session.hpp"

namespace trellis::shell {

/// One line a clause: how many CEs it excludes, for how many it is undefined and which attribute
/// was missing.
void print_clauses(session& s, const wms::matches& found);

} // namespace trellis::shell
