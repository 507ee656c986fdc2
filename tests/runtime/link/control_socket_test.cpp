/// People ask their node through the control socket: the node says who they are, whatever they
/// claim,
/// and nobody there can keep another one waiting. Real socket, real threads.
#include "runtime/link/control_client.hpp"
#include "runtime/link/control_socket.hpp"
#include "tests/runtime/link/two_nodes.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace trellis::link {

namespace {

/// A frame as it stands on the control socket.
std::string framed(std::string body) {
  std::string out;
  for (std::size_t i = 0; i < 4; ++i)
    out += static_cast<char>(body.size() >> (8 * i));
  return out + body;
}

/// A client that keeps to no rule. Waits are bounded by the socket's time-out.
struct raw_client {
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  explicit raw_client(const std::string& path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.c_str(), path.size());
    timeval limit{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    BOOST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }

  ~raw_client() { ::close(fd); }

  void say(const std::string& bytes) {
    BOOST_REQUIRE(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0);
  }

  /// All that comes until the node closes.
  std::vector<frame> heard_to_the_end() {
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    std::vector<frame> out;
    while (all.size() >= 4) {
      std::uint32_t n = 0;
      std::memcpy(&n, all.data(), 4);
      auto frames = wire::decode<message>(std::string_view{all}.substr(4, n));
      BOOST_REQUIRE(bool(frames));
      out.insert(out.end(), frames->begin(), frames->end());
      all.erase(0, 4 + n);
    }
    return out;
  }
};

struct one_node {
  log::collector log;
  caf::actor_system_config cfg;
  caf::actor_system sys{cfg};
  host_name ral = host("ral.example");
  int asked = 0;
  link_directory_actor names = spawn_directory(sys, ral);
  ce_actor local = sys.spawn(sample_ce, &asked);
  user_gate_actor gate;
  control_config config;
  std::unique_ptr<control_socket> socket;
  std::vector<config::local_user> rows;

  one_node() {
    node_context ctx;
    ctx.host = ral;
    ctx.directory = names;
    gate = spawn_user_gate(sys, ctx);
    auto handle = caf::actor_cast<caf::strong_actor_ptr>(local);
    caf::scoped_actor self{sys, true};
    self->request(names, 10s, directory::serve{role::ce, 0, handle})
        .receive([](directory::serving) {}, [](caf::error&) { BOOST_FAIL("not served"); });
    config.path = "/tmp/trellis-control-" + std::to_string(::getpid()) + ".sock";
    config.greeting.host = ral;
    config.greeting.site = "RAL";
    config::local_user me;
    me.uid = ::getuid();
    me.dn = "/CN=bob";
    me.vo = "biomed";
    rows.push_back(me);
  }

  ~one_node() {
    socket.reset();
    for (auto a : {caf::actor_cast<caf::actor>(gate), caf::actor_cast<caf::actor>(local),
                   caf::actor_cast<caf::actor>(names)})
      caf::anon_send_exit(a, caf::exit_reason::kill);
  }

  void open() {
    std::vector<std::string> missing;
    auto resolved = resolve(rows, missing);
    auto opened = control_socket::open(
        config,
        [resolved, here = ral](const peer_identity& who) {
          return principal_for(who, resolved, here, "/etc/trellis/node.toml");
        },
        gate);
    if (!opened)
      BOOST_FAIL(opened.why().text);
    socket = std::move(*opened);
  }

  control_client client() {
    auto c = control_client::connect(config.path);
    if (!c)
      BOOST_FAIL(c.why().text);
    return std::move(*c);
  }

  /// Somebody who behaves is answered.
  bool honest() {
    auto c = client();
    return bool(c.call(role::ce, ce::list_attempts{}));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(control, one_node)

BOOST_AUTO_TEST_CASE(the_node_says_who_asks_whatever_the_request_claims) {
  open();
  auto c = client();
  BOOST_TEST(c.node().site == "RAL");
  auto r = c.call(role::ce, ce::list_attempts{alice("atlas")}); // an operator of another VO
  BOOST_REQUIRE(bool(r));
  BOOST_TEST(r->attempts[0].facts.reason == "ral.example /CN=bob");
}

BOOST_AUTO_TEST_CASE(many_requests_are_in_flight_and_answered_by_number) {
  open();
  auto c = client();
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 1000; ++i)
    numbers.push_back(*c.send(c.at(role::ce), ce::list_attempts{}));
  for (auto i = numbers.rbegin(); i != numbers.rend(); ++i)
    BOOST_REQUIRE(bool(c.receive<ce::attempt_rows>(*i)));
}

BOOST_AUTO_TEST_CASE(an_unknown_user_is_told_the_lines_to_add) {
  rows[0].uid = ::getuid() + 1;
  open();
  auto c = control_client::connect(config.path);
  BOOST_REQUIRE(!c);
  BOOST_TEST(c.why().code == errc::unauthenticated);
  BOOST_TEST(c.why().text.find("/etc/trellis/node.toml:\n[[local_user]]\nuid = "
                               + std::to_string(::getuid()) + "\ndn = \"/DC=local/CN=")
             != std::string::npos);
  BOOST_TEST(log.count("control-refused-user") == 1u);
}

BOOST_AUTO_TEST_CASE(a_group_of_the_user_is_enough) {
  peer_identity who{
      4711, 100, {27, 1001},
        "carol"
  };
  config::local_user by_group, by_user;
  by_group.dn = "/CN=anybody";
  by_user.dn = "/CN=carol";
  std::vector<local_user_row> all{
      {std::nullopt, 1001,         by_group},
      {4712,         std::nullopt, by_user }
  };
  BOOST_TEST(principal_for(who, all, ral, "f")->subject == "/CN=anybody");
  all[1].uid = 4711; // a row of the user itself goes first
  BOOST_TEST(principal_for(who, all, ral, "f")->subject == "/CN=carol");
  all = {
      {std::nullopt, 1002, by_group}
  };
  BOOST_TEST(principal_for(who, all, ral, "f").why().code == errc::unauthenticated);
}

BOOST_AUTO_TEST_CASE(what_is_not_for_users_is_refused) {
  open();
  auto c = client();
  auto body = wire::encode(ce::renew_leases{ral, {}, 9s});
  auto ask = [&](role to, std::uint16_t type) {
    return c.receive_body(*c.send_body(c.at(to), type, body, 5s), 5s).why().code;
  };
  BOOST_TEST(ask(role::ce, crossing_of<ce::renew_leases>().id) == errc::unknown_message);
  BOOST_TEST(ask(role::ce, crossing_of<ce::hand_over>().id) == errc::unknown_message);
  BOOST_TEST(ask(role::lb, crossing_of<ce::list_attempts>().id) == errc::denied);
  BOOST_TEST(ask(role::ce, crossing_of<ce::list_attempts>().id) == errc::malformed);
  BOOST_TEST(ask(role::ce, 0x7FFF) == errc::unknown_message);
  BOOST_TEST(log.count("user-call-refused") == 5u);
  auto elsewhere = c.call({role::ce, host("desy.example"), 0}, ce::list_attempts{});
  BOOST_TEST(elsewhere.why().code == errc::no_such_address);
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_message_ends_that_connection_alone) {
  open();
  auto good = client();
  raw_client oversized{config.path}, garbage{config.path}, answers{config.path};
  oversized.say(std::string("\xff\xff\xff\x7f", 4));
  garbage.say(framed("\xff\xff"));
  answers.say(framed(wire::encode(message{
      answer{1, ""}
  })));
  for (auto bad : {&oversized, &garbage, &answers}) {
    auto heard = bad->heard_to_the_end();
    BOOST_REQUIRE(heard.size() == 2u); // the hello and the refusal
    BOOST_TEST(std::get<failure>(heard[1]).why.code == errc::malformed);
  }
  BOOST_TEST(log.count("control-oversized") == 1u);
  BOOST_TEST(log.count("control-unreadable") == 2u);
  BOOST_TEST(bool(good.call(role::ce, ce::list_attempts{})));
}

BOOST_AUTO_TEST_CASE(a_message_that_does_not_come_to_its_end_is_given_up) {
  config.message_limit = 50ms;
  open();
  raw_client slow{config.path};
  slow.say(std::string("\x10\0\0\0half", 8));
  BOOST_TEST(honest());
  auto heard = slow.heard_to_the_end();
  BOOST_REQUIRE(heard.size() == 2u);
  BOOST_TEST(std::get<failure>(heard[1]).why.code == errc::timed_out);
  BOOST_TEST(log.count("control-slow") == 1u);
}

BOOST_AUTO_TEST_CASE(a_client_with_too_much_open_blocks_only_itself) {
  config.open_calls = 4;
  open();
  auto greedy = client();
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 100; ++i)
    numbers.push_back(*greedy.send(greedy.at(role::ce), ce::list_attempts{}));
  BOOST_TEST(honest());
  for (auto n : numbers)
    BOOST_REQUIRE(bool(greedy.receive<ce::attempt_rows>(n)));
}

BOOST_AUTO_TEST_CASE(connections_of_a_user_are_bounded) {
  config.connections_of_user = 2;
  open();
  auto a = client(), b = client();
  auto c = control_client::connect(config.path);
  BOOST_REQUIRE(!c);
  BOOST_TEST(c.why().code == errc::busy);
  BOOST_TEST(log.count("control-refused-connections") == 1u);
  BOOST_TEST(bool(a.call(role::ce, ce::list_attempts{})));
}

BOOST_AUTO_TEST_CASE(the_socket_of_a_dead_node_is_taken_over_but_not_that_of_a_living_one) {
  open();
  auto second = control_socket::open(config, {}, gate);
  BOOST_REQUIRE(!second);
  BOOST_TEST(second.why().code == errc::exists);
  BOOST_TEST(honest());
  socket.reset();
  BOOST_TEST(control_client::connect(config.path).why().code == errc::site_unreachable);
  int fd = ::socket(AF_UNIX, SOCK_STREAM, 0); // leaves its name behind, as a killed node does
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, config.path.c_str(), config.path.size());
  BOOST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  ::close(fd);
  open();
  BOOST_TEST(honest());
}

BOOST_AUTO_TEST_CASE(a_path_that_is_too_long_is_said) {
  config.path = "/tmp/" + std::string(120, 'x');
  BOOST_TEST(control_socket::open(config, {}, gate).why().code == errc::usage);
  BOOST_TEST(control_client::connect(config.path).why().code == errc::usage);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(a_user_of_one_node_asks_the_role_of_another, two_nodes) {
  auto ctx = context(cern, {wall_time{}, system.clock().now()}, cern_names);
  auto gate = keep(spawn_user_gate(system, ctx));
  std::optional<frame> answered;
  call x;
  x.number = 7;
  x.to = {role::ce, ral, 0};
  x.type = operation_of<ce::list_attempts>().number;
  x.body = wire::encode(ce::list_attempts{});
  caf::anon_send(gate, user_call{alice(), x, [&](frame f) { answered = std::move(f); }});
  advance(1s);
  BOOST_REQUIRE(bool(answered));
  auto rows = wire::decode<ce::attempt_rows>(std::get<answer>(*answered).body);
  BOOST_TEST(rows->attempts[0].facts.reason == "cern.example /CN=alice");
  caf::anon_send(gate, user_call{alice("atlas"), x, [&](frame f) { answered = std::move(f); }});
  advance(1s);
  BOOST_TEST(std::get<failure>(*answered).why.code == errc::denied);
}

BOOST_AUTO_TEST_CASE(operations_are_found_by_name) {
  BOOST_TEST(operation_named("wms.why")->number == operation_of<wms::why>().number);
  BOOST_TEST(operation_named("why")->number == operation_of<wms::why>().number);
  BOOST_TEST(!operation_named("get_status")); // lb and node both have one
  BOOST_TEST(!operation_named("nothing"));
}

} // namespace trellis::link
