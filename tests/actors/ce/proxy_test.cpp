/// The proxy of a payload on its CE, on the virtual clock: fetched, judged there, laid before
/// anything starts. It would catch a payload that starts without, and a chain that is believed
/// because the WMS sent it.
#include "actors/ce/attempt.hpp"
#include "protocols/gsi/proxy_facts.hpp"
#include "tests/actors/a_delegation.hpp"
#include "tests/actors/ce/attempt_fixture.hpp"

using namespace trellis;

namespace {

struct with_trust : a_ce {
  with_trust() {
    trust = [this] { return believed; };
    restart(0s);
    all->sign = [this](const wms::sign_proxy& x) -> result<std::string> {
      auto chain = gsi::sign_delegation(kept, x.csr, wish, given.now);
      return chain ? gsi::chain_pem(*chain) : result<std::string>{chain.why()};
    };
  }

  ce::hand_over task(char job = 'A') const {
    auto x = sleeper(1, 1, job);
    x.who = given.owner();
    x.who.vo = "biomed";
    x.delegation = "mine";
    return x;
  }

  std::string reason(const ce::hand_over& x) const { return last(x).reason; }

  a_delegation given{gsi::instant{1'150'000'000s}};
  std::shared_ptr<const edge::trusted> believed = given.believers();
  gsi::credential kept = given.proxy(2h);
  gsi::new_proxy wish;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_payload, with_trust)

BOOST_AUTO_TEST_CASE(runs_with_its_owners_proxy) {
  auto x = task();
  post(x);
  advance(10s);
  BOOST_TEST(states(x) == good_life);
  auto pem = facts->proxies[ce::session_name(x.attempt)];
  auto proxy = gsi::parse_credential(pem);
  BOOST_REQUIRE(bool(proxy));
  BOOST_TEST(gsi::facts_of(proxy->chain).identity == given.alice.leaf().subject());
  auto without = sleeper(1, 1, 'B');
  post(without);
  advance(10s);
  BOOST_TEST(states(without) == good_life);
  BOOST_TEST(facts->proxies.size() == 1u);
  BOOST_TEST(all->signatures == 1u);
}

BOOST_AUTO_TEST_CASE(does_not_start_with_an_expired_one) {
  kept = given.proxy(10min);
  advance(20min);
  auto x = task();
  post(x);
  advance(10s);
  BOOST_TEST(states(x) == "ABORTED");
  BOOST_TEST((last(x).failure == ce::failure_class::job_fault));
  BOOST_TEST(reason(x).find("The delegated proxy of /DC=example/CN=alice is refused") == 0u,
             reason(x));
  BOOST_TEST(reason(x).find("it ended at") != std::string::npos, reason(x));
  BOOST_TEST(facts->payloads[x.attempt] == 0);
  BOOST_TEST(facts->proxies.empty());
}

BOOST_AUTO_TEST_CASE(does_not_start_with_one_of_an_unknown_ca) {
  believed = a_delegation{given.now, "/DC=example/CN=other"}.believers();
  auto x = task();
  post(x);
  advance(10s);
  BOOST_TEST(states(x) == "ABORTED");
  BOOST_TEST((last(x).failure == ce::failure_class::before_payload)); // another site may know it
  BOOST_TEST(facts->payloads[x.attempt] == 0);
}

BOOST_AUTO_TEST_CASE(does_not_start_with_one_of_somebody_else) {
  auto bob = given.make("/DC=example/CN=bob", false, &given.ca);
  kept = *gsi::make_proxy(bob, {}, given.now);
  auto x = task();
  post(x);
  advance(10s);
  BOOST_TEST(states(x) == "ABORTED");
  BOOST_TEST(reason(x).find("it is that of /DC=example/CN=bob") != std::string::npos, reason(x));
  BOOST_TEST(facts->payloads[x.attempt] == 0);
}

BOOST_AUTO_TEST_CASE(does_not_start_with_one_for_another_key) {
  all->sign = [this](const wms::sign_proxy&) -> result<std::string> {
    return gsi::chain_pem(kept.chain);
  };
  auto x = task();
  post(x);
  advance(10s);
  BOOST_TEST(states(x) == "ABORTED");
  BOOST_TEST(reason(x).find("not for the key") != std::string::npos, reason(x));
}

BOOST_AUTO_TEST_CASE(waits_while_the_wms_cannot_be_heard) {
  auto sign = std::exchange(all->sign, [](const wms::sign_proxy&) -> result<std::string> {
    return error{errc::site_unreachable, "no link"};
  });
  auto x = task();
  post(x);
  advance(5s);
  BOOST_TEST(facts->payloads[x.attempt] == 0);
  all->sign = sign;
  advance(60s);
  BOOST_TEST(facts->payloads[x.attempt] == 1);
}

BOOST_AUTO_TEST_CASE(is_told_why_the_wms_has_none) {
  all->sign = [](const wms::sign_proxy&) -> result<std::string> {
    return error{errc::expired, "the proxy is over"};
  };
  auto x = task();
  post(x);
  advance(10s);
  BOOST_TEST((last(x).failure == ce::failure_class::job_fault));
  BOOST_TEST(reason(x).find("the proxy is over") != std::string::npos, reason(x));
}

BOOST_AUTO_TEST_CASE(does_not_start_where_nobody_is_believed) {
  trust = {};
  restart(0s);
  auto x = task();
  post(x);
  advance(10s);
  BOOST_TEST(states(x) == "ABORTED");
  BOOST_TEST(reason(x).find("edge.anchors") != std::string::npos, reason(x));
}

BOOST_AUTO_TEST_SUITE_END()
