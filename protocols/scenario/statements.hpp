#pragma once
/// What each first word of a statement reads. Not for use outside of this folder and its tests.
#include "protocols/scenario/reading.hpp"

#include <span>

namespace trellis::scenario {

struct statement_row {
  std::string_view word;
  void (*read)(cursor&);
};

std::span<const statement_row> statements();

// --- read_world.cpp ------------------------------------------------------------------------------

void read_title(cursor& x);
void read_seed(cursor& x);
void read_until(cursor& x);
void read_vo(cursor& x);
void read_user(cursor& x);
void read_site(cursor& x);
void read_ce_statement(cursor& x);
void read_se(cursor& x);
void read_link(cursor& x);
void read_file(cursor& x);
void read_job(cursor& x);
void read_workload(cursor& x);

// --- read_happening.cpp --------------------------------------------------------------------------

/// From the verb on; `out` has its times.
void read_happening(cursor& x, happening out);

} // namespace trellis::scenario
