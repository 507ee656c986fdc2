#pragma once
/// The one writer of a node. A step of an actor (rows, receipts of the letters that caused it,
/// letters it sends) is one atomic, synced batch; many steps share one sync (group commit).
#include "protocols/base/result.hpp"
#include "runtime/interfaces/base.hpp"
#include "runtime/interfaces/post.hpp"
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
  /// The rows do not follow from the letters alone: they are written, too, when all of those had
  /// been accepted before.
  bool rows_stand = false;

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

/// The step is on disk. With `repeat`, all its letters had been accepted before: nothing of it was
/// written, and nothing may follow from it.
struct committed {
  using stays_at_home = void;
  bool repeat = false;
};

/// The receiver has these letters of the stream to `to`; their rows may go, without haste.
struct letters_gone {
  using stays_at_home = void;
  address to;
  std::vector<std::uint64_t> numbers;
};

/// The receiver's store went back in time (it is at `last`): the letters that wait after it begin a
/// new stream with numbers from 1.
struct restart_stream {
  using stays_at_home = void;
  address to;
  std::uint64_t last = 0;
};

/// An operator gives the peer up: its letters become dead letters.
struct forget_peer {
  using stays_at_home = void;
  host_name peer;
};

struct forgotten {
  using stays_at_home = void;
  std::vector<address> streams;
  std::uint64_t letters = 0;
};

/// From now on committed letters are told to `who`.
struct use_post {
  using stays_at_home = void;
  post_actor who;
};

} // namespace trellis::store

namespace trellis {

/// Errors of a step: `busy` when the outbox to a peer is full (nothing was written; try later),
/// `storage` when the disk refused (the asking actor ends and is rebuilt from its rows).
using store_actor
    = caf::typed_actor<asked<store::step, store::committed>,           // one step, on disk
                       told<store::letters_gone>,                      // acknowledged
                       asked<store::restart_stream, store::committed>, // to a restored peer
                       asked<store::forget_peer, store::forgotten>,    // to nobody any more
                       told<store::use_post>>;                         // who is told of letters

} // namespace trellis
