#pragma once
/// The node's connections to its peers: WebSocket over mutual TLS, one port for all who come.
///
/// Either end may dial; one connection serves both ways. A peer is who its certificate says, and
/// must stand in `peers`; the dialled address proves nothing. When both ends dial at once, both
/// keep the connection that the lower host name dialled; later than that a new connection takes the
/// place of the old one, since whoever dials has lost it. A lost connection is dialled again after
/// a time that doubles up to `reconnect`, with jitter. Without `listen` the node only dials.
///
/// Threads: one of the service accepts, dials, and alone keeps the books and the connections that
/// were dialled. Those that come are served by `threads` others, from their handshake to their end
/// by the one that had the fewest when they came. No thread waits for another: what one has to tell
/// goes to the queue of the other.
///
/// Every refusal is a log line with an id (link-refused-*) and a code.
#include "protocols/names/endpoint.hpp"
#include "runtime/link/connection.hpp"
#include "runtime/net/tls.hpp"
#include "runtime/net/visitor.hpp"

#include <functional>

namespace trellis::net {

using std::chrono::milliseconds;

struct link_peer {
  host_name host;
  std::optional<endpoint> connect; // none: it dials us
};

struct link_service_config {
  host_name host;
  std::vector<endpoint> listen;
  std::vector<link_peer> peers;
  tls_files files;
  milliseconds handshake{10'000}; // from TCP to the end of the upgrade, in all
  milliseconds idle{30'000};      // silence after which a connection has ended; pings keep it
  milliseconds reconnect{30'000}; // the longest time between two attempts
  milliseconds first_reconnect{200};
  milliseconds watch_files{10'000};
  std::size_t threads = 0;               // for those who come; 0: one for each processor, at most 8
  std::size_t pending_handshakes = 1024; // of everybody; above it the oldest ones are ended
  std::size_t connections_per_host = 64; // handshakes and links of one remote address
  std::size_t visitors = 4096;           // connections that are no link
  std::size_t work_buffer = 8u << 20;    // bytes waiting to be sent; then no new calls
  std::size_t owed_buffer = 64u << 20;   // bytes waiting to be sent; then the peer is cut off
  std::size_t unread_buffer
      = 4u << 20; // bytes the gateway has not dealt with; then nothing is read
};

/// Called by several threads at once; they must not block. What concerns one link comes in order:
/// `up`, all that `arrived`, `down`.
struct link_callbacks {
  std::function<void(const host_name& peer, std::uint64_t number,
                     std::shared_ptr<link::connection> via, std::string direction,
                     std::string remote)>
      up;
  std::function<void(const host_name& peer, std::uint64_t number, std::string why)> down;
  std::function<void(const host_name& peer, std::uint64_t number, std::string bytes)> arrived;
  std::function<void(const host_name& peer, const error& why)> dial_failed;

  /// The answer to a request on a connection without a client certificate (ALPN trellis-join/1).
  /// Null: such connections are refused.
  std::function<std::string(std::string request)> join;

  /// Who serves connections of any other protocol. Null: they are refused.
  reception front;
};

class link_service {
public:
  /// Errors: those of the TLS files; `usage` when an address cannot be listened at.
  static result<std::unique_ptr<link_service>> start(link_service_config config,
                                                     link_callbacks callbacks);

  /// Closes all connections and ends the threads. No callback comes after it.
  ~link_service();

  link_service(const link_service&) = delete;
  link_service& operator=(const link_service&) = delete;

  /// One more peer, who may come from now on; one that is known already is left as it is. From any
  /// thread, callbacks too.
  void add_peer(link_peer x);

  /// The ports that are listened at, in the order of `listen`; the system chose where it was 0.
  std::vector<std::uint16_t> ports() const;

private:
  class service;
  explicit link_service(std::shared_ptr<service> x);
  std::shared_ptr<service> service_;
};

} // namespace trellis::net
