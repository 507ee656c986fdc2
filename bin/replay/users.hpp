#pragma once
/// The users of a run at the control sockets of real nodes, each under an account of their own, in
/// one thread. They ask again until they have an answer, with the same request id.
#include "runtime/link/control_client.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

namespace trellis::real {

/// A client at this socket who is this user; as root any user. Errors: those of the client.
result<link::control_client> connect_as(const std::string& socket, std::uint32_t uid,
                                        std::chrono::milliseconds limit);

class users {
public:
  using clock = std::chrono::steady_clock;

  struct errand {
    std::string socket;
    std::uint32_t uid = 0;
    std::variant<wms::submit, wms::cancel, ce::drain> what;
    std::size_t job = 0;     // of a submission, for its answer
    bool twice = false;      // the first answer is lost
    unsigned tries_left = 0; // of what is given up at last; 0: never
    clock::time_point not_before{};
  };

  struct answer {
    std::size_t job = 0;
    result<job_id> id;
  };

  users();
  ~users();

  users(const users&) = delete;
  users& operator=(const users&) = delete;

  void send(errand x);

  /// To submissions, since the last call: ids and final refusals.
  std::vector<answer> answers();

private:
  using who = std::pair<std::string, std::uint32_t>;

  void run();
  std::vector<errand> take_due();
  void serve(const who& at, std::vector<errand> all);
  errc finish(errand x, link::control_client& to, const result<std::uint64_t>& number,
              std::chrono::milliseconds limit);
  errc submitted(errand x, result<wms::submitted> got);
  void refuse_all(std::vector<errand> all, const error& why);
  void later(errand x);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<errand> queue_;
  std::vector<answer> answers_;
  bool stop_ = false;
  std::map<who, link::control_client> clients_; // of the thread
  std::thread thread_;
};

} // namespace trellis::real
