#pragma once
/// What becomes of a connection whose ALPN is no link's: a node that asks to join, or a visitor.
#include "runtime/net/tls.hpp"
#include "runtime/net/tls_stream.hpp"
#include "runtime/net/visitor.hpp"

#include <boost/asio/io_context.hpp>

namespace trellis::net {

struct visit_start {
  tls_visitor who;
  std::unique_ptr<handshake_note> note;        // the stream's SSL points to it
  std::shared_ptr<boost::asio::io_context> io; // a visit may outlive the service
  std::chrono::milliseconds limit{};           // of a request to join, in all
  std::function<void(const refusal&)> ended;   // once; not after `abort`
};

class visit {
public:
  virtual ~visit() = default;

  /// At once, and without a word to `ended`.
  virtual void abort() = 0;
};

std::shared_ptr<visit> begin_join(tls_stream stream, visit_start how,
                                  std::function<std::string(std::string request)> answer);
std::shared_ptr<visit> begin_visit(tls_stream stream, visit_start how, const reception& receive);

} // namespace trellis::net
