#include "bin/replay/relay.hpp"

#include "runtime/node/random.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace trellis::real {

namespace {

using clock = std::chrono::steady_clock;

/// What a direction holds before it reads no more.
constexpr std::size_t most_held = 1u << 20;
constexpr std::size_t piece_bytes = 16u << 10;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

int new_socket(int more = 0) { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | more, 0); }

void prepare(int fd) {
  int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// One direction of one connection.
struct flow {
  int from = -1, to = -1;
  weather air;
  clock::time_point line_free{}; // when the last piece is through, at this rate
  clock::time_point last_due{};

  struct piece {
    clock::time_point due;
    std::string bytes;
  };

  std::deque<piece> held;
  std::size_t held_bytes = 0;
  bool ended = false, told = false, full = false;

  bool stalled() const { return air.lose >= 1; }

  bool reads() const { return !ended && !stalled() && held_bytes < most_held; }

  bool due(clock::time_point now) const {
    return !stalled() && !held.empty() && held.front().due <= now;
  }
};

struct connection {
  std::size_t link = 0;
  std::array<flow, 2> ways; // forth, back
  bool over = false;
};

struct leading {
  int listener = -1;
  std::uint16_t to = 0;
  bool cut = false;
  std::array<weather, 2> air;
};

} // namespace

class relay::loop {
public:
  explicit loop(std::uint64_t seed) : chance_(seed, "relay") {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  }

  ~loop() {
    if (thread_.joinable()) {
      change([this] { stop_ = true; });
      thread_.join();
    }
    for (auto& x : links_)
      ::close(x.listener);
    for (auto& x : connections_)
      close(x);
    ::close(wake_);
  }

  bool start() {
    if (wake_ >= 0)
      thread_ = std::thread{[this] { run(); }};
    return wake_ >= 0;
  }

  template <class F>
  void change(F what) {
    {
      std::lock_guard lock{mutex_};
      what();
    }
    std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
  }

  std::size_t add(int listener, std::uint16_t to) {
    std::size_t out = 0;
    change([&] {
      out = links_.size();
      links_.push_back({listener, to, false, {}});
    });
    return out;
  }

  void cut(std::size_t link, bool yes) {
    change([&] {
      links_[link].cut = yes;
      for (auto& x : connections_)
        x.over |= yes && x.link == link;
    });
  }

  void set(std::size_t link, direction way, const weather& x) {
    change([&] {
      auto i = static_cast<std::size_t>(way);
      links_[link].air[i] = x;
      for (auto& c : connections_)
        if (c.link == link)
          c.ways[i].air = x;
    });
  }

private:
  static void close(const connection& x) {
    ::close(x.ways[0].from);
    ::close(x.ways[0].to);
  }

  void run();
  int wait_ms(clock::time_point now) const;
  void accept(std::size_t link);
  void read(flow& x, clock::time_point now);
  static bool write(flow& x, clock::time_point now);
  void serve(connection& x, short from, short to);

  random_source chance_;
  int wake_ = -1;
  std::mutex mutex_;
  std::vector<leading> links_;
  std::list<connection> connections_;
  bool stop_ = false;
  std::thread thread_;
};

/// Until the next piece is due.
int relay::loop::wait_ms(clock::time_point now) const {
  auto out = std::chrono::milliseconds{1'000};
  for (const auto& x : connections_)
    for (const auto& way : x.ways)
      if (!way.stalled() && !way.held.empty() && !way.full)
        out = std::min(out, std::chrono::ceil<std::chrono::milliseconds>(
                                std::max(way.held.front().due - now, clock::duration{0})));
  return static_cast<int>(out.count());
}

void relay::loop::accept(std::size_t link) {
  auto& at = links_[link];
  auto in = ::accept4(at.listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (in < 0)
    return;
  auto out = at.cut ? -1 : new_socket();
  auto where = loopback(at.to);
  if (out < 0 || ::connect(out, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
    linger at_once{1, 0}; // the dialling end sees a reset
    ::setsockopt(in, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(in);
    if (out >= 0)
      ::close(out);
    return;
  }
  prepare(in);
  prepare(out);
  auto& x = connections_.emplace_back();
  x.link = link;
  x.ways[0].from = x.ways[1].to = in;
  x.ways[0].to = x.ways[1].from = out;
  for (std::size_t i = 0; i < 2; ++i)
    x.ways[i].air = at.air[i];
}

void relay::loop::read(flow& x, clock::time_point now) {
  std::string bytes(piece_bytes, '\0');
  auto n = ::recv(x.from, bytes.data(), bytes.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0) {
    x.ended = true;
    return;
  }
  bytes.resize(static_cast<std::size_t>(n));
  auto through = std::max(now, x.line_free);
  if (x.air.bytes_s > 0)
    through += std::chrono::duration_cast<clock::duration>(
        std::chrono::duration<double>(static_cast<double>(n) / x.air.bytes_s));
  x.line_free = through;
  auto due = through + x.air.delay;
  if (x.air.lose > 0 && chance_.unit() < x.air.lose)
    due += x.air.again;
  x.last_due = std::max(x.last_due, due); // in order, as TCP
  x.held_bytes += bytes.size();
  x.held.push_back({x.last_due, std::move(bytes)});
}

/// False: the other end is gone.
bool relay::loop::write(flow& x, clock::time_point now) {
  x.full = false;
  while (x.due(now)) {
    auto& front = x.held.front().bytes;
    auto n = ::send(x.to, front.data(), front.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      x.full = true;
      return true;
    }
    if (n < 0)
      return false;
    x.held_bytes -= static_cast<std::size_t>(n);
    front.erase(0, static_cast<std::size_t>(n));
    if (front.empty())
      x.held.pop_front();
  }
  if (x.ended && x.held.empty() && !std::exchange(x.told, true))
    ::shutdown(x.to, SHUT_WR);
  return true;
}

void relay::loop::serve(connection& x, short dialling, short dialled) {
  auto now = clock::now();
  constexpr short anything = POLLIN | POLLHUP | POLLERR;
  const short events[2] = {dialling, dialled};
  for (std::size_t i = 0; i < 2; ++i) {
    if ((events[i] & anything) && x.ways[i].reads())
      read(x.ways[i], now);
    if (!write(x.ways[i], now))
      x.over = true;
  }
  if (x.ways[0].told && x.ways[1].told)
    x.over = true;
}

void relay::loop::run() {
  std::vector<pollfd> fds;
  for (;;) {
    int wait = 0;
    {
      std::lock_guard lock{mutex_};
      if (stop_)
        return;
      fds.assign(1, {wake_, POLLIN, 0});
      for (const auto& x : links_)
        fds.push_back({x.listener, POLLIN, 0});
      for (const auto& x : connections_)
        for (std::size_t i = 0; i < 2; ++i) { // the end that direction i reads from
          const auto &in = x.ways[i], &out = x.ways[1 - i];
          auto events = (in.reads() ? POLLIN : 0) | (out.full ? POLLOUT : 0);
          // An end that has hung up is always ready; it is asked only when something is wanted.
          fds.push_back({events ? in.from : -1, static_cast<short>(events), 0});
        }
      wait = wait_ms(clock::now());
    }
    if (::poll(fds.data(), fds.size(), wait) < 0 && errno != EINTR)
      return;
    std::uint64_t count = 0;
    (void)!::read(wake_, &count, sizeof count);
    std::lock_guard lock{mutex_};
    auto known_links = (fds.size() - 1) - 2 * connections_.size();
    auto at = fds.begin() + 1 + static_cast<std::ptrdiff_t>(known_links);
    for (auto& x : connections_) {
      auto dialling = (at++)->revents;
      auto dialled = (at++)->revents;
      serve(x, dialling, dialled);
    }
    for (std::size_t i = 0; i < known_links; ++i)
      if (fds[1 + i].revents & POLLIN)
        accept(i);
    connections_.remove_if([](const connection& x) {
      if (x.over)
        close(x);
      return x.over;
    });
  }
}

// --- outside -------------------------------------------------------------------------------------

relay::relay(std::unique_ptr<loop> x) : loop_(std::move(x)) {}

relay::~relay() = default;

result<std::unique_ptr<relay>> relay::start(std::uint64_t seed) {
  auto x = std::make_unique<loop>(seed);
  if (!x->start())
    return error{errc::internal, fmt::format("cannot make an eventfd: {}", std::strerror(errno))};
  return std::unique_ptr<relay>{new relay{std::move(x)}};
}

result<relay::led> relay::lead(std::uint16_t port, std::uint16_t to) {
  auto fd = new_socket(SOCK_NONBLOCK);
  auto where = loopback(port);
  int one = 1;
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0
      || ::bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0
      || ::listen(fd, 64) != 0) {
    auto why = fmt::format("cannot listen at port {}: {}", port, std::strerror(errno));
    if (fd >= 0)
      ::close(fd);
    return error{errc::internal, why};
  }
  socklen_t size = sizeof where;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size);
  return led{loop_->add(fd, to), ntohs(where.sin_port)};
}

void relay::cut(std::size_t link, bool yes) { loop_->cut(link, yes); }

void relay::set(std::size_t link, direction way, const weather& x) { loop_->set(link, way, x); }

} // namespace trellis::real
