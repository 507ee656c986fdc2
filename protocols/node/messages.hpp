#pragma once
/// What an operator asks of a node.
#include "protocols/names/address.hpp"
#include "protocols/names/principal.hpp"

#include <vector>

namespace trellis::node {

struct get_status {
  principal who;
};
TRELLIS_INSPECT(get_status, who)

struct link_row {
  host_name peer;
  bool up = false;
  std::string direction; // in, out
  std::string remote;    // address and port
  std::int64_t clock_difference_ms = 0;
  std::uint64_t frames_in = 0, frames_out = 0;
  std::uint32_t open_calls = 0;
  std::uint64_t outbox_letters = 0, outbox_bytes = 0;
  std::string last_error;
  std::chrono::seconds since{0};
  std::vector<role> roles; // as the peer's hello said; how a client finds its WMS
};
TRELLIS_INSPECT(link_row, peer, up, direction, remote, clock_difference_ms, frames_in, frames_out,
                open_calls, outbox_letters, outbox_bytes, last_error, since, roles)

struct status {
  host_name host;
  std::string site, version, birth, incarnation;
  std::vector<role> roles;
  std::chrono::seconds up{0};
  std::uint64_t memory_kib = 0;
  std::vector<link_row> links;
  std::vector<std::string> warnings; // certificates about to end, clocks apart, disk nearly full
};
TRELLIS_INSPECT(status, host, site, version, birth, incarnation, roles, up, memory_kib, links,
                warnings)

/// The actors of a node, or of one subtree.
struct list_actors {
  principal who;
  std::string subtree;
};
TRELLIS_INSPECT(list_actors, who, subtree)

struct actor_row {
  std::string path, state;
  std::uint64_t mailbox = 0;
  std::uint32_t restarts = 0;
};
TRELLIS_INSPECT(actor_row, path, state, mailbox, restarts)

struct actor_rows {
  std::vector<actor_row> actors;
};
TRELLIS_INSPECT(actor_rows, actors)

struct list_outbox {
  principal who;
  std::string peer; // empty: all
};
TRELLIS_INSPECT(list_outbox, who, peer)

struct outbox_row {
  address to;
  std::uint64_t number = 0, bytes = 0;
  std::string message;
};
TRELLIS_INSPECT(outbox_row, to, number, bytes, message)

struct outbox_rows {
  std::vector<outbox_row> letters;
};
TRELLIS_INSPECT(outbox_rows, letters)

/// The peer is gone for good: its letters become dead letters.
struct forget {
  principal who;
  host_name peer;
};
TRELLIS_INSPECT(forget, who, peer)

struct forgotten {
  std::uint64_t letters = 0;
};
TRELLIS_INSPECT(forgotten, letters)

} // namespace trellis::node
