#pragma once

/// What payloads of tests do.

namespace trellis {

/// Eight megabytes for a moment. Linux counts pages for each processor apart and adds them up now
/// and then, so that a small process may seem to have had none.
inline constexpr auto use_memory = "head -c 8000000 /dev/zero | tail -c 8000000 > /dev/null\n";

} // namespace trellis
