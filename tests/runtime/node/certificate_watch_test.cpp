#include "protocols/gsi/authority.hpp"
#include "runtime/node/certificate_watch.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

const gsi::instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};

/// A node whose certificate lasts `host` and whose CA lasts `ca`.
node_certificates lasting(days host, days ca) {
  auto name = *host_name::parse("cern.example");
  auto by = *gsi::make_authority("Test CA", now, ca);
  auto key = *gsi::private_key::generate();
  auto cert = *gsi::sign_host(by, *gsi::make_request(key, name), name, now, host);
  return {
      {cert, by.cert},
      {by.cert   }
  };
}

} // namespace

BOOST_AUTO_TEST_CASE(bounds_are_21_7_and_1_days) {
  BOOST_TEST(!days_left_bound(now + days{21} + 1s, now));
  BOOST_TEST(*days_left_bound(now + days{21}, now) == 21);
  BOOST_TEST(*days_left_bound(now + days{7}, now) == 7);
  BOOST_TEST(*days_left_bound(now + days{1}, now) == 1);
  BOOST_TEST(*days_left_bound(now + 1s, now) == 1);
  BOOST_TEST(*days_left_bound(now, now) == 0);
}

BOOST_AUTO_TEST_CASE(each_certificate_is_named_once) {
  auto all = lasting(days{5}, days{20});
  auto rows = ending(all, now);
  BOOST_REQUIRE(rows.size() == 2u); // the CA stands in the chain and among the anchors
  BOOST_TEST(rows[0].text
             == "the certificate /DC=trellis/O=test/CN=cern.example ends on 2026-03-06 12:00 UTC, "
                "in 5 days");
  BOOST_TEST(rows[1].bound == 21);
  BOOST_TEST(ending(all, now + days{6})[0].text.find("ended on 2026-03-06") != std::string::npos);
  BOOST_TEST(ending(lasting(days{365}, days{3650}), now).empty());
}

BOOST_AUTO_TEST_CASE(each_bound_is_announced_once) {
  auto all = lasting(days{30}, days{3650});
  ending_announcer announcer;
  std::vector<int> said;
  for (auto at = now; at < now + days{32}; at += 6h)
    for (const auto& x : announcer.fresh(ending(all, at)))
      said.push_back(x.bound);
  BOOST_TEST((said == std::vector{21, 7, 1, 0}));
}
