#pragma once
/// The one writer of a node. Steps that queue up while a sync runs share the next one: an idle
/// store adds no wait, a busy one writes large batches, without a timer. Where small batches follow
/// each other closely, each waits a moment for more, as long as more comes in it.
///
/// In production it is detached, since a sync blocks. On a failed commit every step of the batch is
/// answered with the error and the actor ends: its numbers are no longer those on disk.
#include "runtime/interfaces/store.hpp"
#include "runtime/node/mail_book.hpp"

namespace trellis {

struct store_config {
  storage::engine* engine = nullptr; // owned by the node, outlives this actor
  storage::identity self;
  mail_limits limits;
  /// Changes a batch may hold before it is written at once. Too low: more syncs. Too high: one
  /// large write delays all.
  std::size_t batch_changes = 20'000;
  /// That moment; none under a virtual clock.
  std::chrono::microseconds gather{1'200};
  /// Under a virtual clock: how long the disk takes for a batch.
  std::chrono::microseconds disk_time{0};
};

/// Ends at once, with `storage`, when the rows cannot be read.
store_actor spawn_store(caf::actor_system& system, store_config config, bool simulated);

} // namespace trellis
