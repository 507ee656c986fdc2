#include "protocols/scenario/verbs.hpp"

#include <array>

namespace trellis::scenario {

namespace {

constexpr auto real = works::everywhere;
constexpr auto simulated = works::virtual_clock;
constexpr std::optional<verb> nothing;

constexpr verb_row rows[] = {
    {"submit",  verb::submit,  operands::submission, nothing,       real,      "x twice every="},
    {"cancel",  verb::cancel,  operands::jobs,       nothing,       real,      ""              },
    {"hold",    verb::hold,    operands::jobs,       verb::release, simulated, ""              },
    {"release", verb::release, operands::jobs,       nothing,       simulated, ""              },
    {"crash",   verb::crash,   operands::jobs,       nothing,       simulated, ""              },
    {"kill",    verb::kill,    operands::nodes,      verb::start,   real,      ""              },
    {"stop",    verb::stop,    operands::nodes,      verb::start,   real,      ""              },
    {"start",   verb::start,   operands::nodes,      nothing,       real,      ""              },
    {"drain",   verb::drain,   operands::ces,        verb::open,    real,      ""              },
    {"open",    verb::open,    operands::ces,        nothing,       real,      ""              },
    {"break",   verb::break_,  operands::ces,        verb::mend,    simulated, "% crashes"     },
    {"mend",    verb::mend,    operands::ces,        nothing,       simulated, ""              },
    {"cut",     verb::cut,     operands::links,      verb::heal,    real,      ""              },
    {"slow",    verb::slow,    operands::links,      verb::heal,    real,      "rate= rtt="    },
    {"lose",    verb::lose,    operands::links,      verb::heal,    real,      "%"             },
    {"repeat",  verb::repeat,  operands::links,      verb::heal,    simulated, "%"             },
    {"heal",    verb::heal,    operands::links,      nothing,       real,      ""              },
    {"fill",    verb::fill,    operands::disks,      verb::empty,   simulated, ""              },
    {"empty",   verb::empty,   operands::disks,      nothing,       simulated, ""              },
    {"corrupt", verb::corrupt, operands::disks,      nothing,       simulated, ""              },
    {"skew",    verb::skew,    operands::offset,     verb::skew,    simulated, "+-"            },
    {"backup",  verb::backup,  operands::nodes,      nothing,       simulated, ""              },
    {"restore", verb::restore, operands::nodes,      nothing,       simulated, ""              },
    {"expire",  verb::expire,  operands::user,       nothing,       simulated, ""              },
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(rows); ++i)
    if (rows[i].what != static_cast<verb>(i))
      return false;
  return std::size(rows) == static_cast<std::size_t>(verb::expire) + 1;
}

static_assert(in_order(), "a verb needs its row, in the order of the enumeration");

} // namespace

std::span<const verb_row> verbs() { return rows; }

const verb_row& row_of(verb x) { return rows[static_cast<std::size_t>(x)]; }

const verb_row* verb_from(std::string_view word) {
  for (const auto& row : rows)
    if (row.word == word)
      return &row;
  return nullptr;
}

std::optional<action> undoing(const action& x) {
  auto undo = row_of(x.what).undo;
  if (!undo)
    return {};
  action out;
  out.what = *undo;
  out.work = x.work;
  out.on = x.on;
  out.one_way = x.one_way;
  return out; // a skew of nothing is the true time
}

} // namespace trellis::scenario
