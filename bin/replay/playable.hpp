#pragma once
/// What of a story real nodes on one machine cannot play, and how its times become real ones.
#include "protocols/scenario/text.hpp"

namespace trellis::real {

/// Virtual time goes so many times as fast as a clock on the wall.
struct scale {
  double speed = 20;

  std::chrono::milliseconds real(scenario::milliseconds x) const {
    return std::chrono::milliseconds{
        static_cast<std::int64_t>(static_cast<double>(x.count()) / speed)};
  }

  scenario::milliseconds told(std::chrono::nanoseconds x) const {
    return scenario::milliseconds{
        static_cast<std::int64_t>(static_cast<double>(x.count()) / 1e6 * speed)};
  }
};

/// Shorter leases end by chance: letters and processes need their time, whatever the speed.
inline constexpr std::chrono::milliseconds shortest_lease{3'000};

inline constexpr std::size_t most_nodes = 40;

/// Each statement that needs a part that is simulated, or more than this machine gives; `accounts`:
/// several users may act under accounts of their own.
std::vector<scenario::problem> unplayable(const scenario::story& x, const std::string& file,
                                          scale by, bool accounts);

} // namespace trellis::real
