#include "runtime/edge/metrics_port.hpp"

#include "protocols/http/request.hpp"
#include "runtime/node/signals.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace trellis::edge {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{2};

/// False when nothing happens until then.
bool ready(int fd, short events, clock::time_point until) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
  pollfd one{fd, events, 0};
  return left > 0 && ::poll(&one, 1, static_cast<int>(left)) > 0;
}

struct free_addresses {
  void operator()(addrinfo* x) const { ::freeaddrinfo(x); }
};

} // namespace

result<done> metrics_port::listen(const endpoint& at) {
  addrinfo wanted{};
  wanted.ai_flags = AI_PASSIVE;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (auto bad = ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &wanted, &list))
    return error{errc::usage, fmt::format("cannot listen at {}: {}", text(at), gai_strerror(bad))};
  std::unique_ptr<addrinfo, free_addresses> found{list};
  listener_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int one = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(listener_, found->ai_addr, found->ai_addrlen) != 0 || ::listen(listener_, 16) != 0)
    return error{errc::usage,
                 fmt::format("cannot listen at {}: {}", text(at), std::strerror(errno))};
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
  port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                            : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  return done{};
}

http::response metrics_port::answer(std::string_view head) const {
  auto read = http::read_head(head);
  auto asked = std::get_if<http::request>(&read);
  if (!asked)
    return http::failed({errc::malformed, std::get<http::refused_request>(read).why});
  if (asked->method != "GET" && asked->method != "HEAD")
    return http::failed(405, {errc::usage, "only GET is known here"});
  if (asked->target == "/metrics")
    return what_.metrics();
  if (asked->target == "/healthz")
    return what_.health();
  return http::failed({errc::not_found, "there are /metrics and /healthz"});
}

void metrics_port::serve(int fd) const {
  auto until = clock::now() + patience;
  std::string in;
  std::size_t scanned = 0;
  std::optional<std::size_t> end;
  while (!(end = http::end_of_head(in, scanned))) {
    char buffer[4096];
    if (in.size() > http::head_limits{}.bytes || !ready(fd, POLLIN, until))
      return;
    auto n = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n <= 0)
      return;
    in.append(buffer, static_cast<std::size_t>(n));
  }
  auto out
      = http::text(answer(std::string_view{in}.substr(0, *end)), false, in.starts_with("HEAD"));
  std::string_view rest{out};
  until = clock::now() + patience;
  while (!rest.empty() && ready(fd, POLLOUT, until)) {
    auto n = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN)
      return;
    rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  ::shutdown(fd, SHUT_WR);
}

void metrics_port::run() {
  for (;;) {
    pollfd fds[] = {
        {wake_,     POLLIN, 0},
        {listener_, POLLIN, 0}
    };
    if (::poll(fds, 2, -1) < 0 && errno != EINTR)
      return;
    if (fds[0].revents)
      return;
    int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
      continue;
    serve(fd);
    ::close(fd);
  }
}

result<std::unique_ptr<metrics_port>> metrics_port::open(const endpoint& at, monitored what) {
  std::unique_ptr<metrics_port> out{new metrics_port{std::move(what)}};
  if (auto ok = out->listen(at); !ok)
    return ok.why();
  out->thread_ = std::thread{[x = out.get()] {
    leave_signals_to_main();
    x->run();
  }};
  return out;
}

metrics_port::~metrics_port() {
  if (thread_.joinable()) {
    std::uint64_t one = 1;
    [[maybe_unused]] auto n = ::write(wake_, &one, sizeof one);
    thread_.join();
  }
  for (int fd : {listener_, wake_})
    if (fd >= 0)
      ::close(fd);
}

} // namespace trellis::edge
