#include "actors/shell/match_text.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr column columns[] = {
    number_column("EXCLUDES", "excludes"),
    number_column("UNDEFINED", "undefined"),
    cuttable(text_column("CLAUSE", "clause")),
};

} // namespace

void print_clauses(session& s, const wms::matches& found) {
  std::vector<row> rows;
  for (const auto& x : found.clauses) {
    auto clause = x.clause;
    if (!x.undefined_attribute.empty())
      clause += fmt::format("  (no CE attribute {})", x.undefined_attribute);
    rows.push_back({
        {std::to_string(x.excludes), x.excludes > 0 ? colour::red : colour::none},
        std::to_string(x.undefined),
        std::move(clause)
    });
  }
  print_table(s.out(), columns, std::move(rows), s.paper(), s.output() == form::wide);
}

} // namespace trellis::shell
