#pragma once
/// What an operator may set of a WMS. Every field has a default that works.
#include "actors/wms/delegated_proxy.hpp"
#include "actors/wms/fair_share.hpp"
#include "actors/wms/keeping.hpp"
#include "actors/wms/matchmaker.hpp"
#include "protocols/jdl/job.hpp"

#include <memory>

namespace trellis::wms {

class sandbox_files;

struct wms_config {
  host_name lb;                 // the L&B server that new job ids name; empty: this node
  std::uint16_t lb_port = 9000; // as it stands in job ids
  host_name info;               // the supermarket; it must be of this node. Empty: this node
  jdl::jdl_settings jdl;        // defaults and bounds of JDL attributes

  std::chrono::seconds lease{1800};  // of an attempt, where the JDL asks for none
  std::chrono::seconds min_lease{3}; // a JDL asking for less gets this
  std::chrono::seconds max_lease{86'400};
  std::chrono::seconds renew_every{60}; // leases, at most; else a third of the shortest
  /// Between our clock and a CE's. Too low: two payloads of a job may run at once after a lost
  /// contact. Too high: jobs of a dead CE wait that much longer.
  std::chrono::seconds allowed_skew{300};
  bool grant_in_advance = true; // the token goes with the hand-over; see job_rules.hpp

  std::chrono::milliseconds match_pause{5}; // jobs that come within it are matched together
  /// After this jobs that nothing fitted are tried again, though no CE said anything new: their
  /// Requirements may ask for the time.
  std::chrono::milliseconds match_retry{300'000};
  std::size_t max_waiting = 1'000'000;          // idle jobs; more are refused as busy
  std::uint64_t max_input_bytes = 100'000'000;  // of one job's input sandbox
  std::uint64_t max_output_bytes = 100'000'000; // of one job's output sandbox
  std::uint32_t max_rounds = 200;               // matches of one pass, then others get their turn
  match_settings match;
  share_settings shares;
  keep_settings keep;
  std::chrono::seconds purge_every{3600}; // looks at the rows of all jobs, some at a time

  /// Null: files below the node's directory.
  std::shared_ptr<sandbox_files> sandbox;

  /// Empty: nothing can be delegated to this node.
  proxy_source delegations;
};

} // namespace trellis::wms
