#include "runtime/link/control_client.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace trellis::link {

namespace {

constexpr std::size_t length_bytes = 4; // little endian, before each message

std::string framed(std::string_view message) {
  std::string out;
  for (std::size_t i = 0; i < length_bytes; ++i)
    out += static_cast<char>(message.size() >> (8 * i));
  return out.append(message);
}

std::size_t length_of(std::string_view head) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    n |= std::size_t{static_cast<unsigned char>(head[i])} << (8 * i);
  return n;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

} // namespace

std::string find_control_socket(const std::string& node_directory) {
  if (!node_directory.empty())
    return node_directory + "/node.sock";
  if (auto given = variable("TRELLIS_SOCKET"); !given.empty())
    return given;
  if (auto own = variable("XDG_RUNTIME_DIR"); !own.empty()) {
    own += "/trellis/node.sock";
    if (::access(own.c_str(), F_OK) == 0)
      return own;
  }
  return "/run/trellis/node.sock";
}

result<control_client> control_client::connect(const std::string& path, milliseconds limit) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path)
    return error{errc::usage, fmt::format("the socket path {} has {} bytes, {} are possible", path,
                                          path.size(), sizeof to.sun_path - 1)};
  std::memcpy(to.sun_path, path.c_str(), path.size());
  control_client client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), path};
  if (client.fd_ < 0
      || ::connect(client.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    return error{errc::site_unreachable, fmt::format("no node answers at the control socket {}: {}",
                                                     path, std::strerror(errno))};
  if (auto greeted = client.greet(limit); !greeted)
    return greeted.why();
  return client;
}

control_client::control_client(control_client&& x) noexcept
    : fd_(std::exchange(x.fd_, -1)), path_(std::move(x.path_)), in_(std::move(x.in_)),
      last_number_(x.last_number_), node_(std::move(x.node_)), greeted_(x.greeted_),
      answers_(std::move(x.answers_)) {}

control_client& control_client::operator=(control_client&& x) noexcept {
  std::swap(fd_, x.fd_);
  path_ = std::move(x.path_);
  in_ = std::move(x.in_);
  last_number_ = x.last_number_;
  node_ = std::move(x.node_);
  greeted_ = x.greeted_;
  answers_ = std::move(x.answers_);
  return *this;
}

control_client::~control_client() {
  if (fd_ >= 0)
    ::close(fd_);
}

error control_client::gone(const char* what) const {
  return {errc::site_unreachable, fmt::format("the node at {} has {}", path_, what)};
}

/// The node speaks first: its hello, or why it does not know us.
result<done> control_client::greet(milliseconds limit) {
  auto until = std::chrono::steady_clock::now() + limit;
  while (!greeted_) {
    if (auto read = read_message(until); !read)
      return read;
    if (auto refused = answers_.find(0); refused != answers_.end())
      return refused->second.why();
  }
  return done{};
}

result<done> control_client::wait(short events, instant until, const char* what) {
  for (;;) {
    auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0)
      return error{errc::timed_out, fmt::format("the node at {} did not {} in time", path_, what)};
    pollfd one{fd_, events, 0};
    int n = ::poll(&one, 1, static_cast<int>(std::min<long>(left, 60'000)));
    if (n > 0)
      return done{};
    if (n < 0 && errno != EINTR)
      return gone(std::strerror(errno));
  }
}

result<done> control_client::write_all(std::string_view bytes, instant until) {
  while (!bytes.empty()) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EAGAIN) {
      if (auto ready = wait(POLLOUT | POLLIN, until, "take the request"); !ready)
        return ready;
      if (auto some = read_some(); !some) // it may wait for us to read its answers
        return some;
    } else if (errno != EINTR)
      return gone("closed the connection");
  }
  return done{};
}

result<done> control_client::read_some() {
  char buffer[65536];
  auto n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    return gone("closed the connection");
  if (n > 0)
    in_.append(buffer, static_cast<std::size_t>(n));
  return done{};
}

result<done> control_client::read_message(instant until) {
  for (;;) {
    if (in_.size() >= length_bytes) {
      auto n = length_of(in_);
      if (n > message_limit_bytes)
        return gone("sent a message that is too large");
      if (in_.size() >= length_bytes + n)
        break;
    }
    if (auto ready = wait(POLLIN, until, "answer"); !ready)
      return ready;
    if (auto some = read_some(); !some)
      return some;
  }
  auto n = length_of(in_);
  auto frames = wire::decode<message>(std::string_view{in_}.substr(length_bytes, n));
  in_.erase(0, length_bytes + n);
  if (!frames)
    return gone("sent what this version cannot read");
  for (auto& f : *frames)
    if (auto* a = std::get_if<answer>(&f))
      answers_.insert_or_assign(a->number, std::move(a->body));
    else if (auto* why = std::get_if<failure>(&f))
      answers_.insert_or_assign(why->number, std::move(why->why));
    else if (auto* h = std::get_if<hello>(&f)) {
      node_ = std::move(*h);
      greeted_ = true;
    }
  return done{};
}

result<std::uint64_t> control_client::send_body(const address& to, std::uint16_t type,
                                                std::string body, milliseconds limit) {
  link::call x;
  x.number = ++last_number_;
  x.to = to;
  x.type = type;
  x.time_left = limit;
  x.body = std::move(body);
  auto bytes = wire::encode(message{std::move(x)});
  if (bytes.size() > message_limit_bytes)
    return error{errc::usage, fmt::format("a request of {} bytes is too large", bytes.size())};
  auto sent = write_all(framed(bytes), std::chrono::steady_clock::now() + limit);
  if (!sent)
    return sent.why();
  return last_number_;
}

result<std::string> control_client::receive_body(std::uint64_t number, milliseconds limit) {
  auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (auto i = answers_.find(number); i != answers_.end()) {
      auto out = std::move(i->second);
      answers_.erase(i);
      return out;
    }
    if (auto i = answers_.find(0); i != answers_.end()) // its last word to this connection
      return i->second;
    if (auto read = read_message(until); !read)
      return read.why();
  }
}

} // namespace trellis::link
