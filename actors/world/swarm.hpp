#pragma once
/// Many short stories that nobody wrote: small grids, some work, a mix of faults that all end. What
/// breaks a promise (promises.hpp) or an expectation is made small.
///
/// A number gives the same story on every machine.
#include "actors/world/replay.hpp"

namespace trellis::world {

/// A grid, its work and its faults, all drawn.
scenario::story drawn_story(std::uint64_t number);

/// The world and the work of `base`, with drawn faults; its expectations are left out, since they
/// were written for other faults.
scenario::story drawn_story(std::uint64_t number, const scenario::story& base);

/// What went wrong in a run: the broken promise, or the first expectation that did not hold.
/// Nothing when nothing did. An error of the story itself counts as one. `shares_judged` is
/// raised by how often the fair share was put to the test.
std::optional<std::string> trouble_of(const scenario::story& told, std::uint64_t seed,
                                      std::uint64_t* shares_judged = nullptr);

/// The same kind of trouble: the text before the colon.
bool alike(const std::string& a, const std::string& b);

struct shrunk {
  scenario::story told;
  std::string trouble;
  unsigned runs = 0;
};

/// The smallest story with trouble of that kind that was found by leaving out, one thing after the
/// other; at most `runs` tries. `go_on` may end it early.
shrunk shrink(scenario::story told, std::uint64_t seed, std::string trouble, unsigned runs,
              const std::function<bool()>& go_on);

} // namespace trellis::world
