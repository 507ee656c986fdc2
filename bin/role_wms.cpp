#include "actors/info/info_actor.hpp"
#include "actors/wms/wms_actor.hpp"
#include "bin/roles.hpp"
#include "runtime/edge/delegations.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace trellis {

using std::chrono::duration_cast;
using std::chrono::seconds;

caf::strong_actor_ptr start_info(const role_start& x) {
  info::info_config to;
  return caf::actor_cast<caf::strong_actor_ptr>(x.system.spawn(info::info, x.ctx, to));
}

caf::strong_actor_ptr start_wms(const role_start& x) {
  const auto& from = x.config.wms;
  wms::wms_config to;
  to.lb = from.lb;
  to.lb_port = static_cast<std::uint16_t>(from.lb_port);
  to.info = x.config.host;
  to.lease = duration_cast<seconds>(from.lease);
  to.max_lease = duration_cast<seconds>(from.max_lease);
  to.allowed_skew = duration_cast<seconds>(x.config.limits.clock_refuse);
  // The usual 30 min: each minute. A WMS of shorter leases keeps them fresh in proportion.
  to.renew_every = std::clamp(to.lease / 30, seconds{1}, to.renew_every);
  to.match_retry = from.match_retry;
  to.max_waiting = from.max_jobs;
  to.grant_in_advance = from.grant_in_advance;
  to.max_input_bytes = from.max_input_sandbox.bytes;
  to.max_output_bytes = from.max_output_sandbox.bytes;
  to.sandbox = wms::disk_sandboxes(x.config.path(from.sandboxes));
  to.delegations = [directory = x.config.path("delegations")](const std::string& owner,
                                                              const std::string& id) {
    return edge::load_delegation(directory, owner, id);
  };
  to.keep.output = duration_cast<seconds>(from.keep_done);
  to.keep.ended = duration_cast<seconds>(from.keep_ended);
  to.keep.cleared = to.keep.ended;
  to.jdl.max_retry_count = static_cast<std::int32_t>(from.max_deep_retries);
  to.jdl.max_shallow_retry_count = static_cast<std::int32_t>(from.max_shallow_retries);
  to.jdl.expiry_period_s = duration_cast<seconds>(from.expiry).count();
  to.shares.half_life_s = duration_cast<seconds>(from.share_half_life).count();
  // Of a day or more: an hour. With a shorter memory the slots held now must not outweigh it.
  to.shares.running_weight_s
      = std::clamp<std::int64_t>(to.shares.half_life_s / 24, 1, to.shares.running_weight_s);
  return caf::actor_cast<caf::strong_actor_ptr>(x.system.spawn(wms::wms, x.ctx, std::move(to)));
}

} // namespace trellis
