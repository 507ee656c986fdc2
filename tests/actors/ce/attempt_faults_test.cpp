/// An attempt on the virtual clock: leases, restarts, lost jobs, stale attempts, operators.
#include "tests/actors/ce/attempt_fixture.hpp"

using namespace trellis;

BOOST_FIXTURE_TEST_SUITE(an_attempt, a_ce)

BOOST_AUTO_TEST_CASE(a_lapsed_lease_ends_it) {
  auto task = sleeper(3600);
  task.lease = 60s;
  auto queued = sleeper(3600, 1, 'C');
  queued.lease = 60s;
  post(task);
  post(sleeper(3600, 1, 'B'));
  post(queued);
  advance(59s);
  BOOST_TEST(states(task) == "IDLE RUNNING REALLY-RUNNING");
  advance(3s);
  BOOST_TEST(states(task) == "IDLE RUNNING REALLY-RUNNING DONE-FAILED");
  BOOST_TEST((last(task).failure == ce::failure_class::lease_lapsed));
  BOOST_TEST(states(queued) == "IDLE ABORTED");
  BOOST_TEST((last(queued).failure == ce::failure_class::lease_lapsed));
  BOOST_TEST(facts->running[task.attempt.job] == 0);
}

BOOST_AUTO_TEST_CASE(an_idempotent_job_outlives_its_lease) {
  auto task = sleeper(120);
  task.lease = 60s;
  task.idempotent = true;
  post(task);
  advance(200s);
  BOOST_TEST(states(task) == good_life);
}

BOOST_AUTO_TEST_CASE(a_renewed_lease_runs_on) {
  auto task = sleeper(300);
  task.lease = 60s;
  post(task);
  for (int i = 0; i < 8; ++i) {
    advance(40s);
    renew({task.attempt, a_task(9).attempt}, 60s);
    BOOST_TEST((unknown == std::vector{a_task(9).attempt}));
  }
  BOOST_TEST(states(task) == good_life);
}

/// A renewal costs a row and a file in the session: one that adds little is let pass, and the lease
/// ends early by that, never late.
BOOST_AUTO_TEST_CASE(renewals_that_add_little_are_not_written) {
  auto task = sleeper(3600);
  task.lease = 100s;
  post(task);
  advance(5s);
  auto written = [&] {
    return **engine.get(storage::family::ce_attempts, storage::lease_key(task.attempt));
  };
  renew({task.attempt}, 100s);
  auto first = written();
  advance(9s);
  renew({task.attempt}, 100s);
  BOOST_TEST((written() == first));
  advance(1s);
  renew({task.attempt}, 100s);
  BOOST_TEST((written() != first));
  advance(9s);
  renew({task.attempt}, 100s);
  advance(90s);
  BOOST_TEST(states(task) == "IDLE RUNNING REALLY-RUNNING");
  advance(2s);
  BOOST_TEST((last(task).failure == ce::failure_class::lease_lapsed));
}

BOOST_AUTO_TEST_CASE(a_restart_gives_no_more_than_what_was_left) {
  auto task = sleeper(3600);
  task.lease = 100s;
  post(task);
  advance(50s);
  restart(20s);
  advance(29s);
  BOOST_TEST(states(task) == "IDLE RUNNING REALLY-RUNNING");
  advance(3s);
  BOOST_TEST((last(task).failure == ce::failure_class::lease_lapsed));
}

BOOST_AUTO_TEST_CASE(a_lease_that_lapsed_meanwhile_ends_it_at_once) {
  auto task = sleeper(3600);
  task.lease = 100s;
  post(task);
  advance(50s);
  restart(200s);
  advance(2s);
  BOOST_TEST(states(task) == "IDLE RUNNING REALLY-RUNNING DONE-FAILED");
  BOOST_TEST((last(task).failure == ce::failure_class::lease_lapsed));
}

BOOST_AUTO_TEST_CASE(a_hand_over_that_comes_too_late_starts_nothing) {
  auto task = a_task();
  task.valid_until = ce::moment{std::chrono::seconds{1'149'999'999}};
  post(task);
  advance(10s);
  BOOST_TEST(states(task) == "ABORTED");
  BOOST_TEST((last(task).failure == ce::failure_class::lease_lapsed));
  BOOST_TEST(facts->wrappers[task.attempt] == 0);
}

BOOST_AUTO_TEST_CASE(jobs_are_adopted_after_a_restart) {
  auto running = sleeper(30, 1, 'A'), ends = sleeper(5, 1, 'B'), queued = sleeper(5, 1, 'C');
  for (const auto& x : {running, ends, queued})
    post(x);
  advance(3s);
  restart(10s);
  advance(60s);
  for (const auto& x : {running, ends, queued}) {
    BOOST_TEST(outbox().lived(x.attempt, good_life));
    BOOST_TEST(facts->payloads[x.attempt] == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_job_that_its_batch_system_lost) {
  auto running = sleeper(30, 1, 'A'), queued = sleeper(30, 1, 'C');
  post(running);
  post(sleeper(30, 1, 'B'));
  post(queued);
  advance(3s);
  for (const auto& x : {running, queued})
    self->send(lrms,
               world::lrms_mishap{world::lrms_mishap::kind::lose, ce::session_name(x.attempt)});
  advance(1s);
  BOOST_TEST(states(running) == "IDLE RUNNING REALLY-RUNNING DONE-FAILED");
  BOOST_TEST((last(running).failure == ce::failure_class::after_payload));
  BOOST_TEST(states(queued) == "IDLE ABORTED");
  BOOST_TEST((last(queued).failure == ce::failure_class::before_payload));
}

BOOST_AUTO_TEST_CASE(a_held_job_goes_back_to_where_it_was) {
  auto task = sleeper(30);
  post(task);
  advance(3s);
  auto session = ce::session_name(task.attempt);
  self->send(lrms, world::lrms_mishap{world::lrms_mishap::kind::hold, session});
  advance(1s);
  self->send(lrms, world::lrms_mishap{world::lrms_mishap::kind::release, session});
  advance(60s);
  BOOST_TEST(states(task) == "IDLE RUNNING REALLY-RUNNING HELD REALLY-RUNNING DONE-OK");
}

BOOST_AUTO_TEST_CASE(a_released_attempt_keeps_only_its_row) {
  auto task = a_task();
  task.what.std_output = "std.out";
  post(task);
  advance(5s);
  post(ce::release{task.attempt});
  advance(1s);
  BOOST_TEST(!ask<chunk>(ce, ce::read_file{task.attempt, "std.out"}));
  auto lease = engine.get(storage::family::ce_attempts, storage::lease_key(task.attempt));
  BOOST_TEST(!lease->has_value());
  post(task); // the WMS says it again, much too late
  advance(5s);
  BOOST_TEST(facts->wrappers[task.attempt] == 1);
  renew({task.attempt}, 60s);
  BOOST_TEST(unknown.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stale_attempt_is_killed_and_that_is_said) {
  log::collector lines;
  auto task = sleeper(3600);
  post(task);
  advance(3s);
  all->stale = {task.attempt};
  restart(5s);
  advance(10s);
  BOOST_REQUIRE(!all->inventories.empty());
  BOOST_TEST((all->inventories.back().attempts == std::vector{task.attempt}));
  BOOST_TEST(lines.count("stale-attempt-killed") >= 1u);
  BOOST_TEST(facts->running[task.attempt.job] == 0);
  BOOST_TEST(events(task).find("stale-attempt-killed;") != std::string::npos);
  auto size = ask<chunk>(ce, ce::read_file{task.attempt, "std.out"});
  BOOST_TEST(!size);
}

/// On an old backup it waits for its WMS; when that gave it up, it is over, and counts no more.
BOOST_AUTO_TEST_CASE(a_stale_attempt_of_an_old_backup_ends) {
  auto task = sleeper(5);
  post(task);
  advance(3s);
  auto backup = engine;
  advance(30s);
  BOOST_TEST(states(task) == good_life);
  post(ce::release{task.attempt});
  advance(1s); // the batch system has forgotten it, too
  stop();
  engine.restore(backup);
  all->stale = {task.attempt};
  restart(5s);
  advance(10s);
  BOOST_TEST(ce::is_final(last(task).state));
  BOOST_TEST(facts->payloads[task.attempt] == 1);
  auto asked = all->inventories.size();
  restart();
  advance(30s);
  BOOST_TEST(all->inventories.size() == asked); // there is nothing to ask about
}

BOOST_AUTO_TEST_CASE(an_unreachable_wms_is_asked_again) {
  all->reachable = false;
  post(sleeper(3600));
  advance(3s);
  restart();
  advance(30s);
  BOOST_TEST(all->inventories.empty());
  all->reachable = true;
  advance(6s);
  BOOST_TEST(all->inventories.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_ce_cannot_take_is_refused) {
  auto vo = a_task(1, 'A'), queue = a_task(1, 'B'), lengthy = a_task(1, 'C');
  vo.who.vo = "atlas";
  queue.queue = *ce_id::parse("ral.example:8443/trellis-fork-none");
  lengthy.needs.wall_time = 2h;
  for (const auto& x : {vo, queue, lengthy}) {
    post(x);
    advance(1s);
    BOOST_TEST(states(x) == "ABORTED");
  }
  BOOST_TEST(last(vo).reason.find("does not take jobs of VO 'atlas'") != std::string::npos);
  BOOST_TEST(last(queue).reason.find("there is no queue") == 0u);
  BOOST_TEST(last(lengthy).reason.find("at most 60 min") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_job_that_asks_for_no_time_gets_that_of_the_queue) {
  auto modest = a_task(1, 'A'), silent = a_task(1, 'B');
  modest.needs.wall_time = 10min;
  silent.needs.cpus = 2;
  post(modest);
  post(silent);
  advance(1s);
  auto rows = storage::all_attempts(engine);
  BOOST_REQUIRE(rows);
  BOOST_REQUIRE(rows->size() == 2u);
  for (const auto& row : *rows) {
    bool asked = row.task.attempt == modest.attempt;
    BOOST_TEST((row.task.needs.wall_time == (asked ? 10min : 60min)));
    BOOST_TEST((row.task.needs.cpu_time == (asked ? 50min : 100min)));
  }
}

BOOST_AUTO_TEST_CASE(the_rows_of_released_attempts_go_after_a_while) {
  auto over = a_task(1, 'A'), kept = sleeper(30, 1, 'B'), never_came = a_task(1, 'C');
  post(over);
  post(kept);
  post(ce::cancel_attempt{never_came.attempt, "too late"});
  advance(60s);
  BOOST_REQUIRE(states(over) == good_life);
  post(ce::release{over.attempt});
  advance(60s);
  restart(std::chrono::hours{9 * 24});
  advance(2h);
  BOOST_TEST(storage::all_attempts(engine)->size() == 2u);
  BOOST_TEST(storage::early_cancels(engine)->size() == 1u);
  restart(std::chrono::hours{2 * 24});
  advance(2h);
  auto left = storage::all_attempts(engine);
  BOOST_REQUIRE(left->size() <= 1u);
  for (const auto& row : *left)
    BOOST_TEST((row.task.attempt == kept.attempt));
  BOOST_TEST(storage::early_cancels(engine)->empty());
}

BOOST_AUTO_TEST_CASE(an_operator_sees_the_actors_of_attempts) {
  auto task = sleeper(60);
  post(task);
  advance(10s);
  auto each = ask<node::actor_rows>(router, supervision::get_children{"ce", true});
  BOOST_REQUIRE(each);
  BOOST_REQUIRE(each->actors.size() == 2u);
  BOOST_TEST(each->actors[0].state == "1 with an actor");
  BOOST_TEST(each->actors[1].path == "ce/" + task.attempt.job.text() + "/1");
  BOOST_TEST(each->actors[1].state == "REALLY-RUNNING");
}

BOOST_AUTO_TEST_CASE(a_draining_ce_finishes_what_it_has) {
  auto before = sleeper(30, 1, 'A'), after = a_task(1, 'B');
  post(before);
  principal boss;
  BOOST_TEST(!ask<ce::drained>(ce, ce::drain{boss, true, "new disks"}));
  boss.capabilities = {"operator"};
  BOOST_REQUIRE(ask<ce::drained>(ce, ce::drain{boss, true, "new disks"}));
  restart();
  post(after);
  advance(60s);
  BOOST_TEST(states(before) == good_life);
  BOOST_TEST(states(after) == "ABORTED");
  BOOST_TEST(last(after).reason == "the CE is draining: new disks");
  BOOST_TEST(all->ads.back().ad.find("GlueCEStateStatus = \"Draining\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_queue_is_advertised_when_it_changes) {
  advance(1s);
  BOOST_REQUIRE(!all->ads.empty());
  auto quiet = all->ads.size();
  BOOST_TEST(all->ads.back().ad.find("GlueCEStateFreeCPUs = 2;") != std::string::npos);
  BOOST_TEST(all->ads.back().ad.find("GlueCEAccessControlBaseRule = { \"VO:biomed\" };")
             != std::string::npos);
  advance(30s);
  BOOST_TEST(all->ads.size() == quiet);
  for (char c : {'A', 'B', 'C'})
    post(sleeper(30, 1, c));
  advance(5s);
  const auto& ad = all->ads.back().ad;
  BOOST_TEST(ad.find("GlueCEStateRunningJobs = 2;") != std::string::npos);
  BOOST_TEST(ad.find("GlueCEStateWaitingJobs = 1;") != std::string::npos);
  BOOST_TEST(ad.find("GlueCEStateFreeCPUs = 0;") != std::string::npos);
  advance(120s);
  BOOST_TEST(all->ads.back().ad.find("GlueCEStateFreeCPUs = 2;") != std::string::npos);
  auto serial = all->ads.front().serial;
  for (const auto& x : all->ads)
    BOOST_TEST((x.serial == serial || x.serial > serial));
  BOOST_TEST(all->ads.back().serial > serial);
}

/// It is tried again every three seconds, however often there is news for the others meanwhile, and
/// they do not hear again what they know.
BOOST_AUTO_TEST_CASE(a_supermarket_that_is_down_is_tried_at_a_pace) {
  stop();
  all->down = "down.example";
  open();
  for (char c = 'A'; c < 'K'; ++c) {
    post(sleeper(1, 1, c));
    advance(7s);
  }
  all->in_vain.clear();
  all->ads.clear();
  advance(60s);
  BOOST_TEST(all->in_vain.size() >= 20u);
  BOOST_TEST(all->in_vain.size() <= 22u); // one of them at the regular time
  BOOST_TEST(all->ads.size() == 1u);
}

BOOST_AUTO_TEST_CASE(operators_see_all_attempts) {
  post(sleeper(600));
  advance(5s);
  principal boss;
  BOOST_TEST(!ask<ce::attempt_rows>(ce, ce::list_attempts{boss}));
  boss.capabilities = {"operator"};
  auto rows = ask<ce::attempt_rows>(ce, ce::list_attempts{boss});
  BOOST_REQUIRE(rows);
  BOOST_REQUIRE(rows->attempts.size() == 1u);
  BOOST_TEST(word(rows->attempts[0].facts.state) == "REALLY-RUNNING");
  BOOST_TEST(rows->attempts[0].lease_left.count() > 1700);
}

BOOST_AUTO_TEST_CASE(a_failed_disk_stops_the_ce_before_it_says_anything) {
  engine.fail_next(1);
  receipt r{
      {host_of("cern.example"), "b", "i", {role::ce, host_of("ral.example"), 0}},
      1
  };
  auto answer = ask<received>(ce, letter<ce::hand_over>{r, a_task()});
  BOOST_TEST(!answer);
  restart();
  advance(5s);
  BOOST_TEST(states(a_task()) == "");
  BOOST_TEST(facts->wrappers.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
