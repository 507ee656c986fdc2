#include "protocols/base/spelling.hpp"

#include <algorithm>
#include <numeric>

namespace trellis {

namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t k = 0; k < b.size(); ++k) {
      auto above = row[k + 1];
      row[k + 1] = std::min({above + 1, row[k] + 1, diagonal + (a[i] == b[k] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

} // namespace

std::optional<std::string>
nearest_word(std::string_view given, const std::vector<std::string_view>& words, std::size_t most) {
  std::optional<std::string> best;
  auto least = most + 1;
  for (auto word : words) {
    auto apart = std::max(word.size(), given.size()) - std::min(word.size(), given.size());
    if (apart >= least)
      continue;
    if (auto d = distance(given, word); d < least) {
      least = d;
      best = word;
    }
  }
  return best;
}

} // namespace trellis
