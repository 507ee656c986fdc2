/// Clients of VOMS at the front: both protocols on one port, as their bytes come.
#include "protocols/voms/legacy.hpp"
#include "protocols/voms/rest.hpp"
#include "tests/protocols/gsi/forge.hpp"
#include "tests/runtime/edge/a_front.hpp"

namespace trellis::edge {
namespace {

namespace forge = gsi::forge;

const gsi::credential ca = forge::make_ca("/DC=example/CN=CA");

struct a_counter : a_front {
  a_counter() {
    auto verify = [this](const std::vector<std::string>& chain) -> result<gsi::verified_chain> {
      ++verified;
      if (chain.empty())
        return error{errc::unauthenticated, "no certificate was shown"};
      if (banned)
        return error{errc::unauthenticated, "the certificate of alice is revoked"};
      return gsi::verified_chain{
          forge::name("/DC=example/CN=alice"),
          forge::name("/DC=example/CN=CA"),
          user.leaf(),
          user.leaf(),
          0,
          false,
          std::chrono::floor<std::chrono::seconds>(ends),
          {user.leaf(), ca.leaf()}
      };
    };
    counter = voms_counter{verify, [this](voms::ask x) { asks.push_back(std::move(x)); }};
  }

  void give(const std::string& ac = "AC") {
    BOOST_REQUIRE(!asks.empty());
    auto x = std::move(asks.front());
    asks.pop_front();
    voms::reply y;
    y.ac = ac;
    x.answer(y);
  }

  gsi::credential user = forge::alone(forge::user_recipe(ca, "/DC=example/CN=alice"));
  std::chrono::system_clock::time_point ends = std::chrono::system_clock::now() + 1h;
  std::deque<voms::ask> asks;
  unsigned verified = 0;
};

/// As libvomsapi writes it: lines end with LF, GSI's byte comes first.
const std::string good_cpp = "0GET /generate-ac?fqans=/testvo&lifetime=60 HTTP/1.0\nUser-Agent: "
                             "voms APIs 2.0\nHost: localhost:15112\n\n";
const std::string legacy = "0<?xml version=\"1.0\" encoding=\"US-ASCII\"?><voms><command>G/testvo"
                           "</command><base64>1</base64><version>4</version></voms>";

BOOST_FIXTURE_TEST_CASE(rest_is_served_in_whatever_pieces_it_comes, a_counter) {
  for (std::size_t step : {1u, 2u, 5u, 4096u}) {
    come();
    say(good_cpp, step);
    BOOST_REQUIRE(asks.size() == 1u);
    BOOST_TEST(asks[0].what.wishes.at(0).group == "/testvo");
    BOOST_TEST(asks[0].certificate->subject() == "/DC=example/CN=alice");
    BOOST_TEST(!asks[0].most);
    give();
    auto got = heard();
    BOOST_TEST(got.starts_with("HTTP/1.1 200"));
    BOOST_TEST(has(got, "Connection: close"));
    BOOST_TEST(has(body(got), "<ac>QUM=\n</ac>") != has(body(got), "<ac>QUM=</ac>"));
    BOOST_TEST(stream->closed);
  }
}

BOOST_FIXTURE_TEST_CASE(the_old_protocol_is_served_on_the_same_port, a_counter) {
  for (std::size_t step : {1u, 3u, 4096u}) {
    come();
    say(legacy, step);
    BOOST_REQUIRE(asks.size() == 1u);
    give();
    auto got = heard();
    BOOST_TEST(got.starts_with("<?xml"));
    auto read = voms::parse_legacy_reply(got);
    BOOST_REQUIRE(read);
    BOOST_TEST(read->ac == "AC");
    BOOST_TEST(stream->closed);
  }
}

BOOST_FIXTURE_TEST_CASE(refusals_can_be_read_in_both_protocols, a_counter) {
  banned = true;
  come();
  say(good_cpp);
  auto got = heard();
  BOOST_TEST(status(got) == 400);
  BOOST_TEST(has(got, "the certificate of alice is revoked"));
  come();
  say(legacy);
  BOOST_TEST(voms::parse_legacy_reply(heard())->why == "the certificate of alice is revoked");
  banned = false;
  come();
  say("0<voms><command>G/testvo/..</command></voms>");
  BOOST_TEST(has(voms::parse_legacy_reply(heard())->why, "is no group"));
  come();
  say("GET /generate-ac?lifetime=1s HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(status(heard()) == 400);
  BOOST_TEST(asks.empty());
}

BOOST_FIXTURE_TEST_CASE(hostile_openings_end_the_connection, a_counter) {
  come();
  say("0<?xml version=\"1.0\"?><voms>" + std::string(voms::max_legacy_request, ' '));
  BOOST_TEST(!heard().empty());
  BOOST_TEST(stream->closed);
  BOOST_TEST(asks.empty());
  for (const auto* bytes : {"00GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\r\n\r\n", "<html></html>\n\n",
                            "0<?xmt\r\n\r\n"}) {
    come();
    say(bytes);
    BOOST_TEST(status(heard()) == 400, bytes);
    BOOST_TEST(stream->closed);
  }
  come();
  say("0<?xml version=\"1.0\"?><voms>");
  visitor->expired();
  BOOST_TEST(has(voms::parse_legacy_reply(heard())->why, "in time"));
  BOOST_TEST(stream->closed);
}

BOOST_FIXTURE_TEST_CASE(a_kept_connection_is_verified_once_until_trust_changes, a_counter) {
  const std::string question = "GET /generate-ac HTTP/1.1\r\nHost: x\r\n\r\n";
  come();
  for (int i = 0; i < 5; ++i) {
    say(question);
    give();
    BOOST_TEST(status(heard()) == 200);
  }
  BOOST_TEST(verified == 1u);
  banned = true;
  ++edition;
  say(question);
  BOOST_TEST(status(heard()) == 400);
  BOOST_TEST(verified == 2u);
}

BOOST_FIXTURE_TEST_CASE(an_ended_proxy_gets_nothing_more_on_its_connection, a_counter) {
  const std::string question = "GET /generate-ac HTTP/1.1\r\nHost: x\r\n\r\n";
  ends = std::chrono::system_clock::now() - 1s;
  come();
  say(question);
  give();
  heard();
  say(question);
  BOOST_TEST(verified == 2u); // by which it is refused
}

BOOST_FIXTURE_TEST_CASE(nobody_asks_too_often, a_counter) {
  config.limits.requests_a_second = 1;
  config.limits.burst = 3;
  unsigned given = 0;
  for (int i = 0; i < 5; ++i) {
    come();
    say("GET /generate-ac HTTP/1.1\r\nHost: x\r\n\r\n");
    if (asks.empty())
      BOOST_TEST(has(heard(), "asks too often"));
    else {
      give();
      ++given;
      heard();
    }
  }
  BOOST_TEST(given >= 3u);
  BOOST_TEST(given < 5u);
}

BOOST_FIXTURE_TEST_CASE(other_requests_go_on_as_before, a_counter) {
  come();
  say(request("GET /v1/jobs/counts"));
  asked<lb::count_jobs>();
  answer(lb::job_counts{});
  BOOST_TEST(status(heard()) == 200);
  counter.reset();
  house.reset();
  come();
  say(request("GET /generate-ac"));
  BOOST_TEST(status(heard()) == 404);
}

BOOST_FIXTURE_TEST_CASE(a_change_of_trust_counts_on_an_open_connection, a_front) {
  come();
  for (int i = 0; i < 3; ++i) {
    say(request("GET /v1/whoami"));
    BOOST_TEST(status(heard()) == 200);
  }
  BOOST_TEST(judged == 1u);
  suspended = true;
  say(request("GET /v1/whoami"));
  BOOST_TEST(status(heard()) == 200); // nobody has told
  ++edition;
  say(request("GET /v1/whoami"));
  auto got = heard();
  BOOST_TEST(status(got) == 403);
  BOOST_TEST(has(got, "alice is suspended"));
}

} // namespace
} // namespace trellis::edge
