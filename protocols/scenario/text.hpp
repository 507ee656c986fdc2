#pragma once
/// Scenario files as text: reading, printing, and writing the lines of a trace anew. The language
/// is described in scenarios/README.md.
#include "protocols/scenario/scenario.hpp"

namespace trellis::scenario {

/// One thing wrong with a file.
struct problem {
  std::string file;
  place at;
  std::string text; // one sentence: what is expected, and what stands there
};

/// `black_hole.scn:12:5: expected a CE, not 'ce03'; did you mean 'ce01'?`
std::string to_string(const problem& x);

struct parsed {
  story value; // whole only without problems
  std::vector<problem> problems;

  explicit operator bool() const { return problems.empty(); }
};

/// Larger files are refused.
inline constexpr std::size_t max_file_bytes = 4u << 20;

/// Reading stops after so many problems.
inline constexpr std::size_t max_problems = 100;

/// Reads and checks a whole file; `file` is how problems call it. All problems are found, in the
/// order of the text.
parsed parse(std::string_view text, std::string_view file);

/// The canonical form: `parse(print(x)).value == x` for every value that was parsed.
std::string print(const story& x);

/// One line of it, for reports.
std::string text(const happening& x);
std::string text(const expectation& x);
std::string text(const condition& x);
std::string text(const action& x);

/// The file with the lines of this trace, which was parsed from this very text, replaced; all
/// else stays as it is. `not_found` when there is no such trace at its place.
result<std::string> replace_trace(std::string_view text, const trace& which,
                                  const std::vector<std::string>& lines);

} // namespace trellis::scenario
