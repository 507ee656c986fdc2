#include "protocols/scenario/agenda.hpp"
#include "protocols/scenario/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::scenario;
using namespace std::chrono_literals;

namespace {

constexpr const char* world = R"(scenario "x"
vo    biomed
user  alice  vo=biomed
user  bob    vo=biomed
site  cern.example
ce    ce01.cern.example
job   a  by=alice
)";

constexpr const char* log_text = "; a log\n"
                                 "1 100 0 10 1 -1 -1 1 -1 -1 1 2 -1 -1 -1 -1 -1 -1\n"
                                 "2 160 0 30 1 -1 -1 1 -1 -1 1 3 -1 -1 -1 -1 -1 -1\n";

result<std::string> the_log(const std::string&) { return std::string{log_text}; }

} // namespace

BOOST_AUTO_TEST_CASE(happenings_come_in_order_with_their_end) {
  auto x
      = parse(std::string{world} + "at 5min kill ce01.cern.example for=1min\nat 1min submit a x2\n",
              "x.scn");
  BOOST_TEST_REQUIRE(bool(x));
  auto plan = agenda_of(x.value, {});
  BOOST_TEST_REQUIRE(bool(plan));
  std::vector<std::pair<milliseconds, due::kind>> got;
  for (const auto& [when, what] : plan->tasks)
    got.emplace_back(when, what.what);
  BOOST_TEST_REQUIRE(got.size() == 3u);
  BOOST_TEST((got[0] == std::pair{milliseconds{1min}, due::kind::happens}));
  BOOST_TEST((got[1] == std::pair{milliseconds{5min}, due::kind::happens}));
  BOOST_TEST((got[2] == std::pair{milliseconds{6min}, due::kind::undone}));
  BOOST_TEST(plan->tasks.begin()->second.times == 2u);
}

BOOST_AUTO_TEST_CASE(a_log_is_divided_and_shared_by_its_users) {
  auto x = parse(std::string{world} + "workload w swf=w.swf by=alice,bob divide=10 starts=1min\n",
                 "x.scn");
  BOOST_TEST_REQUIRE(bool(x));
  auto plan = agenda_of(x.value, the_log);
  BOOST_TEST_REQUIRE(bool(plan));
  BOOST_TEST_REQUIRE(plan->log.size() == 2u);
  BOOST_TEST(plan->log[0].by == "alice");
  BOOST_TEST(plan->log[1].by == "bob");
  BOOST_TEST((plan->log[1].runs == 3s));
  BOOST_TEST((plan->tasks.begin()->first == 60s));
  BOOST_TEST((plan->tasks.rbegin()->first == 66s));
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_read_is_an_error) {
  auto x = parse(std::string{world} + "workload w swf=w.swf by=alice\n", "x.scn");
  BOOST_TEST_REQUIRE(bool(x));
  BOOST_TEST((agenda_of(x.value, {}).why().code == errc::usage));
  auto none = [](const std::string&) -> result<std::string> {
    return error{errc::not_found, "no such file"};
  };
  BOOST_TEST((agenda_of(x.value, none).why().code == errc::not_found));
}
