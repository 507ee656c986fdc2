#include "actors/shell/node_grid.hpp"

#include "runtime/link/control_client.hpp"

#include <deque>
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

  std::vector<result<std::string>> exchange_all(const address& to, std::uint16_t type,
                                                std::vector<std::string> bodies,
                                                std::chrono::milliseconds limit) override {
    std::vector<result<std::string>> answers;
    std::deque<std::uint64_t> in_flight;
    auto receive = [&] {
      answers.push_back(client_->receive_body(in_flight.front(), limit));
      in_flight.pop_front();
    };
    std::size_t next = 0;
    while (client_ && next < bodies.size()) {
      if (in_flight.size() == most_in_flight)
        receive();
      auto number = client_->send_body(to, type, std::move(bodies[next]), limit);
      if (!number) {
        // What was sent before has its answer or its error; the rest was never sent.
        while (!in_flight.empty())
          receive();
        answers.insert(answers.end(), bodies.size() - next, number.why());
        client_.reset();
        return answers;
      }
      in_flight.push_back(*number);
      ++next;
    }
    while (!in_flight.empty())
      receive();
    for (; next < bodies.size(); ++next)
      answers.push_back(exchange(to, type, std::move(bodies[next]), limit));
    return answers;
  }

private:
  static constexpr std::size_t most_in_flight = 64;

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
