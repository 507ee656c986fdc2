#pragma once
/// Plain HTTP for the monitoring of this machine: GET /metrics and GET /healthz, one connection
/// after the other, each within two seconds. Not for the world: it asks nobody who they are.
#include "protocols/http/response.hpp"
#include "protocols/names/endpoint.hpp"

#include <functional>
#include <memory>
#include <thread>

namespace trellis::edge {

struct monitored {
  std::function<http::response()> metrics, health; // called on the thread of the port
};

class metrics_port {
public:
  /// Errors: `usage` when the address cannot be listened at.
  static result<std::unique_ptr<metrics_port>> open(const endpoint& at, monitored what);

  ~metrics_port();

  metrics_port(const metrics_port&) = delete;
  metrics_port& operator=(const metrics_port&) = delete;

  std::uint16_t port() const { return port_; }

private:
  explicit metrics_port(monitored what) : what_(std::move(what)) {}

  result<done> listen(const endpoint& at);
  void run();
  void serve(int fd) const;
  http::response answer(std::string_view head) const;

  monitored what_;
  int listener_ = -1, wake_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

} // namespace trellis::edge
