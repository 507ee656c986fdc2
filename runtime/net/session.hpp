#pragma once
/// One connection on its way to being a link, and then the link: TCP, TLS, WebSocket. The only unit
/// that includes Beast's WebSocket is session.cpp (slow to compile). A session lives on the one
/// thread that runs its context; its functions may be called from any.
#include "runtime/net/link_service.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <utility> // before Asio: Boost 1.74 needs it in C++20

namespace trellis::net {

/// What a session tells the service, on the session's thread. `closed` comes once, last, and always
/// but after `abort`. What a link brings goes to `callbacks().arrived` at once.
class session_owner {
public:
  virtual ~session_owner() = default;

  virtual std::shared_ptr<const std::set<host_name>> peers() const = 0;
  virtual const link_service_config& config() const = 0;
  virtual const link_callbacks& callbacks() const = 0;
  /// The peer is known and the upgrade done; nothing is read before `start_reading`.
  virtual void opened(std::uint64_t id) = 0;
  /// The handshake of a visitor is over. False: it cannot stay.
  virtual bool visited(std::uint64_t id) = 0;
  virtual void closed(std::uint64_t id, const refusal& why) = 0;
};

struct session_start {
  std::uint64_t id = 0;
  std::shared_ptr<const tls_contexts> tls;
  std::shared_ptr<boost::asio::io_context> io; // that of the socket; it may outlive the service
  std::string remote;                          // address and port, for logs
  std::optional<host_name> dialled;            // the peer that was dialled; none: it came to us
};

class session : public link::connection {
public:
  /// Begins soon, on its thread. The owner must live until `closed`, or until `abort` was done.
  static std::shared_ptr<session> begin(boost::asio::ip::tcp::socket socket, session_start how,
                                        session_owner& owner);

  virtual const session_start& how() const = 0;
  virtual const host_name& peer() const = 0; // once opened

  /// From the opening on, as the service counts connections.
  virtual void start_reading() = 0;

  /// When it returns nothing more arrives, although the connection may go on.
  virtual void mute() = 0;

  /// Soon, without last words, and without a word to the owner.
  virtual void abort() = 0;
};

} // namespace trellis::net
