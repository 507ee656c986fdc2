#pragma once
/// What a fuzz target claims of any input.
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace trellis::fuzz {

inline void must(bool holds, const char* what, std::string_view text = {}) {
  if (holds)
    return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

} // namespace trellis::fuzz
