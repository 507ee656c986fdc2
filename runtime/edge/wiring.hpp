#pragma once
/// The HTTPS front as a node runs it: who its visitors are by the trust book of the configuration,
/// who answers them through the gate for users.
#include "runtime/edge/metrics_port.hpp"
#include "runtime/edge/trust_book.hpp"
#include "runtime/edge/withdrawal_actor.hpp"
#include "runtime/interfaces/voms.hpp"
#include "runtime/link/user_gate.hpp"
#include "runtime/net/visitor.hpp"
#include "runtime/node/config.hpp"

namespace trellis::edge {

class front;

struct front_of_node {
  std::shared_ptr<trust_book> trust;
  std::shared_ptr<front> house;
  net::reception receive; // for the links; null without a front
};

/// Trust anchors and VOMS servers of the configuration. Errors: those of the directory.
result<std::unique_ptr<trust_book>> open_trust(const config::node& config);

/// Without a VOMS server `voms` is null. Errors: those of open_trust.
result<front_of_node> open_front(const config::node& config, const user_gate_actor& gate,
                                 const voms_actor& voms);

/// Tells `trust` what the VOMS servers of this node and its peers take back.
withdrawal_actor watch_withdrawals(caf::actor_system& in, const node_context& ctx,
                                   const config::node& config, std::shared_ptr<trust_book> trust);

bool is_voms(const config::peer& x);

/// /metrics and /healthz at `edge.metrics`; null when there is none. Errors: those of metrics_port.
result<std::unique_ptr<metrics_port>>
open_metrics(const config::node& config, const user_gate_actor& gate, std::shared_ptr<front> house);

} // namespace trellis::edge
