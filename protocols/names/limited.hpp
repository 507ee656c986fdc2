#pragma once
/// Limited proxies (Globus: a proxy with the policy language 1.3.6.1.4.1.3536.1.1.1.9, or below one
/// of those): they read and write data for their owner, and neither submit jobs nor delegate.
#include "protocols/names/principal.hpp"

#include <algorithm>

namespace trellis {

inline constexpr std::string_view limited_capability = "limited";

inline bool is_limited(const principal& x) {
  return std::ranges::find(x.capabilities, limited_capability) != x.capabilities.end();
}

} // namespace trellis
