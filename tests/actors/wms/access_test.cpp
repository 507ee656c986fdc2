/// Jobs of their owners: who else may do what with them, and the proxies that go with them. It
/// would catch an access list that is not asked, a proxy of somebody else, and a signature for a CE
/// that does not run the job.
#include "protocols/gsi/proxy_facts.hpp"
#include "tests/actors/a_delegation.hpp"
#include "tests/actors/wms/small_grid.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis::wms {
namespace {

using namespace std::chrono_literals;

struct with_proxies : small_grid {
  with_proxies() {
    config.delegations
        = [this](const std::string& owner, const std::string& id) -> result<gsi::credential> {
      auto x = kept.find({owner, id});
      if (x == kept.end())
        return error{errc::not_found, owner + " has no delegation " + id};
      return x->second;
    };
    power_cut();
    kept.emplace(std::pair{alice.subject, std::string{"mine"}}, given.proxy(2h));
  }

  result<submitted> submit_with(const principal& who, const std::string& delegation) {
    submit x;
    x.who = who;
    x.request = fmt::format("request {}", ++requests);
    x.jdl = R"([ Executable = "/bin/hostname"; ])";
    x.delegation = delegation;
    return ask<submitted>(broker, x);
  }

  template <class Answer, class T>
  errc asked(T x) {
    auto y = ask<Answer>(broker, std::move(x));
    return y ? errc::none : y.why().code;
  }

  void let(const job_id& job, const std::string& rights) {
    auto acl = "<gacl><entry><person><dn>" + bob.subject + "</dn></person><allow>" + rights
               + "</allow></entry></gacl>";
    BOOST_REQUIRE(asked<acl_set>(set_acl{alice, job, acl}) == errc::none);
  }

  a_delegation given{gsi::instant{1'160'000'000s}};
  std::map<std::pair<std::string, std::string>, gsi::credential> kept;
};

BOOST_FIXTURE_TEST_SUITE(owners, with_proxies)

BOOST_AUTO_TEST_CASE(others_do_what_the_list_says) {
  auto& ral = add_ce("ral.example", 4);
  auto job = submit_job(
      R"([ Executable = "/bin/hostname"; StdOutput = "out"; OutputSandbox = {"out"}; ])");
  advance(1s);
  ral.files["out"] = "so far";
  auto bobs = [&] {
    std::string out;
    for (auto x : {asked<explanation>(why{bob, job}), asked<output_files>(list_output{bob, job}),
                   asked<chunk>(read_output{bob, job, "out", 0, 10}),
                   asked<acl_set>(set_acl{bob, job, ""}), asked<purged>(purge{bob, job})})
      out += x == errc::denied ? '0' : '1';
    return out;
  };
  BOOST_TEST(bobs() == "00000");
  let(job, "<list/>");
  BOOST_TEST(bobs() == "10000");
  let(job, "<read/>");
  BOOST_TEST(bobs() == "11100");
  BOOST_TEST(count(job, "ChangeACL") == 2u);
  let(job, "<read/>"); // nothing new
  BOOST_TEST(count(job, "ChangeACL") == 2u);
  power_cut();
  BOOST_TEST(bobs() == "11100");
  BOOST_CHECK(asked<cancel_taken>(cancel{bob, job, ""}) == errc::denied);
  BOOST_TEST(ral.cancels.empty());
  let(job, "<write/>");
  BOOST_TEST(bobs() == "00000");
  BOOST_CHECK(asked<cancel_taken>(cancel{bob, job, ""}) == errc::none);
  advance(1s);
  BOOST_TEST(ral.cancels.size() == 1u);
  auto shown = ask<job_acl>(broker, get_acl{alice, job});
  BOOST_REQUIRE(shown);
  BOOST_TEST(shown->owner == alice.subject);
  BOOST_TEST(shown->acl.find("<write/>") != std::string::npos);
  BOOST_CHECK(asked<job_acl>(get_acl{bob, job}) == errc::denied);
  let(job, "<admin/>");
  BOOST_TEST(bobs() == "00010"); // he took the list away with it
  BOOST_CHECK(asked<job_acl>(get_acl{bob, job}) == errc::denied);
}

BOOST_AUTO_TEST_CASE(a_list_that_cannot_be_read_is_refused) {
  auto job = submit_job();
  BOOST_CHECK(asked<acl_set>(set_acl{alice, job, "<gacl>"}) == errc::malformed);
  BOOST_CHECK(asked<acl_set>(set_acl{bob, job, ""}) == errc::denied);
  BOOST_CHECK(asked<acl_set>(set_acl{principal{}, job, ""}) == errc::unauthenticated);
  BOOST_TEST(row(job).acl == "");
}

BOOST_AUTO_TEST_CASE(an_idle_job_with_a_list_is_matched_once) {
  auto job = submit_job();
  let(job, "<list/>");
  let(job, "<read/>");
  auto& ral = add_ce("ral.example", 4);
  advance(5s);
  BOOST_TEST(ral.hand_overs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_job_goes_with_the_proxy_that_its_owner_gave) {
  auto& ral = add_ce("ral.example", 4);
  auto answer = submit_with(alice, "mine");
  BOOST_REQUIRE_MESSAGE(answer, (answer ? "" : answer.why().text));
  advance(1s);
  BOOST_REQUIRE(ral.hand_overs.size() == 1u);
  BOOST_TEST(ral.last().delegation == "mine");

  principal at_ral;
  at_ral.kind = principal_kind::node;
  at_ral.subject = "ral.example";
  auto csr = *gsi::request_delegation();
  auto got = ask<signed_proxy>(broker, sign_proxy{ral.last().attempt, csr.csr, at_ral});
  BOOST_REQUIRE_MESSAGE(got, (got ? "" : got.why().text));
  auto proxy = gsi::accept_delegation(csr.key, got->chain);
  BOOST_REQUIRE(bool(proxy));
  auto facts = gsi::facts_of(proxy->chain);
  BOOST_TEST(facts.identity == alice.subject);
  BOOST_TEST(facts.limited);
  BOOST_TEST((facts.ends == given.now + 2h));
  auto at_infn = at_ral;
  at_infn.subject = "infn.example";
  auto of = [&](const principal& who, std::uint32_t number) {
    return sign_proxy{
        {answer->job, number},
        csr.csr, who
    };
  };
  BOOST_CHECK(asked<signed_proxy>(of(at_infn, 1)) == errc::denied);
  BOOST_CHECK(asked<signed_proxy>(of(alice, 1)) == errc::denied);
  BOOST_CHECK(asked<signed_proxy>(of(at_ral, 2)) == errc::illegal_transition);
  kept.clear(); // taken back
  BOOST_CHECK(asked<signed_proxy>(of(at_ral, 1)) == errc::not_found);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_does_not_fit_is_refused_at_once) {
  auto refused = [&](const principal& who, const std::string& id) {
    auto x = submit_with(who, id);
    return x ? errc::none : x.why().code;
  };
  BOOST_CHECK(refused(alice, "other") == errc::not_found);
  BOOST_CHECK(refused(bob, "mine") == errc::not_found);
  kept.emplace(std::pair{bob.subject, std::string{"stolen"}}, given.proxy(2h));
  BOOST_CHECK(refused(bob, "stolen") == errc::denied);
  advance(3h);
  BOOST_CHECK(refused(alice, "mine") == errc::expired);
  BOOST_TEST(registered_jobs.empty());
}

BOOST_AUTO_TEST_CASE(a_job_that_waits_longer_than_its_proxy_ends_with_it) {
  auto ends = submit_with(alice, "mine");
  auto renewed = submit_with(alice, "mine");
  BOOST_REQUIRE(ends && renewed);
  advance(1h);
  BOOST_CHECK(phase(ends->job) == job_phase::idle);
  BOOST_CHECK(asked<cancel_taken>(cancel{alice, renewed->job, ""}) == errc::none);
  advance(61min);
  BOOST_CHECK(phase(ends->job) == job_phase::aborted);
  BOOST_TEST(row(ends->job).last_error == "proxy expired");
}

BOOST_AUTO_TEST_CASE(a_renewed_proxy_keeps_its_job_waiting) {
  auto job = submit_with(alice, "mine");
  BOOST_REQUIRE(job);
  advance(1h);
  kept.clear();
  kept.emplace(std::pair{alice.subject, std::string{"mine"}}, given.proxy(4h));
  advance(2h);
  BOOST_CHECK(phase(job->job) == job_phase::idle);
  advance(70min);
  BOOST_CHECK(phase(job->job) == job_phase::aborted);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::wms
