/// Jobs under their owner through three sites: the proxy that was delegated at one is with the
/// payload at another, the status says when it ends, and others see what the owner lets them see.
#include "actors/ce/attempt.hpp"
#include "protocols/gsi/proxy_facts.hpp"
#include "tests/actors/a_delegation.hpp"
#include "tests/actors/world/whole_grid.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis {
namespace {

using seconds = std::chrono::seconds;

struct with_owners : whole_grid {
  with_owners() {
    trusted = given.believers();
    delegated = [this](const std::string& owner, const std::string& id) -> result<gsi::credential> {
      if (owner != alice().subject || id != "mine")
        return error{errc::not_found, owner + " has no delegation " + id};
      return kept;
    };
  }

  principal alice() const {
    auto out = given.owner();
    out.vo = "biomed";
    return out;
  }

  principal bob() const {
    auto out = alice();
    out.subject = "/DC=example/CN=bob";
    return out;
  }

  result<job_id> submit_mine() {
    wms::submit x;
    x.who = alice();
    x.request = "r" + std::to_string(++requests);
    x.jdl = R"([ Executable = "/bin/sleep"; Arguments = "3"; VirtualOrganisation = "biomed"; ])";
    x.delegation = "mine";
    auto y = ask_role<role::wms, wms::submitted>(x, 2s);
    return y ? result<job_id>{y->job} : result<job_id>{y.why()};
  }

  result<lb::job_status> seen_by(const principal& who, const job_id& job) {
    return ask_role<role::lb, lb::job_status>(lb::get_status{who, job}, 100ms);
  }

  std::size_t payloads_with_a_proxy() {
    std::size_t n = 0;
    for (const auto& [name, site] : sites)
      n += site.facts->proxies.size();
    return n;
  }

  a_delegation given{gsi::instant{std::chrono::hours{24 * 365 * 36}}};
  gsi::credential kept = given.proxy(2h);
  int requests = 0;
};

BOOST_FIXTURE_TEST_CASE(a_payload_has_its_owners_proxy, with_owners) {
  auto job = submit_mine();
  BOOST_REQUIRE_MESSAGE(job, (job ? "" : job.why().text));
  advance(20s);
  auto x = seen_by(alice(), *job);
  BOOST_REQUIRE(x);
  BOOST_TEST((x->state == lb::job_state::done));
  BOOST_TEST((x->code == lb::done_code::ok));
  BOOST_TEST(x->owner == alice().subject);
  BOOST_TEST(x->vo == "biomed");
  BOOST_TEST((x->proxy_ends == given.now + 2h));
  BOOST_TEST(payloads_with_a_proxy() == 1u);
}

BOOST_FIXTURE_TEST_CASE(others_see_what_the_owner_lets_them_see, with_owners) {
  auto job = submit_mine();
  BOOST_REQUIRE(bool(job));
  BOOST_TEST((seen_by(bob(), *job).why().code == errc::denied));
  auto acl = "<gacl><entry><person><dn>/DC=example/CN=bob</dn></person><allow><read/></allow>"
             "</entry></gacl>";
  BOOST_REQUIRE((ask_role<role::wms, wms::acl_set>(wms::set_acl{alice(), *job, acl}, 1s)));
  advance(1s);
  BOOST_TEST(bool(seen_by(bob(), *job)));
  auto output = ask_role<role::wms, wms::output_files>(wms::list_output{bob(), *job}, 1s);
  BOOST_TEST(bool(output));
  auto no = ask_role<role::wms, wms::cancel_taken>(wms::cancel{bob(), *job, ""}, 1s);
  BOOST_TEST((no.why().code == errc::denied));
}

BOOST_FIXTURE_TEST_CASE(an_expired_proxy_starts_nothing_and_the_status_says_why, with_owners) {
  trusted = given.believers();
  kept = given.proxy(60s);
  for (auto name : {"ral.example", "infn.example"})
    net.cut(host("cern.example"), host(name)); // the hand-over waits in the outbox
  auto job = submit_mine();
  BOOST_REQUIRE_MESSAGE(job, (job ? "" : job.why().text));
  advance(90s);
  for (auto name : {"ral.example", "infn.example"})
    net.heal(host("cern.example"), host(name));
  advance(60s);
  auto x = seen_by(alice(), *job);
  BOOST_REQUIRE(x);
  BOOST_TEST((x->state == lb::job_state::aborted), word(x->state));
  BOOST_TEST(x->reason.find("proxy") != std::string::npos, x->reason);
  BOOST_TEST(payloads_with_a_proxy() == 0u);
  for (const auto& [name, site] : sites)
    BOOST_TEST(site.facts->payloads.empty(), name);
}

} // namespace
} // namespace trellis
