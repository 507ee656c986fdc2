#pragma once
/// The L&B server of a node: what happened to each job, and what that means.
///
/// It writes through the store alone and answers after the commit. Steps are pipelined: records
/// move at once, answers wait; events that queue up while a step is written share the next one.
/// When the store fails, everyone who waits hears it and the actor ends; its supervisor starts it
/// anew from the rows.
#include "runtime/interfaces/lb.hpp"
#include "runtime/node/context.hpp"

#include <caf/fwd.hpp>

#include <map>

namespace trellis {

struct lb_config {
  /// The roles that each peer has; it may log what they log. This node has all roles.
  std::map<host_name, std::uint32_t> peers;
  /// Records of jobs in memory. Too low: each event reads its job first. Too high: memory, some 2
  /// kB each.
  std::size_t records = 20'000;
  /// Events of a full step. Too low: more syncs. Too high: who has many on their way waits for the
  /// disk with nothing to do, and the disk for them.
  std::size_t step_events = 512;
  /// Full steps on their way to disk at once; a smaller one goes alone. 1: none is prepared while
  /// the disk works.
  std::size_t steps = 2;
  /// Who may wait for news at once. Too low: followers are refused as busy. Too high: memory.
  std::size_t watches = 1'000;
  /// The longest that one watch waits.
  std::chrono::milliseconds watch_wait{60'000};
  /// Changes remembered for those who ask again. Too low: their jobs are searched on disk.
  std::size_t news = 20'000;
  std::uint32_t query_jobs = 10'000, query_events = 100'000;
  /// How long an event waits for the event that admits its sender, and how many do.
  std::chrono::milliseconds hold_early{3'600'000};
  std::uint32_t max_early = 10'000;
};

lb_actor spawn_lb(caf::actor_system& system, node_context ctx, lb_config config);

} // namespace trellis
