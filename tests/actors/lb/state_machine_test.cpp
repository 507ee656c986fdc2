#include "tests/actors/lb/passes.hpp"

#include <algorithm>
#include <random>

namespace lb = trellis::lb;
namespace wire = trellis::wire;
using namespace trellis::lb;
using namespace trellis::lb::tests;

BOOST_AUTO_TEST_CASE(a_good_job_is_done) {
  teller t;
  auto job = told(good_life(t)).status;
  BOOST_TEST(job.state == job_state::done);
  BOOST_TEST(job.code == done_code::ok);
  BOOST_TEST(job.exit_code == 7);
  BOOST_TEST(job.destination == ce_name(1));
  BOOST_TEST(job.ce_node == "worker1");
  BOOST_TEST(job.matched_jdl == "[ matched ]");
  BOOST_TEST(job.local_id == "4711");
  BOOST_TEST(job.owner == t.owner);
  BOOST_TEST(job.vo == "biomed");
  BOOST_TEST(job.location == "none");
  BOOST_TEST(job.jw_status == wrapper_status::done);
  BOOST_TEST(!job.payload_running);
  BOOST_TEST(job.state_enter_times.size() == 6u); // Submitted .. Done
}

BOOST_AUTO_TEST_CASE(any_order_of_arrival_gives_the_same_page) {
  teller t;
  auto events = good_life(t);
  const auto want = page(told(events));
  std::mt19937_64 rng{2006};
  for (int i = 0; i < 20'000; ++i) {
    auto mixed = events;
    std::shuffle(mixed.begin() + 1, mixed.end(), rng);
    BOOST_REQUIRE(page(told(mixed)) == want);
  }
}

BOOST_AUTO_TEST_CASE(every_order_of_the_worker_s_and_the_monitor_s_events_gives_the_same_page) {
  teller t;
  auto events = good_life(t);
  const auto want = page(told(events));
  std::vector<std::size_t> order{5, 6, 7, 8, 9, 10, 11, 12};
  std::size_t n = 0;
  do {
    job_record job;
    for (std::size_t i = 0; i < 5; ++i)
      fold(job, events[i]);
    for (auto i : order)
      fold(job, events[i]);
    BOOST_REQUIRE(page(job) == want);
    ++n;
  } while (std::next_permutation(order.begin(), order.end()));
  BOOST_TEST(n == 40'320u);
}

BOOST_AUTO_TEST_CASE(a_job_that_only_is_scheduled_is_so_in_any_order) {
  teller t;
  auto events = good_life(t);
  events.resize(9);
  const auto want = page(told(events));
  BOOST_TEST(told(events).status.state == job_state::scheduled);
  std::mt19937_64 rng{7};
  for (int i = 0; i < 5'000; ++i) {
    auto mixed = events;
    std::shuffle(mixed.begin() + 1, mixed.end(), rng);
    BOOST_REQUIRE(told(mixed).status.state == job_state::scheduled);
    BOOST_REQUIRE(told(mixed).status.destination == ce_name(1));
  }
}

BOOST_AUTO_TEST_CASE(a_repeat_at_any_place_changes_nothing) {
  passes p;
  p.pass(1, {});
  p.fail();
  p.pass(2, resubmission_result::shallow);
  p.fail();
  p.pass(3, resubmission_result::willresub);
  const auto want = wire::encode(told(p.story));
  for (std::size_t i = 0; i < p.story.size(); ++i)
    for (std::size_t at = i + 1; at <= p.story.size(); ++at) {
      auto twice = p.story;
      twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(at), p.story[i]);
      BOOST_REQUIRE(wire::encode(told(twice)) == want);
    }
  BOOST_TEST(told(p.story).status.shallow_resubmissions == 1u);
  BOOST_TEST(told(p.story).status.deep_resubmissions == 1u);
}

BOOST_AUTO_TEST_CASE(each_field_of_the_identity_counts) {
  teller t;
  auto a = t.said(source::lrms, "WM=1", running{"w"});
  std::set<std::uint64_t> seen{identity(a)};
  auto differs = [&](auto change) {
    auto b = a;
    change(b);
    return seen.insert(identity(b)).second;
  };
  BOOST_TEST(differs([](event& e) { e.job = job_number(2); }));
  BOOST_TEST(differs([](event& e) { e.what = pending{"w"}; }));
  BOOST_TEST(differs([](event& e) { e.from = source::log_monitor; }));
  BOOST_TEST(differs([](event& e) { e.host = "cern.examplf"; }));
  BOOST_TEST(differs([](event& e) { e.timestamp += std::chrono::microseconds{1}; }));
  BOOST_TEST(differs([](event& e) { e.lvl = level::debug; }));
  BOOST_TEST(differs([](event& e) { e.user += "x"; }));
  BOOST_TEST(differs([](event& e) { e.seqcode.raise(counter::lbs); }));
  BOOST_TEST(!differs([](event& e) { e.what = running{"other"}; }));
}

// --- shallow and deep resubmission, jobs.md 7.5 -------------------------------------------------

BOOST_AUTO_TEST_CASE(the_payload_runs_in_the_third_shallow_pass) {
  passes p;
  p.pass(1, {});
  p.fail();
  p.pass(2, resubmission_result::shallow);
  p.fail();
  p.pass(3, resubmission_result::shallow);
  ++p.lm;
  p.add(source::log_monitor, really_running{code(p.at())});
  auto job = told(p.story).status;
  BOOST_TEST(job.state == job_state::running);
  BOOST_TEST(job.payload_running);
  BOOST_TEST(job.destination == ce_name(3));
  BOOST_TEST(job.ce_node == "worker3");
  BOOST_TEST(job.possible_destinations == (texts{ce_name(1), ce_name(2), ce_name(3)}));
  BOOST_TEST(job.possible_ce_nodes == (texts{"worker1", "worker2", "worker3"}));
  BOOST_TEST(job.shallow_resubmissions == 2u);
  BOOST_TEST(job.resubmitted);
}

BOOST_FIXTURE_TEST_CASE(the_payload_runs_in_an_earlier_pass_than_the_last, second_ce_won) {
  auto job = told(story).status;
  BOOST_TEST(job.payload_running);
  BOOST_TEST(job.destination == ce_name(2));
  BOOST_TEST(job.matched_jdl == "matched for " + ce_name(2));
  BOOST_TEST(job.ce_node == "worker2");
  BOOST_TEST(job.possible_destinations == (texts{ce_name(1), ce_name(2), ce_name(3)}));
  BOOST_TEST(job.possible_ce_nodes == (texts{"worker1", "worker2", "worker3"}));
}

BOOST_FIXTURE_TEST_CASE(once_a_payload_runs_other_branches_change_nothing, second_ce_won) {
  auto before = told(story).status;
  add(source::log_monitor, done{done_status::failed, "lost", -1}); // of the third pass
  add(source::workload_manager, pending{"no CE"});
  auto job = told(story).status;
  BOOST_TEST(job.state == job_state::running);
  BOOST_TEST(job.destination == before.destination);
  BOOST_TEST(job.code == before.code);
}

BOOST_FIXTURE_TEST_CASE(a_deep_resubmission_forgets_the_branches, second_ce_won) {
  fail();
  pass(4, resubmission_result::willresub);
  auto job = told(story).status;
  BOOST_TEST(job.state == job_state::running);
  BOOST_TEST(!job.payload_running);
  BOOST_TEST(job.destination == ce_name(4));
  BOOST_TEST(job.ce_node == "worker4");
  BOOST_TEST(job.possible_destinations == texts{ce_name(4)});
  BOOST_TEST(job.possible_ce_nodes == texts{"worker4"});
  BOOST_TEST(job.deep_resubmissions == 1u);
  BOOST_TEST(job.failure_reasons.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(what_is_older_than_a_deep_resubmission_is_too_old, second_ce_won) {
  auto old = said(source::lrms, at("LRMS=4"), really_running{});
  auto old_match = said(source::workload_manager, at(), match{ce_name(9)});
  fail();
  pass(4, resubmission_result::willresub);
  auto job = told(story);
  auto how = fold(job, old);
  BOOST_CHECK((how.how == judgement{verdict::late, branch::too_old}));
  fold(job, old_match);
  BOOST_TEST(!job.status.payload_running);
  BOOST_TEST(job.status.destination == ce_name(4));
  BOOST_TEST(job.status.possible_destinations == texts{ce_name(4)});
}

BOOST_AUTO_TEST_CASE(only_the_workload_manager_starts_anew) {
  passes p;
  p.pass(1, {});
  auto job = told(p.story);
  fold(job,
       p.said(source::log_monitor, p.at(), resubmission{resubmission_result::willresub, "", ""}));
  BOOST_TEST(job.status.deep_resubmissions == 0u);
  BOOST_TEST(job.status.possible_destinations.size() == 1u);
  BOOST_TEST(!job.order.deep_resubmit.has_value());
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_is_resubmitted_in_any_order_to_the_same_ce) {
  passes p;
  p.pass(1, {});
  p.fail();
  p.pass(2, resubmission_result::willresub);
  ++p.lm;
  p.add(source::log_monitor, done{done_status::ok, "", 0});
  std::mt19937_64 rng{11};
  for (int i = 0; i < 5'000; ++i) {
    auto mixed = p.story;
    std::shuffle(mixed.begin() + 1, mixed.end(), rng);
    auto job = told(mixed).status;
    BOOST_REQUIRE(job.state == job_state::done);
    BOOST_REQUIRE(job.code == done_code::ok);
    BOOST_REQUIRE(job.destination == ce_name(2));
    BOOST_REQUIRE(job.ce_node == "worker2");
    BOOST_REQUIRE(job.deep_resubmissions == 1u);
  }
}
