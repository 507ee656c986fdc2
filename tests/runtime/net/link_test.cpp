/// Two nodes link over mutual TLS on real sockets, whoever dials, and stay linked over cuts,
/// restarts
/// and new certificates.
#include "tests/runtime/net/nodes.hpp"

namespace trellis::net {

namespace {

struct grid {
  log::collector log;
  gsi::authority ca = *gsi::make_authority("test", now(), std::chrono::days{60});
  credentials of_cern{"cern", ca, "cern.example", now()};
  credentials of_ral{"ral", ca, "ral.example", now()};
  host_name cern_host = host("cern.example"), ral_host = host("ral.example");
  node cern{"cern.example", of_cern.files}, ral{"ral.example", of_ral.files};

  void join() {
    cern.listens().knows("ral.example").starts();
    ral.knows("cern.example", cern.port()).starts();
    BOOST_REQUIRE(cern.ears.linked(ral_host));
    BOOST_REQUIRE(ral.ears.linked(cern_host));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(links, grid)

BOOST_AUTO_TEST_CASE(a_node_that_only_dials_is_linked_both_ways) {
  join();
  BOOST_TEST(ral.ears.links[cern_host].direction == "out");
  BOOST_TEST(cern.ears.links[ral_host].direction == "in");
  BOOST_TEST(talk(cern, ral_host, ral, 1));
  BOOST_TEST(talk(ral, cern_host, cern, 2));
}

BOOST_AUTO_TEST_CASE(version_6_addresses_serve_as_well) {
  cern.listens("::1").knows("ral.example").starts();
  ral.knows("cern.example", cern.port(), "::1").starts();
  BOOST_REQUIRE(ral.ears.linked(cern_host));
  BOOST_REQUIRE(cern.ears.linked(ral_host));
  BOOST_TEST(cern.ears.links[ral_host].remote.substr(0, 6) == "[::1]:");
  BOOST_TEST(talk(cern, ral_host, ral, 1));
}

BOOST_AUTO_TEST_CASE(when_both_dial_one_connection_stays) {
  ral.listens();
  cern.listens().knows("ral.example").starts();
  auto port = cern.port();
  cern.service.reset(); // its port is known now, and free
  ral.knows("cern.example", port).starts();
  cern.config.listen[0].port = port;
  cern.config.peers[0].connect = endpoint{"127.0.0.1", ral.port()};
  cern.starts();
  BOOST_REQUIRE(cern.ears.linked(ral_host));
  BOOST_REQUIRE(ral.ears.linked(cern_host));
  // Whatever came first, in the end both talk over the same connection.
  for (std::uint64_t n = 1; n <= 20; ++n) {
    talk(cern, ral_host, ral, n);
    talk(ral, cern_host, cern, 100 + n);
  }
  BOOST_TEST(talk(cern, ral_host, ral, 21));
  BOOST_TEST(talk(ral, cern_host, cern, 121));
}

BOOST_AUTO_TEST_CASE(a_lost_link_comes_back_by_itself) {
  join();
  for (std::size_t n = 2; n <= 4; ++n) {
    cern.ears.via(ral_host)->close("for the test");
    BOOST_REQUIRE(ral.ears.wait([&] { return ral.ears.ups == n; }));
    BOOST_REQUIRE(cern.ears.wait([&] { return cern.ears.ups == n; }));
  }
  BOOST_TEST(talk(cern, ral_host, ral, 1));
  BOOST_TEST(ral.ears.downs[0] == "the other end closed it: for the test");
}

BOOST_AUTO_TEST_CASE(a_restarted_node_is_linked_again) {
  join();
  auto port = cern.port();
  cern.service.reset();
  BOOST_REQUIRE(
      ral.ears.wait([&] { return !ral.ears.downs.empty() && !ral.ears.failures.empty(); }));
  BOOST_TEST(ral.ears.failures[0].code == errc::site_unreachable);
  node again{"cern.example", of_cern.files};
  again.config.listen.push_back({"127.0.0.1", port});
  again.knows("ral.example").starts();
  BOOST_REQUIRE(again.ears.linked(ral_host));
  BOOST_REQUIRE(ral.ears.linked(cern_host));
  BOOST_TEST(talk(ral, cern_host, again, 1));
}

BOOST_AUTO_TEST_CASE(a_new_connection_takes_the_place_of_a_dead_one) {
  join();
  node twin{"ral.example", of_ral.files}; // ral was killed, and cern has not noticed
  twin.knows("cern.example", cern.port()).starts();
  BOOST_REQUIRE(cern.ears.wait([&] { return cern.ears.ups >= 2; }));
}

BOOST_AUTO_TEST_CASE(busy_links_put_many_frames_into_one_message) {
  join();
  auto via = cern.ears.via(ral_host);
  for (std::uint64_t n = 0; n < 20'000; ++n)
    BOOST_REQUIRE(via->send(some_frame(n, 100), link::urgency::work));
  BOOST_REQUIRE(ral.ears.wait([&] { return ral.ears.heard.size() == 20'000; }));
  BOOST_TEST(ral.ears.messages.size() < 10'000u);
  for (auto size : ral.ears.messages)
    BOOST_REQUIRE(size <= link::message_limit_bytes);
  for (std::uint64_t n = 0; n < 20'000; ++n) // in order
    BOOST_REQUIRE(std::get<link::answer>(ral.ears.heard[n]).number == n);
}

BOOST_AUTO_TEST_CASE(a_reader_that_lags_bounds_what_is_sent) {
  cern.config.work_buffer = 1u << 20;
  ral.config.unread_buffer = 100'000;
  ral.ears.acknowledge = false;
  join();
  auto via = cern.ears.via(ral_host);
  std::uint64_t sent = 0;
  std::size_t heard = 0;
  auto grows = [&] { return ral.ears.heard.size() > std::exchange(heard, ral.ears.heard.size()); };
  auto more = [&] {
    bool taken = via->send(some_frame(sent, 100'000), link::urgency::work);
    sent += taken ? 1 : 0;
    return taken;
  };
  while (more() || ral.ears.wait(grows, 300ms) || more())
    ; // until all buffers are full
  BOOST_TEST(heard < sent);
  BOOST_TEST(via->send(some_frame(sent++, 10), link::urgency::owed)); // answers still go
  auto back = ral.ears.via(cern_host);
  ral.ears.wait([&] {
    ral.ears.acknowledge = true;
    std::size_t all = 0;
    for (auto n : ral.ears.messages)
      all += n;
    back->taken(all);
    return true;
  });
  BOOST_TEST(ral.ears.wait([&] { return ral.ears.heard.size() == sent; }));
}

BOOST_AUTO_TEST_CASE(new_certificates_are_taken_without_a_restart) {
  of_cern.issue(ca, "cern.example", now() - std::chrono::days{40}, std::chrono::days{30});
  cern.config.watch_files = 10ms;
  cern.listens().knows("ral.example").starts();
  ral.knows("cern.example", cern.port()).starts();
  BOOST_REQUIRE(ral.ears.wait([&] { return !ral.ears.failures.empty(); }));
  BOOST_TEST(ral.ears.failures[0].text.find("certificate has expired") != std::string::npos);
  of_cern.issue(ca, "cern.example", now(), std::chrono::days{30});
  BOOST_REQUIRE(ral.ears.linked(cern_host));
  BOOST_TEST(log.count("tls-reloaded") >= 1u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_added_later_is_linked) {
  cern.listens().starts();
  ral.knows("cern.example", cern.port()).starts();
  BOOST_REQUIRE(ral.ears.wait([&] { return !ral.ears.failures.empty(); }));
  cern.service->add_peer({ral_host, std::nullopt});
  BOOST_TEST(cern.ears.linked(ral_host));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_used_is_said_at_the_start) {
  auto broken = of_cern.files;
  broken.key = of_ral.files.key;
  auto r = link_service::start({host("cern.example"), {}, {}, broken}, cern.ears.callbacks());
  BOOST_REQUIRE(!r);
  BOOST_TEST(r.why().code == errc::malformed);
  cern.config.listen.push_back({"192.0.2.1", 1});
  auto s = link_service::start(cern.config, cern.ears.callbacks());
  BOOST_REQUIRE(!s);
  BOOST_TEST(s.why().text.find("192.0.2.1:1") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace trellis::net
