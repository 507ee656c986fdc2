/// What real nodes cannot play, and how a story becomes their configuration.
#include "bin/replay/directories.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::real;
using namespace std::chrono_literals;

namespace {

constexpr const char* world = R"(scenario "x"
vo    biomed
user  alice  vo=biomed
site  cern.example  roles=wms,lb,info  lease=10min
site  ral.example
ce    ce01.ral.example  slots=4
ce    ce02.ral.example  slots=2
job   a  by=alice
)";

std::vector<std::string> objections(const std::string& more, double speed = 20,
                                    bool accounts = true) {
  auto story = scenario::parse(world + more, "x.scn");
  for (const auto& p : story.problems)
    BOOST_ERROR(scenario::to_string(p));
  std::vector<std::string> out;
  for (const auto& p : unplayable(story.value, "x.scn", {speed}, accounts))
    out.push_back(scenario::to_string(p));
  return out;
}

grid_plan plan_of(const scenario::story& x, double speed, std::uint32_t uid) {
  grid_plan out{x, {speed}, "/tmp/x", scenario::nodes_of(x), {}, uid, "info"};
  out.pairs = pairs_of(out.nodes);
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_plain_story_is_playable) {
  BOOST_TEST(
      objections("at 1min submit a\nat 2min kill ce01.ral.example for=1min\n"
                 "at 2min lose 10% cern.example ral.example\nat 3min drain ce02.ral.example\n")
          .empty());
}

BOOST_AUTO_TEST_CASE(simulated_parts_are_refused_with_their_line) {
  auto all = objections("at 2min skew cern.example +3s\nat 3min repeat 10% every node\n"
                        "ce b.ral.example slots=1 black-hole\nse s.ral.example space=1TB\n"
                        "job b by=alice\n  [ Executable = \"b.sh\"; ]\n");
  BOOST_TEST_REQUIRE(all.size() == 5u);
  BOOST_TEST(all[0].starts_with("x.scn:9:1: 'skew' needs a part that is simulated"));
  BOOST_TEST(all[1].starts_with("x.scn:10:1: 'repeat'"));
  BOOST_TEST(all[2].starts_with("x.scn:11:1: 'black-hole'"));
  BOOST_TEST(all[3].starts_with("x.scn:12:1: cannot play the SE s.ral.example"));
  BOOST_TEST(all[4].starts_with("x.scn:14:3: 'InputSandbox' needs a part that is simulated"));
}

BOOST_AUTO_TEST_CASE(a_lease_can_be_too_short_for_the_speed) {
  BOOST_TEST(objections("", 200).empty());
  auto all = objections("", 201);
  BOOST_TEST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].find("--speed 200 at most") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(users_who_differ_need_accounts) {
  auto bob = "user bob vo=biomed role=production\n";
  BOOST_TEST(objections(bob, 20, true).empty());
  BOOST_TEST(objections(bob, 20, false).size() == 1u);
  BOOST_TEST(objections("user bob vo=biomed\n", 20, false).empty());
}

BOOST_AUTO_TEST_CASE(starts_are_seen_of_our_own_payloads_only) {
  auto job = "job b by=alice\n  [ Executable = \"/bin/true\"; ]\nat 1min submit b\n";
  BOOST_TEST(objections(job).empty());
  BOOST_TEST(objections(std::string{job} + "always starts of b <= 1\n").size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_nodes_that_talk_are_paired) {
  auto story = scenario::parse(world, "x.scn");
  auto plan = plan_of(story.value, 20, 0);
  BOOST_TEST_REQUIRE(plan.nodes.size() == 3u);
  BOOST_TEST_REQUIRE(plan.pairs.size() == 2u); // no link between the two CEs
  BOOST_TEST(plan.pairs[1].dials == 2u);
  BOOST_TEST(plan.pairs[1].dialled == 0u);
}

BOOST_AUTO_TEST_CASE(times_are_divided_and_peers_dial_the_relay) {
  auto story = scenario::parse(world, "x.scn");
  auto plan = plan_of(story.value, 20, 0);
  auto wms = config_text(plan, 0), ce = config_text(plan, 2);
  BOOST_TEST(wms.find("lease = \"30000ms\"") != std::string::npos);
  BOOST_TEST(wms.find("dn = \"/CN=alice\"") != std::string::npos);
  BOOST_TEST(wms.find("\nconnect =") == std::string::npos);
  BOOST_TEST(ce.find("connect = \"127.0.0.1:20001\"") != std::string::npos);
  BOOST_TEST(ce.find("slots = 2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(as_root_users_have_accounts_of_their_own) {
  auto story = scenario::parse(std::string{world} + "user bob vo=biomed\n", "x.scn");
  auto root = accounts_of(story.value, 0), plain = accounts_of(story.value, 1000);
  BOOST_TEST_REQUIRE(root.size() == 2u);
  BOOST_TEST(root[0].uid != root[1].uid);
  BOOST_TEST(root[0].uid != 0u);
  BOOST_TEST_REQUIRE(plain.size() == 1u);
  BOOST_TEST(plain[0].uid == 1000u);
}
