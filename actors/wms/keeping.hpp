#pragma once
/// How long the WMS keeps a job that is over. L&B keeps its events regardless.
#include "protocols/wms/record.hpp"

namespace trellis::wms {

struct keep_settings {
  std::chrono::seconds output{31 * 86'400}; // of a job that is done, for its user to fetch
  std::chrono::seconds ended{7 * 86'400};   // aborted and cancelled jobs, until they are cleared
  std::chrono::seconds cleared{3 * 86'400}; // the rows of cleared jobs, and the ids of requests
};

enum class keeping : std::uint8_t {
  stay,
  clear,  // the user did not come: the sandboxes go, L&B hears Clear
  forget, // its rows go
};

keeping due(const keep_settings& keep, const job_state& x, ce::moment now);

} // namespace trellis::wms
