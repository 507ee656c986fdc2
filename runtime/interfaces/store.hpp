#pragma once
/// The one writer of a node. A step of an actor (rows, receipts of the letters that caused it,
/// letters it sends) is one atomic, synced batch; many steps share one sync (group commit).
#include "protocols/base/result.hpp"
#include "runtime/interfaces/base.hpp"
#include "storage/engine.hpp"

namespace trellis::store {

/// A letter on its way into the outbox; the store gives it its number.
struct outgoing_letter {
  address to;
  std::uint16_t type = 0;
  std::string body;
};

/// What an actor wants to be true on disk. Build it, send it to the store, and only after
/// `committed` say or do what follows from it.
struct step {
  using stays_at_home = void;
  std::vector<storage::change> changes;
  std::vector<receipt> receipts;
  std::vector<outgoing_letter> letters;
  bool lazy = false; // may wait for the next synced batch (acknowledged outbox rows)

  void put(storage::family in, std::string key, std::string value) {
    changes.push_back({in, std::move(key), std::move(value)});
  }

  void erase(storage::family in, std::string key) {
    changes.push_back({in, std::move(key), std::nullopt});
  }

  void accept(const receipt& x) { receipts.push_back(x); }

  /// A letter to `to`; `T` must have a row in a table of crossings.
  template <class T>
  void post(address to, const T& what) {
    constexpr auto row = crossing_of<T>();
    static_assert(row.id != 0, "this message has no row in a table of crossings");
    letters.push_back({std::move(to), row.id, wire::encode(what)});
  }
};

/// The step is on disk. With `repeat`, one of its receipts had been accepted before: nothing of the
/// step was written, and nothing may follow from it.
struct committed {
  using stays_at_home = void;
  bool repeat = false;
};

} // namespace trellis::store

namespace trellis {

/// Errors of a step: `busy` when the outbox to a peer is full (nothing was written; try later),
/// `storage` when the disk refused (the asking actor ends and is rebuilt from its rows).
using store_actor = caf::typed_actor<asked<store::step, store::committed>>;

} // namespace trellis
