#pragma once
/// The users of a simulated grid: they send jobs, ask again with the same request id when no answer
/// comes, bring the files of its InputSandbox, and note what they were told.
#include "protocols/wms/messages.hpp"
#include "runtime/interfaces/wms.hpp"

#include <caf/fwd.hpp>

#include <functional>

namespace trellis::world {

struct send_job {
  using stays_at_home = void;
  std::uint32_t which = 0; // in the answers
  wms::submit what;
  bool twice = false; // the first answer is lost
};

struct cancel_job {
  using stays_at_home = void;
  wms::cancel what;
};

struct client_config {
  /// Who answers for the WMS now; null while its node is down.
  std::function<caf::strong_actor_ptr()> wms;
  std::function<void(std::uint32_t which, const job_id& job)> accepted;
  std::function<void(std::uint32_t which, const error& why)> refused;
  std::chrono::milliseconds patience{30'000}, pause{5'000};
  int cancel_tries = 20;
};

} // namespace trellis::world

namespace trellis {

using client_actor = caf::typed_actor<told<world::send_job>, told<world::cancel_job>>;

namespace world {
client_actor spawn_client(caf::actor_system& in, client_config config);
}

} // namespace trellis
