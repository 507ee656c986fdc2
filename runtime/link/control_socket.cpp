#include "runtime/link/control_socket.hpp"

#include "runtime/log/log.hpp"
#include "runtime/node/signals.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace trellis::link {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t length_bytes = 4;

std::string framed(frame f) {
  auto body = wire::encode(message{std::move(f)});
  std::string out;
  for (std::size_t i = 0; i < length_bytes; ++i)
    out += static_cast<char>(body.size() >> (8 * i));
  return out + body;
}

std::size_t length_of(std::string_view head) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    n |= std::size_t{static_cast<unsigned char>(head[i])} << (8 * i);
  return n;
}

struct client {
  int fd = -1;
  std::uint32_t uid = 0;
  principal who;
  std::string in, out;
  clock::time_point since{}; // of the first byte of a message that is not whole
  std::size_t open_calls = 0;
  bool ending = false; // nothing is read any more; closes when `out` is sent
};

} // namespace

class control_socket::server : public std::enable_shared_from_this<server> {
public:
  server(control_config config, authenticator who, user_gate_actor gate)
      : config_(std::move(config)), authenticate_(std::move(who)), gate_(std::move(gate)) {}

  ~server() {
    for (auto& [id, x] : clients_)
      ::close(x.fd);
    for (int fd : {listener_, wake_})
      if (fd >= 0)
        ::close(fd);
  }

  result<done> listen();

  void start() {
    thread_ = std::thread{[this] {
      leave_signals_to_main();
      run();
    }};
  }

  void stop() {
    stopping_ = true;
    wake();
    thread_.join();
    ::unlink(config_.path.c_str());
  }

private:
  void run();
  void accept_one();
  void greet(std::uint64_t id, client& x);
  void read(std::uint64_t id, client& x);
  void take_messages(std::uint64_t id, client& x);
  void take(std::uint64_t id, client& x, frame& f);
  void write(client& x);
  void end(client& x, const error& why, std::string_view log_id);
  void collect_answers();
  void close_finished();
  int next_timeout() const;

  /// A message has begun and is not whole, or the last words are not read.
  bool has_deadline(const client& x) const {
    return x.ending || (!x.in.empty() && x.open_calls < config_.open_calls);
  }

  /// From any thread.
  void answer_to(std::uint64_t id, frame f) {
    auto bytes = framed(std::move(f));
    std::lock_guard lock{mutex_};
    bool idle = answers_.empty();
    answers_.emplace_back(id, std::move(bytes));
    if (idle)
      wake();
  }

  void wake() {
    std::uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(wake_, &one, sizeof one);
  }

  control_config config_;
  authenticator authenticate_;
  user_gate_actor gate_;
  int listener_ = -1, wake_ = -1;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::map<std::uint64_t, client> clients_;
  std::uint64_t last_id_ = 0;
  std::mutex mutex_; // of answers_ alone
  std::vector<std::pair<std::uint64_t, std::string>> answers_;
};

// --- the socket --------------------------------------------------------------------------------

result<done> control_socket::server::listen() {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const auto& path = config_.path;
  if (path.size() >= sizeof at.sun_path)
    return error{errc::usage, fmt::format("the control socket {} has {} bytes, {} are possible",
                                          path, path.size(), sizeof at.sun_path - 1)};
  std::memcpy(at.sun_path, path.c_str(), path.size());
  auto name = reinterpret_cast<const sockaddr*>(&at);
  int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool taken = ::connect(probe, name, sizeof at) == 0;
  ::close(probe);
  if (taken)
    return error{errc::exists, fmt::format("another node listens at the control socket {}", path)};
  ::unlink(path.c_str());
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Everybody may connect: the kernel says who it is, and the configuration who may ask.
  if (::bind(listener_, name, sizeof at) != 0 || ::chmod(path.c_str(), 0666) != 0
      || ::listen(listener_, 128) != 0)
    return error{errc::storage,
                 fmt::format("cannot make the control socket {}: {}", path, std::strerror(errno))};
  return done{};
}

int control_socket::server::next_timeout() const {
  auto least = std::chrono::milliseconds::max();
  for (const auto& [id, x] : clients_)
    if (has_deadline(x))
      least = std::min(least, std::chrono::ceil<std::chrono::milliseconds>(
                                  x.since + config_.message_limit - clock::now()));
  if (least == std::chrono::milliseconds::max())
    return -1;
  return static_cast<int>(std::clamp<long>(least.count(), 0, 60'000));
}

void control_socket::server::run() {
  while (!stopping_) {
    std::vector<pollfd> fds{
        {wake_,     POLLIN, 0},
        {listener_, POLLIN, 0}
    };
    std::vector<std::uint64_t> ids;
    for (const auto& [id, x] : clients_) {
      bool reads = !x.ending && x.open_calls < config_.open_calls;
      short events = reads ? POLLIN : 0;
      if (!x.out.empty())
        events |= POLLOUT;
      fds.push_back({x.fd, events, 0});
      ids.push_back(id);
    }
    if (::poll(fds.data(), fds.size(), next_timeout()) < 0 && errno != EINTR) {
      log::error("control-stopped", "the control socket cannot be waited for: {}",
                 std::strerror(errno));
      return;
    }
    if (fds[0].revents)
      collect_answers();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      auto& x = clients_.at(ids[i]);
      if (fds[i + 2].revents & (POLLIN | POLLHUP | POLLERR))
        read(ids[i], x);
      if (!x.out.empty())
        write(x);
    }
    if (fds[1].revents)
      accept_one();
    close_finished();
  }
}

void control_socket::server::accept_one() {
  int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0)
    return;
  auto id = ++last_id_;
  auto& x = clients_[id];
  x.fd = fd;
  greet(id, x);
  write(x);
}

void control_socket::server::greet(std::uint64_t id, client& x) {
  auto identity = identity_of(x.fd);
  if (!identity)
    return end(x, identity.why(), "control-refused-user");
  x.uid = identity->uid;
  std::size_t of_user = 0;
  for (const auto& [other, y] : clients_)
    of_user += other != id && y.uid == x.uid ? 1 : 0;
  if (clients_.size() > config_.connections || of_user >= config_.connections_of_user)
    return end(x,
               {errc::busy, fmt::format("{} clients, {} of them yours, are connected already",
                                        clients_.size() - 1, of_user)},
               "control-refused-connections");
  auto who = authenticate_(*identity);
  if (!who)
    return end(x, who.why(), "control-refused-user");
  x.who = std::move(*who);
  x.out = framed(config_.greeting);
}

void control_socket::server::end(client& x, const error& why, std::string_view log_id) {
  log::warn(log_id, "a client with uid {} at the control socket is refused: {}", x.uid, why.text);
  x.out += framed(failure{0, why});
  x.in.clear();
  x.since = clock::now(); // it has as long to read this
  x.ending = true;
}

void control_socket::server::close_finished() {
  auto now = clock::now();
  for (auto i = clients_.begin(); i != clients_.end();) {
    auto& x = i->second;
    bool late = has_deadline(x) && now >= x.since + config_.message_limit;
    if (late && !x.ending) {
      late = false;
      end(x, {errc::timed_out, "a message did not come to its end"}, "control-slow");
      write(x);
    }
    if (x.ending && (x.out.empty() || late)) {
      ::close(x.fd);
      i = clients_.erase(i);
    } else
      ++i;
  }
}

// --- messages ----------------------------------------------------------------------------------

void control_socket::server::read(std::uint64_t id, client& x) {
  char buffer[65536];
  auto n = ::recv(x.fd, buffer, sizeof buffer, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0 || x.ending) {
    x.ending = true; // it has gone
    x.out.clear();
    return;
  }
  if (x.in.empty())
    x.since = clock::now();
  x.in.append(buffer, static_cast<std::size_t>(n));
  take_messages(id, x);
}

void control_socket::server::take_messages(std::uint64_t id, client& x) {
  std::size_t at = 0;
  while (!x.ending && x.in.size() - at >= length_bytes && x.open_calls < config_.open_calls) {
    auto n = length_of(std::string_view{x.in}.substr(at));
    if (n > message_limit_bytes)
      return end(x, {errc::malformed, fmt::format("a message of {} bytes is too large", n)},
                 "control-oversized");
    if (x.in.size() - at < length_bytes + n)
      break;
    auto frames = wire::decode<message>(std::string_view{x.in}.substr(at + length_bytes, n));
    at += length_bytes + n;
    if (!frames)
      return end(x, frames.why(), "control-unreadable");
    for (auto& f : *frames)
      if (!x.ending)
        take(id, x, f);
  }
  if (x.ending)
    return;
  x.in.erase(0, at);
  if (at > 0)
    x.since = clock::now();
}

void control_socket::server::take(std::uint64_t id, client& x, frame& f) {
  auto what = std::get_if<call>(&f);
  if (!what || what->number == 0)
    return end(x, {errc::malformed, "only calls with a number are taken here"},
               "control-unreadable");
  ++x.open_calls;
  auto reply = [weak = weak_from_this(), id](frame y) {
    if (auto all = weak.lock())
      all->answer_to(id, std::move(y));
  };
  caf::anon_send(gate_, user_call{x.who, std::move(*what), std::move(reply)});
}

void control_socket::server::collect_answers() {
  std::uint64_t count = 0;
  [[maybe_unused]] auto n = ::read(wake_, &count, sizeof count);
  std::vector<std::pair<std::uint64_t, std::string>> all;
  {
    std::lock_guard lock{mutex_};
    all.swap(answers_);
  }
  for (auto& [id, bytes] : all) {
    auto i = clients_.find(id);
    if (i == clients_.end() || i->second.ending)
      continue; // it did not wait
    auto& x = i->second;
    --x.open_calls;
    if (x.out.size() + bytes.size() > config_.buffer_bytes) {
      x.out.clear();
      x.ending = true;
      log::warn("control-slow", "a client with uid {} does not read its answers", x.uid);
      continue;
    }
    x.out += bytes;
    take_messages(id, x); // what waited for a free place
    write(x);
  }
}

void control_socket::server::write(client& x) {
  while (!x.out.empty()) {
    auto n = ::send(x.fd, x.out.data(), x.out.size(), MSG_NOSIGNAL);
    if (n > 0)
      x.out.erase(0, static_cast<std::size_t>(n));
    else if (errno == EAGAIN)
      return;
    else if (errno != EINTR) {
      x.out.clear();
      x.ending = true;
    }
  }
}

// --- the handle --------------------------------------------------------------------------------

result<std::unique_ptr<control_socket>>
control_socket::open(control_config config, authenticator who, user_gate_actor gate) {
  auto made = std::make_shared<server>(std::move(config), std::move(who), std::move(gate));
  if (auto ready = made->listen(); !ready)
    return ready.why();
  made->start();
  return std::unique_ptr<control_socket>{new control_socket{std::move(made)}};
}

control_socket::control_socket(std::shared_ptr<server> x) : server_(std::move(x)) {}

control_socket::~control_socket() { server_->stop(); }

} // namespace trellis::link
