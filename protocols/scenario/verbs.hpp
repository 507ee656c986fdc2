#pragma once
/// What can happen, one row a verb: its word, what it is done to, and how it is undone.
#include "protocols/scenario/scenario.hpp"

#include <span>

namespace trellis::scenario {

/// What a verb is done to.
enum class operands : std::uint8_t {
  submission, // a job's name, as it is declared; x200, twice
  jobs,
  nodes,  // one or more
  ces,    // one or more
  disks,  // nodes or SEs, one or more
  links,  // one node (all its links) or two; `->` between them: that direction only
  offset, // nodes, and how much a clock is off
  user,
};

/// Whether a verb also works on real nodes (`--nodes`), or needs a part that is simulated.
enum class works : std::uint8_t { everywhere, virtual_clock };

struct verb_row {
  std::string_view word;
  verb what;
  operands takes;
  std::optional<verb> undo; // by `for=`, and at the end of a range
  works where;
  std::string_view extras; // further words and options, apart by blanks
};

/// In the order of `verb`.
std::span<const verb_row> verbs();

const verb_row& row_of(verb x);
const verb_row* verb_from(std::string_view word);

/// What undoes this: heal for cut, with the same nodes. Nothing when nothing does. Where this says
/// `any`, it is for the caller to undo it on what was drawn.
std::optional<action> undoing(const action& x);

} // namespace trellis::scenario
