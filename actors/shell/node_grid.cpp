#include "actors/shell/node_grid.hpp"

#include "runtime/link/control_client.hpp"

#include <optional>

namespace trellis::shell {
namespace {

class node_grid : public grid {
public:
  node_grid(link::control_client client, std::string socket)
      : client_(std::move(client)),
        socket_(std::move(socket)), node_{client_->node().host, client_->node().roles} {}

  const attached_node& node() const override { return node_; }

  result<std::string> exchange(const address& to, std::uint16_t type, std::string body,
                               std::chrono::milliseconds limit) override {
    if (!client_) {
      auto again = link::control_client::connect(socket_);
      if (!again)
        return again.why();
      client_.emplace(std::move(*again));
    }
    auto number = client_->send_body(to, type, std::move(body), limit);
    auto answer
        = number ? client_->receive_body(*number, limit) : result<std::string>{number.why()};
    // An answer that comes late would be taken for that of a later request's reader: start anew.
    if (!answer && is_broken(answer.why().code))
      client_.reset();
    return answer;
  }

private:
  static bool is_broken(errc code) {
    return code == errc::timed_out || code == errc::site_unreachable;
  }

  std::optional<link::control_client> client_;
  std::string socket_;
  attached_node node_;
};

} // namespace

result<std::unique_ptr<grid>> attach_to_node(const std::string& socket) {
  auto client = link::control_client::connect(socket);
  if (!client)
    return client.why();
  return std::unique_ptr<grid>{std::make_unique<node_grid>(std::move(*client), socket)};
}

} // namespace trellis::shell
