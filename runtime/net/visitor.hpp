#pragma once
/// Connections to the node's port that are no link (their ALPN is not `trellis/1`): TLS is over,
/// what follows is for whoever serves visitors. All calls about one connection, in both directions,
/// are on its own thread, which others share with it; nothing here may block it. Two connections
/// may have two threads: what visitors share is theirs to guard.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::net {

/// Who has come, as far as TLS knows: the private key of `chain`'s first certificate is theirs,
/// nothing else was judged.
struct tls_visitor {
  std::string remote;             // address and port, for logs
  std::string address;            // without the port
  std::vector<std::string> chain; // DER, the leaf first; empty: they showed none
};

/// Their connection. It ends by `close`, or by itself, which `visitor::ended` tells.
class byte_stream {
public:
  virtual ~byte_stream() = default;

  /// Once, then `heard`. While nothing is read the other end has to wait.
  virtual void read() = 0;

  /// One at a time; then `written`.
  virtual void write(std::string bytes) = 0;

  /// With TLS's last word and within half a second. The visitor hears no more.
  virtual void close() = 0;

  /// Then `expired`, unless this is called again before. 0: never.
  virtual void expire_after(std::chrono::milliseconds limit) = 0;

  /// Runs `what` on the connection's thread; from any thread.
  virtual void post(std::function<void()> what) = 0;
};

class visitor {
public:
  virtual ~visitor() = default;

  virtual void heard(std::string_view bytes) = 0;
  virtual void written() = 0;
  virtual void expired() = 0;
  virtual void ended() = 0; // the last that is said
};

/// Called for several connections at once. Null: they are not served, and the connection closes.
using reception
    = std::function<std::shared_ptr<visitor>(std::shared_ptr<byte_stream>, tls_visitor)>;

} // namespace trellis::net
