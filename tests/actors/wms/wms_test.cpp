/// Jobs through the WMS of a whole node on the virtual clock: what users, CEs and L&B see, over lost
/// links and power cuts.
#include "tests/actors/wms/small_grid.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis::wms {
namespace {

using namespace std::chrono_literals;
using enum ce::attempt_state;
using ce::failure_class;

BOOST_FIXTURE_TEST_SUITE(a_wms, small_grid)

BOOST_AUTO_TEST_CASE(a_hello_job_goes_from_submission_to_its_output) {
  auto& ral = add_ce("ral.example", 4);
  auto job = submit_job(R"([ Executable = "/bin/hostname"; StdOutput = "out.txt";
                             OutputSandbox = {"out.txt"}; ])");
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 1u);
  BOOST_TEST(ral.last().attempt.number == 1u);
  BOOST_TEST(ral.last().what.executable == "/bin/hostname");
  BOOST_TEST(ral.last().who.subject == alice.subject);
  BOOST_CHECK(ral.last().token == ce::token_mode::granted);
  BOOST_CHECK(phase(job) == job_phase::handed_over);
  BOOST_TEST(history(job) == "RegJob Accepted EnQueued DeQueued Match EnQueued DeQueued Transfer");

  report(ral, ral.last().attempt, pending);
  report(ral, ral.last().attempt, idle);
  report(ral, ral.last().attempt, running);
  BOOST_CHECK(phase(job) == job_phase::running);
  report(ral, ral.last().attempt, really_running);
  ral.files["out.txt"] = std::string(2500, 'x') + "end\n";
  report(ral, ral.last().attempt, done_ok, failure_class::none,
         {
             {"out.txt", 2504, false}
  });
  advance(1s);
  BOOST_CHECK(phase(job) == job_phase::done);
  BOOST_TEST(history(job)
             == "RegJob Accepted EnQueued DeQueued Match EnQueued DeQueued Transfer Accepted "
                "Transfer Running ReallyRunning Done");
  BOOST_TEST(ral.releases.size() == 1u);

  auto there = ask<output_files>(broker, list_output{alice, job});
  BOOST_REQUIRE(there);
  BOOST_TEST(there->final);
  BOOST_TEST(there->std_output == "out.txt");
  auto piece = ask<chunk>(broker, read_output{alice, job, "out.txt", 2500, 100});
  BOOST_REQUIRE(piece);
  BOOST_TEST(piece->bytes == "end\n");
  BOOST_TEST(piece->last);

  BOOST_TEST(bool(ask<wms::purged>(broker, purge{alice, job})));
  BOOST_TEST(bool(ask<wms::purged>(broker, purge{alice, job})));
  BOOST_CHECK(phase(job) == job_phase::cleared);
  BOOST_TEST(count(job, "Clear") == 1u);
  BOOST_TEST(!ask<chunk>(broker, read_output{alice, job, "out.txt", 0, 100}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::wms
