/// An attempt on the virtual clock: its way, its input, tokens and cancels.
#include "tests/actors/ce/attempt_fixture.hpp"

using namespace trellis;

BOOST_FIXTURE_TEST_SUITE(an_attempt, a_ce)

BOOST_AUTO_TEST_CASE(runs_and_says_so) {
  auto task = a_task();
  task.what.std_output = "std.out";
  task.what.output = {"std.out"};
  post(task);
  advance(10s);
  BOOST_TEST(states(task) == good_life);
  BOOST_TEST(events(task) == "Running;ReallyRunning;Usage real;Usage user;Usage sys;Done 0;");
  auto end = last(task);
  BOOST_TEST(end.exit_code == 0);
  BOOST_TEST(end.worker_node == "wn1");
  BOOST_TEST(end.used.wall_s == 1);
  BOOST_REQUIRE(end.output.size() == 1u);
  BOOST_TEST(end.output[0].name == "std.out");
  auto piece = ask<chunk>(ce, ce::read_file{task.attempt, "std.out", 6, 4});
  BOOST_REQUIRE(piece);
  BOOST_TEST(piece->bytes == "from");
  BOOST_TEST(!piece->last);
}

/// One look finds all that the wrapper wrote at a moment: one step on disk, one report, one letter
/// to L&B. It would catch an event or a state that is left out because another came with it.
BOOST_AUTO_TEST_CASE(what_one_look_finds_is_one_step) {
  stop();
  caf::anon_send_exit(lrms, caf::exit_reason::kill);
  lrms_cfg.line_by_line = false;
  lrms = system.spawn(world::simulated_lrms, lrms_cfg, facts);
  open();
  auto task = sleeper(5);
  post(task);
  advance(10s);
  BOOST_TEST(states(task) == "IDLE REALLY-RUNNING DONE-OK");
  BOOST_TEST(events(task) == "Running;ReallyRunning;Usage real;Usage user;Usage sys;Done 0;");
  BOOST_TEST(outbox().all<lb::log>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_repeated_hand_over_changes_nothing) {
  auto task = sleeper(5);
  auto r = post(task);
  advance(2s);
  post(task); // as a new letter
  advance(20s);
  post(task);
  advance(20s);
  BOOST_TEST(states(task) == good_life);
  BOOST_TEST(facts->payloads[task.attempt] == 1);
  post_again(r, task);
  BOOST_TEST(states(task) == good_life);
}

BOOST_AUTO_TEST_CASE(an_exit_code_is_no_failure) {
  auto task = sleeper(1);
  task.what.arguments = "1 7";
  post(task);
  advance(10s);
  BOOST_TEST(states(task) == good_life);
  BOOST_TEST(last(task).exit_code == 7);
}

BOOST_AUTO_TEST_CASE(pulls_its_input_in_pieces) {
  all->input = {
      {"run.sh", std::string(600'000, 'x')},
      {"empty",        ""                    },
      {"in",        "data"   }
  };
  all->spoil_next = true;
  auto task = a_task();
  task.what.input = {
      {"run.sh", 600'000, true },
      {"empty",  0,       false},
      {"in",     4,       false}
  };
  all->reachable = false;
  post(task);
  advance(20s);
  BOOST_TEST(states(task) == "PENDING");
  all->reachable = true;
  advance(90s);
  BOOST_TEST(states(task) == std::string{"PENDING "} + good_life);
  auto size
      = ask<batch::input_there>(lrms, batch::input_size{ce::session_name(task.attempt), "run.sh"});
  BOOST_REQUIRE(size);
  BOOST_TEST(size->size == 600'000u);
}

BOOST_AUTO_TEST_CASE(input_that_is_not_there_ends_it) {
  auto task = a_task();
  task.what.input = {
      {"gone", 4, false}
  };
  post(task);
  advance(5s);
  BOOST_TEST(states(task) == "PENDING ABORTED");
  BOOST_TEST((last(task).failure == ce::failure_class::before_payload));
  BOOST_TEST(last(task).reason == "Cannot download the input from cern.example: no file gone");
}

BOOST_AUTO_TEST_CASE(a_granted_token_lets_it_start) {
  auto task = a_task();
  task.token = ce::token_mode::ask;
  post(task);
  advance(5s);
  BOOST_TEST(states(task) == "IDLE RUNNING");
  BOOST_REQUIRE(outbox().all<wms::ask_token>().size() == 1u);
  post(ce::token_answer{task.attempt, true, ""});
  advance(5s);
  BOOST_TEST(states(task) == good_life);
}

BOOST_AUTO_TEST_CASE(a_refused_token_ends_it) {
  auto task = a_task();
  task.token = ce::token_mode::ask;
  post(task);
  advance(5s);
  post(ce::token_answer{task.attempt, false, "another attempt has it"});
  advance(5s);
  BOOST_TEST(states(task) == "IDLE RUNNING DONE-FAILED");
  BOOST_TEST((last(task).failure == ce::failure_class::token_refused));
  BOOST_TEST(facts->payloads[task.attempt] == 0);
}

BOOST_AUTO_TEST_CASE(a_token_granted_too_late_starts_nothing) {
  auto task = a_task();
  task.token = ce::token_mode::ask;
  post(task);
  advance(11min);
  BOOST_TEST(states(task) == "IDLE RUNNING DONE-FAILED");
  BOOST_TEST((last(task).failure == ce::failure_class::gave_up_token));
  post(ce::token_answer{task.attempt, true, ""});
  advance(1min);
  BOOST_TEST(facts->payloads[task.attempt] == 0);
}

BOOST_AUTO_TEST_CASE(a_token_survives_a_restart_of_the_node) {
  auto task = a_task();
  task.token = ce::token_mode::ask;
  post(task);
  advance(5s);
  restart();
  advance(5s);
  BOOST_TEST(outbox().all<wms::ask_token>().size() == 1u);
  post(ce::token_answer{task.attempt, true, ""});
  restart(0s);
  advance(5s);
  BOOST_TEST(states(task) == good_life);
}

BOOST_AUTO_TEST_CASE(a_cancel_ends_it_wherever_it_is) {
  auto running = sleeper(600, 1, 'A'), also = sleeper(600, 1, 'B'), queued = sleeper(600, 1, 'C');
  auto fetching = a_task(1, 'D');
  fetching.what.input = {
      {"in", 4, false}
  };
  all->reachable = false;
  for (const auto& x : {running, also, queued, fetching})
    post(x);
  advance(5s);
  BOOST_TEST(states(queued) == "IDLE");
  for (const auto& x : {running, queued, fetching})
    post(ce::cancel_attempt{x.attempt, "Cancelled by user"});
  advance(10s);
  BOOST_TEST(states(running) == "IDLE RUNNING REALLY-RUNNING CANCELLED");
  BOOST_TEST(states(queued) == "IDLE CANCELLED");
  BOOST_TEST(states(fetching) == "PENDING CANCELLED");
  BOOST_TEST(states(also) == "IDLE RUNNING REALLY-RUNNING");
  BOOST_TEST(last(running).reason == "Cancelled by user");
  BOOST_TEST((last(running).failure == ce::failure_class::none));
}

BOOST_AUTO_TEST_CASE(a_cancel_before_the_hand_over_keeps_it_from_running) {
  auto task = a_task();
  post(ce::cancel_attempt{task.attempt, "too late"});
  restart();
  post(task);
  advance(10s);
  BOOST_TEST(states(task) == "");
  BOOST_TEST(facts->wrappers[task.attempt] == 0);
}

BOOST_AUTO_TEST_CASE(a_cancel_survives_a_restart) {
  auto task = sleeper(600);
  post(task);
  advance(5s);
  lrms_cfg.end_delay = 1min;
  post(ce::cancel_attempt{task.attempt, "Cancelled by user"});
  restart(0s);
  advance(10s);
  BOOST_TEST(states(task) == "IDLE RUNNING REALLY-RUNNING CANCELLED");
}

BOOST_AUTO_TEST_SUITE_END()
