#pragma once
/// What every benchmark of trellis-bench shares: rows with their floor measured in the same run,
/// medians of rounds, and the two forms of the report.
#include "protocols/base/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::bench {

struct row {
  std::string what;
  double value = 0;
  std::string unit;
  std::optional<double> floor; // the same work by bare means, on this machine, in this run
  std::optional<double> ratio; // value / floor
  std::optional<double> goal;  // of the ratio where there is a floor, else of the value
  std::optional<bool> met;
};

/// A row without a floor; with a goal, the value must reach it.
row plain(std::string what, double value, std::string unit, std::optional<double> goal = {});

/// A row whose ratio to its floor must reach the goal.
row against(std::string what, double value, std::string unit, double floor,
            std::optional<double> goal);

double median(std::vector<double> x);

struct options {
  int rounds = 5;
  std::string directory; // for stores; empty: a temporary one
  double scale = 1;      // of the amount of work; less for a quick look
};

using rows = std::vector<row>;

/// One benchmark is one row of a table in tests/bench/trellis_bench.cpp.
struct entry {
  std::string_view name;
  std::string_view about;
  result<rows> (*run)(const options& x);
};

std::string as_text(std::string_view name, const rows& all);
std::string as_json(std::string_view name, const rows& all);

/// trellis-bench NAME [--json] [--rounds N] [--scale X] [--dir DIR]
int run(std::span<const entry> table, int argc, const char* const* argv);

/// A directory that is removed with its contents.
class scratch {
public:
  explicit scratch(const options& x);
  ~scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  const std::string& path() const { return path_; }

private:
  std::string path_;
};

} // namespace trellis::bench
