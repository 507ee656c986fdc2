/// What a WMS does not take, how much it takes, and how long it keeps it.
#include "tests/actors/wms/small_grid.hpp"

namespace trellis::wms {

using namespace std::chrono_literals;
using storage::family;

BOOST_FIXTURE_TEST_SUITE(limits_of_a_wms, small_grid)

BOOST_AUTO_TEST_CASE(what_would_be_left_out_in_silence_is_refused_by_name_and_place) {
  struct {
    const char* jdl;
    const char* says;
  } lines[] = {
      {R"([ Executable = "/bin/x"; OutputSandbox = {"o"};
            OutputSandboxDestURI = {"gsiftp://se.example/o"}; ])",
       "line 2, column 36: OutputSandboxDestURI: is not served"      },
      {R"([ Executable = "/bin/x"; OutputSandbox = {"o"};
            OutputSandboxBaseDestURI = "https://se.example/d"; ])",
       "line 2, column 40: OutputSandboxBaseDestURI: is not served"  },
      {R"([ Executable = "/bin/x"; InputSandbox = {"gsiftp://se.example/i"}; ])",
       "InputSandbox: 'gsiftp://se.example/i' is not on your machine"},
      {R"([ Executable = "/bin/x"; InputSandbox = {"i"};
            InputSandboxBaseURI = "gsiftp://se.example/d"; ])",
       "InputSandboxBaseURI: is not served"                          },
      {R"([ Type = "collection"; Nodes = { [ Executable = "/bin/x"; ] }; ])",
       "Type: asks for several jobs in one"                          },
      {R"([ Executable = "/bin/x"; JobType = "Parametric"; Parameters = 3; ])",
       "JobType: asks for several jobs in one"                       },
  };

  for (const auto& x : lines) {
    auto y = try_submit(x.jdl, alice, "r");
    BOOST_REQUIRE(!y);
    BOOST_CHECK(y.why().code == errc::usage);
    BOOST_TEST(y.why().text.find(x.says) != std::string::npos,
               "'" << y.why().text << "' does not say: " << x.says);
  }
  BOOST_TEST(jdl::parse_job(lines[0].jdl).problems.empty()); // valid JDL all the same
  BOOST_TEST(bool(
      try_submit(R"([ Executable = "/bin/x"; InputSandbox = {"file:///tmp/i"}; ])", alice, "r")));
}

BOOST_AUTO_TEST_CASE(an_input_sandbox_has_its_limit_as_a_whole) {
  config.max_input_bytes = 10;
  config.max_output_bytes = 77;
  power_cut();
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job(R"([ Executable = "/bin/x"; InputSandbox = {"a", "b"}; ])");
  auto put = [&](const std::string& file, std::uint64_t offset, const std::string& bytes) {
    chunk piece{offset, bytes, crc32(bytes), 0, false};
    return ask<input_taken>(broker, put_input{alice, job, file, piece, false});
  };
  BOOST_TEST(bool(put("a", 0, "123456")));
  BOOST_TEST(bool(put("a", 0, "123456")));
  BOOST_CHECK(put("b", 0, "12345").why().code == errc::usage);
  BOOST_TEST(bool(put("b", 0, "1234")));
  BOOST_CHECK(put("a", 6, "7").why().code == errc::usage);
  BOOST_TEST(bool(ask<started>(broker, start{alice, job})));
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 1u);
  BOOST_TEST(ral.last().what.max_output_bytes == 77u);
}

BOOST_AUTO_TEST_CASE(a_job_that_asks_for_the_time_is_tried_again) {
  auto& ral = add_ce("ral.example", 1);
  submit_job(R"([ Executable = "/bin/x"; Requirements = time() > 1160002400; ])");
  advance(39min);
  BOOST_TEST(ral.hand_overs.empty());
  advance(config.match_retry + 2min); // no CE has said anything new
  BOOST_TEST(ral.hand_overs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_over_is_cleared_and_then_forgotten) {
  config.keep = {2h, 1h, 1h};
  config.purge_every = 10min;
  power_cut();
  auto& ral = add_ce("ral.example", 1);
  auto over = submit_job();
  advance(1s);
  ral.files["out"] = "o";
  report(ral, ral.last().attempt, ce::attempt_state::done_ok, ce::failure_class::none,
         {
             {"out", 1, false}
  });
  advance(1s);
  BOOST_REQUIRE(phase(over) == job_phase::done);
  auto waiting = submit_job(R"([ Executable = "/bin/x"; Requirements = other.Speed > 1; ])");
  auto given_up = submit_job(R"([ Executable = "/bin/x"; Requirements = other.Speed > 1; ])");
  BOOST_TEST(bool(cancel_job(given_up, alice)));
  power_cut();
  advance(50min);
  BOOST_CHECK(phase(given_up) == job_phase::cancelled);
  advance(30min);
  BOOST_CHECK(phase(given_up) == job_phase::cleared);
  BOOST_CHECK(phase(over) == job_phase::done);
  BOOST_TEST(!config.sandbox->list(over, side::output)->empty());
  advance(50min);
  BOOST_CHECK(phase(over) == job_phase::cleared);
  BOOST_TEST(config.sandbox->list(over, side::output)->empty());
  BOOST_TEST(count(over, "Clear") == 1u);
  advance(80min);
  BOOST_CHECK(phase(waiting) == job_phase::idle);
  BOOST_TEST(engine->size(family::wms_jobs) == 2u); // terms and state of the one that waits
  BOOST_TEST(engine->size(family::wms_requests) == 1u);
  BOOST_TEST(count(over, "Clear") == 1u); // L&B keeps its history
  BOOST_CHECK(cancel_job(over, alice).why().code == errc::not_found);
  letter_from(ral, ask_token{
                       {over, 1}
  });
  BOOST_TEST(!ral.answers.back().granted);
}

BOOST_AUTO_TEST_CASE(many_old_jobs_go_some_at_a_time) {
  config.keep = {2h, 1h, 1h};
  power_cut();
  for (int i = 0; i < 1'200; ++i)
    BOOST_REQUIRE(bool(cancel_job(submit_job(), alice)));
  advance(4h);
  BOOST_TEST(engine->size(family::wms_jobs) == 0u);
  BOOST_TEST(engine->size(family::wms_requests) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(what_is_not_over_stays_whatever_its_age) {
  job_state x;
  for (auto phase :
       {job_phase::registering, job_phase::registered, job_phase::idle, job_phase::handed_over,
        job_phase::running, job_phase::lost_contact, job_phase::pulling}) {
    x.phase = phase;
    BOOST_CHECK(due({}, x, ce::moment{std::chrono::hours{1'000'000}}) == keeping::stay);
  }
}

} // namespace trellis::wms
