/// Jobs through the WMS of a whole node on the virtual clock: what users, CEs and L&B see.
#include "tests/actors/wms/small_grid.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis::wms {
namespace {

using namespace std::chrono_literals;
using enum ce::attempt_state;
using ce::failure_class;
using report_t = wms::report;

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

// --- submission ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_repeated_submission_has_the_first_answer) {
  add_ce("ral.example", 4);
  auto first = try_submit(R"([ Executable = "/bin/true"; ])", alice, "r1");
  auto again = try_submit(R"([ Executable = "/bin/true"; ])", alice, "r1");
  BOOST_REQUIRE(first && again);
  BOOST_TEST(first->job.text() == again->job.text());
  power_cut();
  again = try_submit(R"([ Executable = "/bin/true"; ])", alice, "r1");
  BOOST_REQUIRE(again);
  BOOST_TEST(first->job.text() == again->job.text());
  auto other = try_submit(R"([ Executable = "/bin/true"; ])", bob, "r1"); // bob's own r1
  BOOST_REQUIRE(other);
  BOOST_TEST(first->job.text() != other->job.text());
  BOOST_TEST(registered_jobs.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_limited_proxy_submits_nothing) {
  auto who = alice;
  who.capabilities = {"limited"};
  auto refused = try_submit(R"([ Executable = "/bin/true"; ])", who, "r1");
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.why().code == errc::denied);
  BOOST_TEST(refused.why().text.find("limited proxies may not submit") != std::string::npos);
  BOOST_TEST(registered_jobs.empty());
}

/// The JDL's own word is nobody's: it would make a member of any VO of whoever has a certificate.
BOOST_AUTO_TEST_CASE(who_is_of_no_vo_submits_nothing) {
  auto who = alice;
  who.vo.clear();
  who.fqans.clear();
  for (auto kind : {principal_kind::x509, principal_kind::token}) {
    who.kind = kind;
    for (const auto* jdl : {R"([ Executable = "/bin/true"; ])",
                            R"([ Executable = "/bin/true"; VirtualOrganisation = "biomed"; ])"}) {
      auto refused = try_submit(jdl, who, "r1");
      BOOST_REQUIRE(!refused);
      BOOST_CHECK(refused.why().code == errc::denied);
      BOOST_TEST(refused.why().text.find("is of no VO") != std::string::npos);
    }
  }
  BOOST_TEST(registered_jobs.empty());
}

BOOST_AUTO_TEST_CASE(two_submissions_at_once_with_one_request_are_one_job) {
  submit x{alice, "same", R"([ Executable = "/bin/true"; ])"};
  auto one = self->request(broker, caf::infinite, x);
  auto two = self->request(broker, caf::infinite, x);
  advance(1s);
  std::set<std::string> jobs;
  auto take = [&](const submitted& y) { jobs.insert(y.job.text()); };
  auto no = [](const caf::error&) { BOOST_ERROR("refused"); };
  one.receive(take, no);
  two.receive(take, no);
  BOOST_TEST(jobs.size() == 1u);
  BOOST_TEST(registered_jobs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_bad_jdl_is_refused_with_all_its_problems) {
  auto x = try_submit("[ RetryCount = -5; Requirements = 7 +; ]", alice, "r");
  BOOST_REQUIRE(!x);
  BOOST_CHECK(x.why().code == errc::usage);
  x = try_submit(R"([ RetryCount = -5; CpuNumber = "x"; ])", alice, "r");
  BOOST_REQUIRE(!x);
  BOOST_CHECK(x.why().code == errc::usage);
  BOOST_TEST(std::count(x.why().text.begin(), x.why().text.end(), '\n') >= 1);
  BOOST_TEST(engine->size(storage::family::wms_jobs) == 0u);
}

BOOST_AUTO_TEST_CASE(nobody_submits_and_a_dry_run_leaves_nothing) {
  principal nobody;
  auto x = try_submit(R"([ Executable = "/bin/true"; ])", nobody, "r");
  BOOST_REQUIRE(!x);
  BOOST_CHECK(x.why().code == errc::unauthenticated);
  submit dry{alice, "r", R"([ Executable = "/bin/true"; ])", true, true};
  BOOST_TEST(bool(ask<submitted>(broker, dry)));
  BOOST_TEST(engine->size(storage::family::wms_jobs) == 0u);
  BOOST_TEST(registered_jobs.empty());
}

BOOST_AUTO_TEST_CASE(a_job_that_lb_does_not_take_never_was) {
  add_ce("ral.example", 4);
  lb_up = false;
  auto x = try_submit(R"([ Executable = "/bin/true"; ])", alice, "r");
  BOOST_REQUIRE(!x);
  BOOST_CHECK(x.why().code == errc::site_unreachable);
  BOOST_TEST(x.why().text.find("cern.example") != std::string::npos);
  BOOST_TEST(engine->size(storage::family::wms_jobs) == 0u);
  BOOST_TEST(engine->size(storage::family::wms_requests) == 0u);
  lb_up = true;
  BOOST_TEST(bool(try_submit(R"([ Executable = "/bin/true"; ])", alice, "r")));
}

BOOST_AUTO_TEST_CASE(a_job_whose_registration_was_cut_off_is_registered_after_the_restart) {
  auto& ral = add_ce("ral.example", 4);
  submit x{alice, "r", R"([ Executable = "/bin/true"; ])"};
  self->send(broker, x);
  // Run until the rows are on disk and no further.
  while (engine->size(storage::family::wms_jobs) == 0u)
    if (!scheduler.try_run_once())
      BOOST_REQUIRE(scheduler.trigger_timeout());
  BOOST_REQUIRE(registered_jobs.empty());
  power_cut();
  advance(2s);
  BOOST_TEST(registered_jobs.size() == 1u);
  BOOST_TEST(ral.hand_overs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(input_is_sent_in_pieces_and_the_job_starts_when_all_is_there) {
  auto& ral = add_ce("ral.example", 4);
  auto x = try_submit(
      R"([ Executable = "run.sh"; InputSandbox = {"/home/alice/run.sh", "data"}; ])", alice, "r");
  BOOST_REQUIRE(x);
  BOOST_CHECK(x->upload == (std::vector<std::string>{"run.sh", "data"}));
  auto job = x->job;
  BOOST_CHECK(phase(job) == job_phase::registered);
  auto put
      = [&](const std::string& file, std::uint64_t offset, const std::string& bytes, bool last) {
          chunk piece{offset, bytes, crc32(bytes), 6, last};
          return ask<input_taken>(broker, put_input{alice, job, file, piece, file == "run.sh"});
        };
  BOOST_TEST(put("run.sh", 0, "abc", false)->size == 3u);
  BOOST_TEST(put("run.sh", 0, "abc", false)->size == 3u); // a repeat
  BOOST_TEST(put("run.sh", 5, "x", false)->size == 3u);   // a gap: go on from 3
  BOOST_TEST(put("run.sh", 3, "def", true)->size == 6u);
  BOOST_TEST(!put("else", 0, "x", true));
  chunk broken{0, "xyz", 1, 3, true};
  BOOST_TEST(!ask<input_taken>(broker, put_input{alice, job, "data", broken, false}));
  auto early = ask<started>(broker, start{alice, job});
  BOOST_REQUIRE(!early);
  BOOST_TEST(early.why().text.find("data") != std::string::npos);
  BOOST_TEST(put("data", 0, "12", true)->size == 2u);
  BOOST_TEST(bool(ask<started>(broker, start{alice, job})));
  BOOST_TEST(!ask<started>(broker, start{alice, job}));
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 1u);
  const auto& input = ral.last().what.input;
  BOOST_REQUIRE_EQUAL(input.size(), 2u);
  BOOST_TEST(input[1].name == "run.sh");
  BOOST_TEST(input[1].executable);
  BOOST_TEST(input[1].size == 6u);
  auto at_ral = person("ral.example"), at_infn = person("infn.example");
  at_ral.kind = at_infn.kind = principal_kind::node;
  auto piece = ask<chunk>(broker, read_input{ral.last().attempt, "run.sh", 2, 100, at_ral});
  BOOST_REQUIRE(piece);
  BOOST_TEST(piece->bytes == "cdef");
  auto old = ral.last().attempt;
  ++old.number;
  BOOST_TEST(!ask<chunk>(broker, read_input{old, "run.sh", 0, 100, at_ral}));
  auto elsewhere = ask<chunk>(broker, read_input{ral.last().attempt, "run.sh", 0, 100, at_infn});
  BOOST_CHECK(elsewhere.why().code == errc::denied);
  at_ral.kind = principal_kind::local_user;
  auto a_user = ask<chunk>(broker, read_input{ral.last().attempt, "run.sh", 0, 100, at_ral});
  BOOST_CHECK(a_user.why().code == errc::denied);
  BOOST_TEST(!put("data", 2, "34", true)); // it is on its way
}

BOOST_AUTO_TEST_CASE(an_operator_sees_which_jobs_have_an_actor) {
  add_ce("ral.example", 4);
  submit_job(R"([ Executable = "/bin/x"; Requirements = other.Memory > 2000; ])");
  auto job = submit_job();
  advance(1s);
  auto few = ask<node::actor_rows>(broker, supervision::get_children{"wms", false});
  BOOST_REQUIRE(few);
  BOOST_REQUIRE_EQUAL(few->actors.size(), 1u);
  BOOST_TEST(few->actors[0].path == "wms/*");
  BOOST_TEST(few->actors[0].state == "1 with an actor"); // one that waits is a row alone
  auto each = ask<node::actor_rows>(broker, supervision::get_children{"wms", true});
  BOOST_REQUIRE(each);
  BOOST_REQUIRE_EQUAL(each->actors.size(), 2u);
  BOOST_TEST(each->actors[1].path == "wms/" + job.text());
  BOOST_TEST(each->actors[1].state == "handed over");
}

// --- whose job it is -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_the_owner_and_operators_act_on_a_job) {
  add_ce("ral.example", 4);
  auto job = submit_job();
  BOOST_CHECK(cancel_job(job, bob).why().code == errc::denied);
  BOOST_CHECK(ask<explanation>(broker, why{bob, job}).why().code == errc::denied);
  BOOST_CHECK(ask<output_files>(broker, list_output{bob, job}).why().code == errc::denied);
  BOOST_CHECK(ask<wms::purged>(broker, purge{bob, job}).why().code == errc::denied);
  BOOST_TEST(bool(ask<explanation>(broker, why{boss, job})));
  BOOST_TEST(bool(cancel_job(job, boss)));
  auto nowhere = *job_id::parse("https://cern.example:9000/0123456789012345678901");
  BOOST_CHECK(cancel_job(nowhere, alice).why().code == errc::not_found);
}

// --- resubmission --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_job_goes_on_elsewhere_until_its_limit) {
  auto& ral = add_ce("ral.example", 4);
  auto& infn = add_ce("infn.example", 4);
  auto job = submit_job(R"([ Executable = "/bin/x"; RetryCount = 1; ShallowRetryCount = 1;
      Rank = other.GlueCEInfoHostName == "ral.example" ? 1 : 0; ])");
  advance(1s);
  report(ral, ral.last().attempt, done_failed, failure_class::before_payload);
  advance(1s);
  BOOST_REQUIRE_EQUAL(infn.hand_overs.size(), 1u);
  BOOST_TEST(infn.last().attempt.number == 2u);
  BOOST_TEST(row(job).shallow == 1u);
  BOOST_TEST(ral.releases.size() == 1u);
  report(infn, infn.last().attempt, really_running);
  report(infn, infn.last().attempt, done_failed, failure_class::after_payload);
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 2u); // both failed it: all are asked again
  BOOST_TEST(row(job).deep == 1u);
  report(ral, ral.last().attempt, really_running);
  report(ral, ral.last().attempt, done_failed, failure_class::after_payload);
  advance(1s);
  BOOST_CHECK(phase(job) == job_phase::aborted);
  BOOST_TEST(row(job).last_error == "hit job retry count (1)");
  BOOST_TEST(count(job, "Resubmission") == 2u);
  BOOST_TEST(count(job, "Abort") == 1u);
}

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_where_it_was_not_granted) {
  config.grant_in_advance = false;
  power_cut();
  auto& ral = add_ce("ral.example", 4);
  auto job = submit_job();
  advance(1s);
  BOOST_CHECK(ral.last().token == ce::token_mode::ask);
  letter_from(ral, ask_token{ral.last().attempt});
  BOOST_REQUIRE_EQUAL(ral.answers.size(), 1u);
  BOOST_TEST(ral.answers.back().granted);
  BOOST_CHECK(row(job).token == token_state::taken);
  power_cut();
  letter_from(ral, ask_token{ral.last().attempt});
  BOOST_TEST(ral.answers.back().granted); // the same attempt hears the same
  auto other = ral.last().attempt;
  ++other.number;
  letter_from(ral, ask_token{other});
  BOOST_TEST(!ral.answers.back().granted);
  ce::attempt_id strange{*job_id::parse("https://cern.example:9000/0123456789012345678901"), 1};
  letter_from(ral, ask_token{strange});
  BOOST_TEST(!ral.answers.back().granted);
  BOOST_TEST(ral.unacknowledged.empty());
}

// --- cancel --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_idle_job_is_cancelled_at_once) {
  auto job = submit_job();
  BOOST_TEST(bool(cancel_job(job, alice)));
  BOOST_CHECK(phase(job) == job_phase::cancelled);
  BOOST_TEST(!cancel_job(job, alice));
  auto& ral = add_ce("ral.example", 4);
  advance(10s);
  BOOST_TEST(ral.hand_overs.empty());
}

BOOST_AUTO_TEST_CASE(a_running_job_is_cancelled_by_its_ce) {
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job();
  advance(1s);
  report(ral, ral.last().attempt, really_running);
  BOOST_TEST(bool(cancel_job(job, alice)));
  auto again = cancel_job(job, alice);
  BOOST_REQUIRE(!again);
  BOOST_TEST(again.why().text.find("already been requested") != std::string::npos);
  BOOST_REQUIRE_EQUAL(ral.cancels.size(), 1u);
  power_cut(); // the cancel outlives it
  report(ral, ral.last().attempt, cancelled);
  BOOST_CHECK(phase(job) == job_phase::cancelled);
  BOOST_TEST(ral.releases.size() == 1u);
  BOOST_TEST(ral.hand_overs.size() == 1u);
}

// --- who is next, and why not --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(users_take_turns) {
  for (int i = 0; i < 20; ++i)
    submit_job();
  for (int i = 0; i < 4; ++i)
    BOOST_REQUIRE(try_submit(R"([ Executable = "/bin/x"; ])", bob, fmt::format("b{}", i)));
  auto& ral = add_ce("ral.example", 6);
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 9u);
  auto of_bob = std::count_if(ral.hand_overs.begin(), ral.hand_overs.end(),
                              [&](const auto& x) { return x.who.subject == bob.subject; });
  BOOST_TEST(of_bob == 4);
}

BOOST_AUTO_TEST_CASE(a_slot_that_is_freed_is_used_at_once) {
  auto& ral = add_ce("ral.example", 1);
  for (int i = 0; i < 5; ++i)
    submit_job();
  advance(1s);
  BOOST_REQUIRE_EQUAL(ral.hand_overs.size(), 3u);
  report(ral, ral.hand_overs.front().attempt, done_ok);
  BOOST_TEST(ral.hand_overs.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_job_that_nothing_fits_says_so_once_and_explains_itself) {
  add_ce("ral.example", 1, "Memory = 100;");
  add_ce("infn.example", 1);
  auto job = submit_job(R"([ Executable = "/bin/x"; Requirements = other.Memory > 2000; ])");
  advance(50min);
  BOOST_TEST(count(job, "Pending") == 1u);
  auto x = ask<explanation>(broker, why{alice, job});
  BOOST_REQUIRE(x);
  BOOST_TEST(x->state == "idle");
  BOOST_TEST(x->waits_for == "a CE that fits its Requirements");
  BOOST_TEST(x->last_error == "BrokerHelper: no compatible resources");
  BOOST_TEST(x->now.considered == 2u);
  BOOST_TEST(x->now.ces.empty());
  BOOST_TEST(x->shares.size() == 3u);
  auto clause = std::find_if(x->now.clauses.begin(), x->now.clauses.end(),
                             [](const auto& y) { return y.clause.find("2000") != y.clause.npos; });
  BOOST_REQUIRE(clause != x->now.clauses.end());
  BOOST_TEST(clause->excludes == 1u);
  BOOST_TEST(clause->undefined == 1u);
  // What fits later is taken then, without another word of the user.
  advertise(ces.at("infn.example"), 1, "Memory = 4000;");
  advance(1s);
  BOOST_TEST(ces.at("infn.example").hand_overs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(list_match_names_the_ces_best_first) {
  add_ce("ral.example", 1, "Speed = 1;");
  add_ce("infn.example", 1, "Speed = 2;");
  auto x = ask<matches>(broker,
                        list_match{alice, R"([ Executable = "/bin/x"; Rank = other.Speed; ])"});
  BOOST_REQUIRE(x);
  BOOST_REQUIRE_EQUAL(x->ces.size(), 2u);
  BOOST_TEST(x->ces[0].ce.find("infn") == 0u);
  BOOST_TEST(registered_jobs.empty());
}

BOOST_AUTO_TEST_CASE(a_job_that_waits_too_long_expires) {
  config.jdl.expiry_period_s = 600;
  power_cut();
  auto job = submit_job();
  advance(9min);
  BOOST_CHECK(phase(job) == job_phase::idle);
  power_cut();
  advance(2min);
  BOOST_CHECK(phase(job) == job_phase::aborted);
  BOOST_TEST(row(job).last_error == "request expired");
}

// --- the output ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_output_is_fetched_over_broken_links_and_restarts) {
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job(
      R"([ Executable = "/bin/x"; StdOutput = "out"; OutputSandbox = {"out", "log"}; ])");
  advance(1s);
  ral.files["out"] = std::string(5'000, 'o');
  ral.files["log"] = "";
  report(ral, ral.last().attempt, really_running);
  auto live = ask<chunk>(broker, read_output{alice, job, "out", 4'990, 100});
  BOOST_REQUIRE(live);
  BOOST_TEST(live->bytes.size() == 10u); // while it runs
  link_down(ral);
  auto dark = ask<chunk>(broker, read_output{alice, job, "out", 0, 100});
  BOOST_CHECK(dark.why().code == errc::site_unreachable);
  link_up(ral);
  ral.unacknowledged.clear();
  ral.up = true;
  report(ral, ral.last().attempt, done_ok, failure_class::none,
         {
             {"out", 5'000, false},
             {"log", 0,     false}
  });
  BOOST_CHECK(phase(job) == job_phase::done || phase(job) == job_phase::pulling);
  advance(5s);
  BOOST_CHECK(phase(job) == job_phase::done);
  auto there = ask<output_files>(broker, list_output{alice, job});
  BOOST_REQUIRE(there);
  BOOST_REQUIRE_EQUAL(there->files.size(), 2u);
  BOOST_TEST(there->files[1].size == 5'000u);
}

BOOST_AUTO_TEST_CASE(an_unreachable_ce_keeps_the_output_until_it_is_fetched) {
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job(R"([ Executable = "/bin/x"; OutputSandbox = {"out"}; ])");
  advance(1s);
  ral.files["out"] = "precious";
  auto attempt = ral.last().attempt;
  ce::attempt_facts facts;
  facts.state = done_ok;
  facts.at = ce::moment{std::chrono::seconds{1}};
  facts.output = {
      {"out", 8, false}
  };
  link::parcel p{
      "ce birth",
      "ce inc",
      {role::wms, here, 0},
      ral.next++,
      crossing_of<report_t>().id,
      wire::encode(report_t{attempt,         facts      }
      )
  };
  self->send(post, post::arrived{ral.host, ral.connection, {p}, {}});
  ral.up = false;
  advance(2h);
  BOOST_CHECK(phase(job) == job_phase::pulling);
  BOOST_TEST(ral.releases.empty());
  auto x = ask<explanation>(broker, why{alice, job});
  BOOST_REQUIRE(x);
  BOOST_TEST(x->state == "fetching output");
  BOOST_TEST(x->last_error.find("no link to ral.example") != std::string::npos);
  power_cut();
  advance(1min);
  link_up(ral);
  advance(2min);
  BOOST_CHECK(phase(job) == job_phase::done);
  BOOST_TEST(ral.releases.size() == 1u);
}

BOOST_AUTO_TEST_CASE(output_that_its_ce_lost_makes_the_job_run_again) {
  auto& ral = add_ce("ral.example", 1);
  auto job = submit_job(R"([ Executable = "/bin/x"; OutputSandbox = {"out"}; ])");
  advance(1s);
  report(ral, ral.last().attempt, done_ok, failure_class::none,
         {
             {"out", 8, false}
  });
  advance(2s);
  BOOST_TEST(row(job).deep == 1u);
  BOOST_TEST(row(job).last_error.find("Cannot upload") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::wms
