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

struct outcome {
  std::optional<std::string> trouble;
  std::uint64_t hash = 0;          // of all L&B events
  std::uint64_t shares_judged = 0; // how often the fair share was put to the test
};

/// Plays a story until something goes wrong: a broken promise, or an expectation that does not
/// hold. An error of the story itself counts as trouble.
outcome play_once(const scenario::story& told, std::uint64_t seed);

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
