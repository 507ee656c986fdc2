/// Those who must not get in: each refusal has its code and log id, costs no more than its
/// bounds, and an honest node is linked and served meanwhile. Also the other side: whom we dial
/// must prove its name.
#include "runtime/net/join_client.hpp"
#include "tests/runtime/net/nodes.hpp"
#include "tests/runtime/net/strangers.hpp"

#include <poll.h>
#include <sys/resource.h>

namespace trellis::net {

namespace {

struct besieged {
  log::collector log;
  gsi::authority ca = *gsi::make_authority("test", now(), std::chrono::days{60});
  gsi::authority other_ca = *gsi::make_authority("other", now(), std::chrono::days{60});
  credentials of_cern{"cern", ca, "cern.example", now()};
  credentials of_ral{"ral", ca, "ral.example", now()};
  credentials of_infn{"infn", ca, "infn.example", now()};
  host_name cern_host = host("cern.example"), ral_host = host("ral.example");
  node cern{"cern.example", of_cern.files}, honest{"ral.example", of_ral.files};
  std::uint64_t said = 0;

  besieged() {
    cern.listens().knows("ral.example").knows("infn.example");
    cern.config.handshake = 5s;
  }

  void opens() {
    cern.starts();
    honest.knows("cern.example", cern.port()).starts();
    BOOST_REQUIRE(honest.ears.linked(cern_host));
    BOOST_REQUIRE(cern.ears.linked(ral_host));
  }

  /// Those who behave are answered meanwhile.
  bool serves() { return talk(honest, cern_host, cern, ++said); }

  bool logged(std::string_view id, std::string_view code) {
    cern.ears.wait([&] { return log.count(id) > 0; }, 1ms);
    for (int i = 0; i < 2000 && log.count(id) == 0; ++i)
      cern.ears.wait([] { return false; }, 10ms); // no callback tells of a refusal
    return log.last(id).find("(" + std::string{code} + ")") != std::string::npos;
  }

  /// A node with this certificate dials cern, and cern refuses it.
  void intruder(const tls_files& files, std::string_view id, std::string_view code) {
    opens();
    node x{"infn.example", files};
    x.knows("cern.example", cern.port()).starts();
    BOOST_REQUIRE(x.ears.wait([&] { return !x.ears.failures.empty(); }));
    BOOST_TEST_INFO(log.last(id));
    BOOST_TEST(logged(id, code));
    BOOST_TEST(serves());
    BOOST_TEST(!cern.ears.links.contains(host("infn.example")));
  }

  /// We dial somebody with this certificate, and refuse it.
  error impostor(const tls_files& files) {
    opens();
    node x{"infn.example", files};
    x.listens().knows("cern.example").starts();
    cern.service->add_peer({
        host("dialled.example"), endpoint{"127.0.0.1", x.port()}
    });
    BOOST_REQUIRE(cern.ears.wait([&] { return !cern.ears.failures.empty(); }));
    BOOST_TEST(log.count("link-dial-failed") >= 1u);
    BOOST_TEST(serves());
    return cern.ears.failures[0];
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(refusals, besieged)

BOOST_AUTO_TEST_CASE(a_certificate_of_another_ca) {
  credentials bad{"bad", other_ca, "infn.example", now()};
  bad.write(bad.files.ca, ca.cert.pem()); // it trusts us, we do not trust it
  intruder(bad.files, "link-refused-certificate", "unauthenticated");
}

BOOST_AUTO_TEST_CASE(a_certificate_of_no_peer) {
  credentials bad{"bad", ca, "desy.example", now()};
  intruder(bad.files, "link-refused-host-name", "denied");
  BOOST_TEST(log.last("link-refused-host-name").find("CN=desy.example") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_has_expired) {
  credentials bad{"bad", ca, "infn.example", now() - std::chrono::days{40}};
  intruder(bad.files, "link-refused-expired", "unauthenticated");
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_not_valid_yet) {
  credentials bad{"bad", ca, "infn.example", now() + std::chrono::days{2}};
  intruder(bad.files, "link-refused-expired", "unauthenticated");
}

BOOST_AUTO_TEST_CASE(no_certificate) {
  opens();
  tls_stranger x{cern.port(), nullptr};
  BOOST_TEST(x.ended());
  BOOST_TEST(logged("link-refused-no-certificate", "unauthenticated"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(an_older_tls) {
  opens();
  tls_stranger x{cern.port(), &of_infn.files, link_protocol, TLS1_2_VERSION};
  BOOST_TEST(x.ended());
  BOOST_TEST(logged("link-refused-handshake", "malformed"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(another_protocol_or_none) {
  opens();
  tls_stranger none{cern.port(), &of_infn.files, ""}, http{cern.port(), &of_infn.files, "http/1.1"};
  BOOST_TEST(none.ended());
  BOOST_TEST(http.ended());
  BOOST_TEST(logged("link-refused-protocol", "denied"));
  tls_stranger join{cern.port(), nullptr, join_protocol}; // nobody is invited
  BOOST_TEST(join.ended());
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(what_is_not_tls) {
  opens();
  stranger x{cern.port()};
  BOOST_TEST(x.say("GET / HTTP/1.1\r\nHost: cern.example\r\n\r\n"));
  BOOST_TEST(x.closed());
  BOOST_TEST(logged("link-refused-handshake", "malformed"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(a_peer_that_says_nothing) {
  cern.config.handshake = 300ms;
  opens();
  stranger x{cern.port()};
  BOOST_TEST(serves());
  BOOST_TEST(x.closed());
  BOOST_TEST(logged("link-refused-slow", "timed_out"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(a_peer_that_falls_silent_after_tls) {
  cern.config.handshake = 300ms;
  opens();
  tls_stranger x{cern.port(), &of_infn.files};
  BOOST_TEST(x.ended());
  BOOST_TEST(logged("link-refused-slow", "timed_out"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(one_byte_at_a_time) { // each within the limit, all of them not
  cern.config.handshake = 500ms;
  opens();
  stranger x{cern.port()};
  auto from = std::chrono::steady_clock::now();
  auto hello = std::string("\x16\x03\x01\x02\x00", 5) + std::string(512, '\x01');
  bool closed = false;
  for (std::size_t i = 0; i < hello.size() && !closed; ++i) {
    x.say({&hello[i], 1});
    pollfd one{x.fd, POLLIN, 0};
    closed = ::poll(&one, 1, 100) > 0; // the wait between two bytes
  }
  BOOST_TEST(closed);
  BOOST_TEST((std::chrono::steady_clock::now() - from < 10s));
  BOOST_TEST(logged("link-refused-slow", "timed_out"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(a_link_that_falls_silent) {
  cern.config.idle = 400ms;
  opens();
  tls_stranger x{cern.port(), &of_infn.files};
  x.upgrade(); // and never answers a ping
  BOOST_REQUIRE(cern.ears.linked(host("infn.example")));
  BOOST_REQUIRE(cern.ears.wait([&] { return !cern.ears.links.contains(host("infn.example")); }));
  BOOST_TEST(logged("link-silent", "timed_out"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_large) {
  opens();
  tls_stranger x{cern.port(), &of_infn.files};
  x.upgrade();
  auto head = std::string("\x82\xff\0\0\0\0\x7f\xff\xff\xff"
                          "\0\0\0\0",
                          14); // 2 GiB to come
  BOOST_TEST(x.write(head + std::string(1u << 20, 'x')));
  x.write("one byte more");
  BOOST_TEST(x.ended());
  BOOST_TEST(logged("link-oversized", "malformed"));
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(a_message_of_text_or_of_no_known_kind) {
  opens();
  tls_stranger text{cern.port(), &of_infn.files};
  text.upgrade();
  BOOST_TEST(text.write(std::string("\x81\x81\0\0\0\0x", 7)));
  BOOST_TEST(text.ended());
  BOOST_TEST(logged("link-unreadable", "malformed"));
  tls_stranger reserved{cern.port(), &of_infn.files};
  reserved.upgrade();
  BOOST_TEST(reserved.write(std::string("\xf3\x81\0\0\0\0x", 7)));
  BOOST_TEST(reserved.ended());
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(a_message_that_breaks_off) {
  opens();
  {
    tls_stranger x{cern.port(), &of_infn.files};
    x.upgrade();
    BOOST_REQUIRE(cern.ears.linked(host("infn.example")));
    BOOST_TEST(x.write(std::string("\x82\xfe\x10\0\0\0\0\0half", 12)));
  }
  BOOST_REQUIRE(cern.ears.wait([&] { return !cern.ears.links.contains(host("infn.example")); }));
  BOOST_TEST(logged("link-lost", "site_unreachable"));
  BOOST_TEST(cern.ears.unreadable.empty()); // half a message is none
  BOOST_TEST(serves());
}

BOOST_AUTO_TEST_CASE(a_thousand_connections_at_once) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ::setrlimit(RLIMIT_NOFILE, &files);
  opens();
  std::vector<stranger> all;
  for (int i = 0; i < 1000; ++i)
    all.emplace_back(cern.port());
  BOOST_TEST(serves());
  BOOST_TEST(logged("link-refused-connections", "busy"));
  // Most are turned away at once; the places of the rest are free again after the handshake limit.
  std::size_t turned_away = 0;
  for (auto& x : all) {
    pollfd one{x.fd, POLLIN, 0};
    turned_away += ::poll(&one, 1, 20) > 0 ? 1 : 0; // the last refusals are still on their way
  }
  BOOST_TEST(turned_away >= 1000 - cern.config.connections_per_host);
  for (auto& x : all)
    BOOST_REQUIRE(x.closed());
  node late{"infn.example", of_infn.files};
  late.knows("cern.example", cern.port()).starts();
  BOOST_TEST(late.ears.linked(cern_host));
}

BOOST_AUTO_TEST_CASE(more_pending_handshakes_than_there_is_room_for) {
  cern.config.pending_handshakes = 4;
  opens();
  std::vector<stranger> all;
  for (int i = 0; i < 8; ++i)
    all.emplace_back(cern.port());
  BOOST_TEST(logged("link-refused-pending", "busy"));
  BOOST_TEST(serves());
}

/// Were those refused who come last, a crowd that is silent would keep everybody out.
BOOST_AUTO_TEST_CASE(who_means_it_gets_past_a_silent_crowd) {
  cern.config.pending_handshakes = 4;
  cern.config.handshake = std::chrono::minutes{1}; // nobody's time is over meanwhile
  opens();
  std::vector<stranger> all;
  for (int i = 0; i < 8; ++i)
    all.emplace_back(cern.port());
  node late{"infn.example", of_infn.files};
  late.knows("cern.example", cern.port()).starts();
  BOOST_TEST(late.ears.linked(cern_host));
  BOOST_TEST(all.front().closed());
}

BOOST_AUTO_TEST_CASE(whom_we_dial_must_have_the_name_we_dialled) {
  auto why = impostor(of_infn.files); // a good certificate, of another peer
  BOOST_TEST(why.code == errc::unauthenticated);
  BOOST_TEST_INFO(why.text);
  BOOST_TEST(why.text.find("hostname mismatch") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whom_we_dial_must_be_of_our_ca) {
  credentials bad{"bad", other_ca, "dialled.example", now()};
  auto why = impostor(bad.files);
  BOOST_TEST(why.code == errc::unauthenticated);
  BOOST_TEST(why.text.find("CN=dialled.example") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whom_we_dial_must_have_a_certificate_that_is_still_good) {
  credentials bad{"bad", ca, "dialled.example", now() - std::chrono::days{40}};
  auto why = impostor(bad.files);
  BOOST_TEST(why.code == errc::unauthenticated);
  BOOST_TEST(why.text.find("certificate has expired") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

// --- joining -----------------------------------------------------------------------------------

struct inviting : besieged {
  join_server target;

  inviting() {
    auto hears = cern.ears.callbacks();
    hears.join = [](std::string request) { return "you said " + request; };
    auto made = link_service::start(cern.config, std::move(hears));
    BOOST_REQUIRE(bool(made));
    cern.service = std::move(*made);
    target.connect = "127.0.0.1:" + std::to_string(cern.port());
    target.host = cern_host;
    target.ca_fingerprint = ca.cert.fingerprint();
  }
};

BOOST_FIXTURE_TEST_CASE(who_is_invited_needs_no_certificate, inviting) {
  auto answer = exchange_join(target, "let me in");
  if (!answer)
    BOOST_FAIL(answer.why().text);
  BOOST_TEST(*answer == "you said let me in");
}

BOOST_FIXTURE_TEST_CASE(a_request_to_join_is_sent_to_the_inviter_alone, inviting) {
  auto wrong_ca = target, wrong_host = target, nowhere = target;
  wrong_ca.ca_fingerprint = other_ca.cert.fingerprint();
  wrong_host.host = ral_host;
  nowhere.connect = "127.0.0.1:1";
  BOOST_TEST(exchange_join(wrong_ca, "x").why().code == errc::unauthenticated);
  BOOST_TEST(exchange_join(wrong_host, "x").why().code == errc::unauthenticated);
  BOOST_TEST(exchange_join(nowhere, "x").why().code == errc::site_unreachable);
}

} // namespace trellis::net
