/// What a WMS does when CEs fall silent and when its own power fails.
#include "tests/actors/wms/small_grid.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis::wms {
namespace {

using namespace std::chrono_literals;
using enum ce::attempt_state;
using ce::failure_class;
using report_t = wms::report;

BOOST_FIXTURE_TEST_SUITE(a_wms_in_trouble, small_grid)

// --- leases -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_call_renews_all_leases_of_a_ce) {
  auto& ral = add_ce("ral.example", 10);
  for (int i = 0; i < 5; ++i)
    submit_job();
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 5u);
  advance(10min);
  BOOST_TEST(ral.renewals >= 9u);
  BOOST_TEST(ral.renewals <= 12u);
}

BOOST_AUTO_TEST_CASE(a_lost_contact_is_no_failure_until_lease_and_skew_are_over) {
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job(R"([ Executable = "/bin/x"; LeaseTime = 600; ])");
  advance(1s);
  report(ral, ral.last().attempt, really_running);
  advance(5min);
  link_down(ral);
  advance(2min);
  BOOST_CHECK(phase(job) == job_phase::lost_contact);
  BOOST_TEST(count(job, "Remark") == 1u);
  auto& infn = add_ce("infn.example", 1);
  advance(11min); // 13 minutes of silence; lease and allowed skew are 15
  BOOST_CHECK(phase(job) == job_phase::lost_contact);
  BOOST_TEST(infn.hand_overs.empty());
  advance(3min);
  BOOST_REQUIRE_EQUAL(infn.hand_overs.size(), 1u);
  BOOST_TEST(row(job).deep == 1u);

  // Back again, with what it had: it is told to end it, and its words change nothing.
  link_up(ral);
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.cancels.size(), 1u);
  BOOST_TEST(ral.cancels.front().attempt.number == 1u);
  auto answer = ask<inventory_answer>(broker, inventory{
                                                  ral.host, {{job, 1}, {job, 2}}
  });
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->stale.size() == 2u); // attempt 2 is not at ral
  report(ral, {job, 1}, really_running);
  BOOST_TEST(row(job).attempt == 2u);
  BOOST_CHECK(phase(job) == job_phase::handed_over);
}

BOOST_AUTO_TEST_CASE(a_contact_that_comes_back_in_time_changes_nothing) {
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job(R"([ Executable = "/bin/x"; LeaseTime = 600; ])");
  advance(1s);
  report(ral, ral.last().attempt, really_running);
  link_down(ral);
  advance(3min);
  BOOST_CHECK(phase(job) == job_phase::lost_contact);
  link_up(ral);
  advance(2min);
  BOOST_CHECK(phase(job) == job_phase::running);
  advance(1h);
  BOOST_CHECK(phase(job) == job_phase::running);
  BOOST_TEST(ral.hand_overs.size() == 1u);
  report(ral, ral.last().attempt, done_ok);
  BOOST_CHECK(phase(job) == job_phase::done);
}

BOOST_AUTO_TEST_CASE(a_hand_over_that_never_arrived_is_given_up_after_its_lease) {
  auto& ral = add_ce("ral.example", 1);
  link_down(ral);
  auto job = submit_job(R"([ Executable = "/bin/x"; LeaseTime = 600; ])");
  advance(1s);
  BOOST_CHECK(phase(job) == job_phase::handed_over);
  auto& infn = add_ce("infn.example", 1);
  advance(14min);
  BOOST_TEST(infn.hand_overs.empty());
  advance(3min);
  BOOST_REQUIRE_EQUAL(infn.hand_overs.size(), 1u);
  link_up(ral);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 1u); // late; its valid_until says so, and the cancel
  BOOST_CHECK(ral.hand_overs.front().valid_until < ctx.clock.wall(scheduler.clock().now()));
  BOOST_TEST(ral.cancels.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_ce_that_forgot_an_attempt_is_not_waited_for_without_end) {
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job(R"([ Executable = "/bin/x"; LeaseTime = 600; ])");
  advance(1s);
  report(ral, ral.last().attempt, really_running);
  ral.unknown.insert(ral.last().attempt);
  advance(5min);
  BOOST_CHECK(phase(job) == job_phase::lost_contact);
  advance(15min);
  BOOST_TEST(row(job).deep == 1u);
}

// --- restarts -----------------------------------------------------------------------------------

/// The letter in which a CE reports this state.
link::parcel letter_saying(const ce::attempt_id& attempt, ce::attempt_state state,
                           std::vector<sandbox_file> output, std::uint64_t number,
                           const host_name& wms) {
  report_t what;
  what.attempt = attempt;
  what.facts.state = state;
  what.facts.at = ce::moment{std::chrono::seconds{1'160'000'000}};
  what.facts.output = std::move(output);
  what.facts.exit_code = 0;
  return {
      "ce birth",        "ce inc", {role::wms, wms, 0},
               number, crossing_of<report_t>().id,
      wire::encode(what)
  };
}

BOOST_AUTO_TEST_CASE(a_power_cut_after_any_message_loses_and_doubles_nothing) {
  for (int cut = 0; cut < 400; ++cut) {
    BOOST_TEST_CONTEXT("power cut after " << cut << " messages") {
      small_grid grid;
      auto& ral = grid.add_ce("ral.example", 2);
      ral.files["out"] = "hello\n";
      int left = cut;
      auto cut_off = false;
      // One message at a time, until the power goes.
      auto until = [&](auto reached) {
        auto end = grid.scheduler.clock().now() + 90s;
        while (!reached() && grid.scheduler.clock().now() < end) {
          if (!cut_off && left-- == 0) {
            cut_off = true;
            grid.power_cut();
            grid.advertise(ral, 2);
          }
          if (!grid.scheduler.try_run_once() && !grid.scheduler.trigger_timeout())
            break;
        }
        return reached();
      };
      submit x{grid.alice, "r", R"([ Executable = "/bin/x"; StdOutput = "out";
                                     OutputSandbox = {"out"}; ])"};
      caf::anon_send(grid.broker, x);
      if (!until([&] { return !ral.hand_overs.empty(); })) {
        // The submission itself was cut off: the client asks again.
        BOOST_TEST(grid.registered_jobs.size() <= 1u);
        caf::anon_send(grid.broker, x);
        BOOST_REQUIRE(until([&] { return !ral.hand_overs.empty(); }));
      }
      auto attempt = ral.hand_overs.front().attempt;
      auto say = [&](ce::attempt_state state, std::vector<sandbox_file> output = {}) {
        auto p = letter_saying(attempt, state, std::move(output), ral.next++, grid.here);
        ral.unacknowledged.push_back(p);
        grid.self->send(grid.post, post::arrived{ral.host, ral.connection, {p}, {}});
        until([&] { return ral.unacknowledged.empty(); });
      };
      say(running);
      say(really_running);
      say(done_ok, {
                       {"out", 6, false}
      });
      BOOST_REQUIRE(until([&] { return !ral.releases.empty(); }));
      grid.advance(1min);
      BOOST_TEST(ral.hand_overs.size() == 1u);
      BOOST_CHECK(grid.phase(attempt.job) == job_phase::done);
      BOOST_TEST(grid.registered_jobs.size() == 1u);
      for (auto once : {"RegJob", "Match", "Running", "ReallyRunning", "Done"})
        BOOST_TEST(grid.count(attempt.job, once) == 1u,
                   once << " in: " << grid.history(attempt.job));
      if (!cut_off)
        return; // the whole life is shorter than this
    }
  }
  BOOST_ERROR("the walk never came to the end of the job's life");
}

BOOST_AUTO_TEST_CASE(idle_jobs_come_back_in_their_order) {
  std::vector<job_id> jobs;
  for (int i = 0; i < 5; ++i)
    jobs.push_back(submit_job());
  power_cut();
  auto& ral = add_ce("ral.example", 1);
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 3u); // its slot and a small queue
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(ral.hand_overs[i].attempt.job.text() == jobs[i].text());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::wms
