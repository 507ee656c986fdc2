/// The relay between real nodes, with sockets of the loopback.
#include "bin/replay/relay.hpp"

#include <boost/test/unit_test.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace trellis::real;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr int patience_ms = 10'000;

bool readable(int fd, int wait_ms) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, wait_ms) == 1;
}

/// Exactly so many bytes, or what came before the end.
std::string take(int fd, std::size_t size) {
  std::string out;
  while (out.size() < size && readable(fd, patience_ms)) {
    char buffer[65536];
    auto n = ::recv(fd, buffer, std::min(sizeof buffer, size - out.size()), 0);
    if (n <= 0)
      break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

void give(int fd, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    auto n = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    BOOST_TEST_REQUIRE(n > 0);
    at += static_cast<std::size_t>(n);
  }
}

struct fixture {
  std::unique_ptr<relay> between = std::move(*relay::start(7));
  int listener = ::socket(AF_INET, SOCK_STREAM, 0), client = -1, server = -1;
  relay::led way;

  fixture() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    BOOST_TEST_REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0);
    BOOST_TEST_REQUIRE(::listen(listener, 8) == 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
    way = *between->lead(0, ntohs(at.sin_port));
  }

  ~fixture() {
    hang_up();
    ::close(listener);
  }

  void hang_up() {
    for (auto* fd : {&client, &server})
      if (std::exchange(*fd, -1) >= 0)
        ::close(*fd);
  }

  void dial() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(way.port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client = ::socket(AF_INET, SOCK_STREAM, 0);
    BOOST_TEST_REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }

  void connect() {
    dial();
    BOOST_TEST_REQUIRE(readable(listener, patience_ms));
    server = ::accept(listener, nullptr, nullptr);
  }

  void set(relay::direction d, const weather& x) { between->set(way.link, d, x); }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(bytes_go_through_whole_and_in_order, fixture) {
  connect();
  set(relay::direction::forth, {1ms, 0, 0.3, 1ms}); // late pieces do not overtake
  std::string many;
  for (int i = 0; i < 200'000; ++i)
    many += static_cast<char>(i * 7 % 251);
  give(client, many);
  BOOST_TEST((take(server, many.size()) == many));
  give(server, "back");
  BOOST_TEST(take(client, 4) == "back");
}

BOOST_FIXTURE_TEST_CASE(a_cut_closes_and_refuses_until_it_is_healed, fixture) {
  connect();
  between->cut(way.link, true);
  BOOST_TEST(take(client, 1) == "");
  BOOST_TEST(take(server, 1) == "");
  hang_up();
  dial();
  BOOST_TEST(take(client, 1) == "");
  hang_up();
  between->cut(way.link, false);
  connect();
  give(client, "again");
  BOOST_TEST(take(server, 5) == "again");
}

BOOST_FIXTURE_TEST_CASE(a_lost_direction_stalls_and_the_other_works, fixture) {
  connect();
  set(relay::direction::forth, {0us, 0, 1, 0us});
  give(client, "held");
  for (int i = 0; i < 20; ++i) { // so many chances to come through
    give(server, "x");
    BOOST_TEST(take(client, 1) == "x");
  }
  BOOST_TEST(!readable(server, 0));
  set(relay::direction::forth, {});
  BOOST_TEST(take(server, 4) == "held");
}

BOOST_FIXTURE_TEST_CASE(a_slow_link_takes_its_time, fixture) {
  connect();
  set(relay::direction::forth, {50ms, 1e6, 0, 0us});
  auto began = clock_type::now();
  give(client, std::string(100'000, 'x')); // 0.1 s at this rate
  BOOST_TEST(take(server, 100'000).size() == 100'000u);
  BOOST_TEST((clock_type::now() - began >= 140ms));
}

BOOST_FIXTURE_TEST_CASE(an_end_that_closes_is_told_to_the_other, fixture) {
  connect();
  give(client, "last");
  ::close(std::exchange(client, -1));
  BOOST_TEST(take(server, 5) == "last");
}
