/// The CE with a simulated batch system, on the virtual clock: leases, tokens, cancels, restarts.
#include "actors/world/lrms_actor.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/store_actor.hpp"
#include "storage/ce_attempts.hpp"
#include "tests/actors/ce/ce_fixture.hpp"
#include "tests/runtime/deterministic.hpp"

using namespace trellis;
using namespace std::chrono_literals;

namespace {

struct a_ce : deterministic {
  a_ce() {
    auto wms = keep(system.spawn(wms_stub, all));
    auto info = keep(system.spawn(info_stub, all));
    directory = keep(system.spawn(directory_stub, wms, info));
    lrms_cfg.slots = 2;
    lrms = system.spawn(world::simulated_lrms, lrms_cfg, facts);
    open();
  }

  ~a_ce() {
    stop();
    caf::anon_send_exit(lrms, caf::exit_reason::kill);
    lrms = nullptr;
    deterministic::stop();
  }

  void open() {
    node_context ctx;
    ctx.host = host_of("ral.example");
    ctx.site = "ral";
    ctx.rows = &engine;
    ctx.simulated = true;
    ctx.clock = node_clock{ce::moment{std::chrono::seconds{1'150'000'000}} + away,
                           scheduler.clock().now()};
    ctx.directory = directory;
    ctx.store = own(spawn_store(system,
                                {
                                    &engine, {"birth",                                "inc"},
                                     {                                      }
    },
                                true));
    ce_config cfg;
    cfg.advertise_to = {host_of("cern.example")};
    ce_queue queue;
    queue.name = "short";
    queue.slots = lrms_cfg.slots;
    queue.vos = {"biomed"};
    queue.max_wall = 60min;
    queue.batch = [this](caf::local_actor&) { return caf::actor_cast<batch_actor>(lrms); };
    cfg.queues = {queue};
    router = own(system.spawn(computing_element, ctx, cfg));
    ce = caf::actor_cast<ce_actor>(router);
    run();
  }

  template <class Actor>
  Actor own(Actor x) {
    node.push_back(caf::actor_cast<caf::strong_actor_ptr>(x));
    return x;
  }

  void stop() {
    for (auto& x : std::exchange(node, {}))
      caf::anon_send_exit(x, caf::exit_reason::kill);
    ce = nullptr;
    router = nullptr;
    run();
  }

  /// The node dies, what was not synced is lost, and it comes back after `gone`.
  void restart(std::chrono::seconds gone = 1s) {
    stop();
    engine.crash();
    advance(gone);
    away = std::chrono::duration_cast<std::chrono::microseconds>(
        scheduler.clock().now().time_since_epoch());
    open();
  }

  template <class T>
  receipt post(T what) {
    receipt r{
        {host_of("cern.example"), "b", "i", {role::ce, host_of("ral.example"), 0}},
        ++posted_
    };
    post_again(r, std::move(what));
    return r;
  }

  template <class T>
  void post_again(const receipt& r, T what) {
    auto answer = ask<received>(ce, letter<T>{r, std::move(what)}, 1ms);
    BOOST_TEST(bool(answer));
  }

  outbox_reader outbox() const { return {engine}; }

  std::string states(const ce::hand_over& x) const { return outbox().states(x.attempt); }

  ce::attempt_facts last(const ce::hand_over& x) const { return outbox().last(x.attempt); }

  std::string events(const ce::hand_over& x) const {
    std::string out;
    lb::sequence_code before;
    for (const auto& log : outbox().all<lb::log>())
      for (const auto& e : log.events)
        if (e.job == x.attempt.job) {
          BOOST_TEST((e.from == lb::source::lrms));
          BOOST_TEST((before < e.seqcode));
          before = e.seqcode;
          out += name_of_event(e.what) + ";";
        }
    return out;
  }

  static std::string name_of_event(const lb::event_body& x) {
    if (std::holds_alternative<lb::running>(x))
      return "Running";
    if (std::holds_alternative<lb::really_running>(x))
      return "ReallyRunning";
    if (auto* use = std::get_if<lb::resource_usage>(&x))
      return "Usage " + use->resource;
    if (auto* done = std::get_if<lb::done>(&x))
      return "Done " + std::to_string(static_cast<int>(done->status_code));
    if (auto* note = std::get_if<lb::remark>(&x))
      return note->id;
    return "other";
  }

  void renew(std::vector<ce::attempt_id> which, std::chrono::seconds left) {
    auto answer = ask<ce::leases_renewed>(
        ce, ce::renew_leases{host_of("cern.example"), std::move(which), left}, 1ms);
    BOOST_REQUIRE(answer);
    unknown = answer->unknown;
  }

  std::shared_ptr<neighbours> all = std::make_shared<neighbours>();
  std::shared_ptr<world::lrms_facts> facts = std::make_shared<world::lrms_facts>();
  world::lrms_config lrms_cfg;
  lrms_actor lrms;
  directory_actor directory;
  storage::memory_engine engine;
  std::vector<caf::strong_actor_ptr> node;
  ce_router_actor router;
  ce_actor ce;
  std::chrono::microseconds away{0};
  std::vector<ce::attempt_id> unknown;
  std::uint64_t posted_ = 0;
};

ce::hand_over sleeper(int seconds, std::uint32_t number = 1, char job = 'A') {
  auto x = a_task(number, job);
  x.what.executable = "/bin/sleep";
  x.what.arguments = std::to_string(seconds);
  return x;
}

constexpr auto good_life = "PENDING IDLE RUNNING REALLY-RUNNING DONE-OK";

} // namespace

BOOST_FIXTURE_TEST_SUITE(an_attempt, a_ce)

BOOST_AUTO_TEST_CASE(runs_and_says_so) {
  auto task = a_task();
  task.what.std_output = "std.out";
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
  BOOST_TEST(states(task) == good_life);
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
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING");
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
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING DONE-FAILED");
  BOOST_TEST((last(task).failure == ce::failure_class::token_refused));
  BOOST_TEST(facts->payloads[task.attempt] == 0);
}

BOOST_AUTO_TEST_CASE(a_token_granted_too_late_starts_nothing) {
  auto task = a_task();
  task.token = ce::token_mode::ask;
  post(task);
  advance(11min);
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING DONE-FAILED");
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
  BOOST_TEST(states(queued) == "PENDING IDLE");
  for (const auto& x : {running, queued, fetching})
    post(ce::cancel_attempt{x.attempt, "Cancelled by user"});
  advance(10s);
  BOOST_TEST(states(running) == "PENDING IDLE RUNNING REALLY-RUNNING CANCELLED");
  BOOST_TEST(states(queued) == "PENDING IDLE CANCELLED");
  BOOST_TEST(states(fetching) == "PENDING CANCELLED");
  BOOST_TEST(states(also) == "PENDING IDLE RUNNING REALLY-RUNNING");
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
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING REALLY-RUNNING CANCELLED");
}

BOOST_AUTO_TEST_CASE(a_lapsed_lease_ends_it) {
  auto task = sleeper(3600);
  task.lease = 60s;
  auto queued = sleeper(3600, 1, 'C');
  queued.lease = 60s;
  post(task);
  post(sleeper(3600, 1, 'B'));
  post(queued);
  advance(59s);
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING REALLY-RUNNING");
  advance(3s);
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING REALLY-RUNNING DONE-FAILED");
  BOOST_TEST((last(task).failure == ce::failure_class::lease_lapsed));
  BOOST_TEST(states(queued) == "PENDING IDLE ABORTED");
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

BOOST_AUTO_TEST_CASE(a_restart_gives_no_more_than_what_was_left) {
  auto task = sleeper(3600);
  task.lease = 100s;
  post(task);
  advance(50s);
  restart(20s);
  advance(29s);
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING REALLY-RUNNING");
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
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING REALLY-RUNNING DONE-FAILED");
  BOOST_TEST((last(task).failure == ce::failure_class::lease_lapsed));
}

BOOST_AUTO_TEST_CASE(a_hand_over_that_comes_too_late_starts_nothing) {
  auto task = a_task();
  task.valid_until = ce::moment{std::chrono::seconds{1'149'999'999}};
  post(task);
  advance(10s);
  BOOST_TEST(states(task) == "PENDING ABORTED");
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
    BOOST_TEST(states(x) == good_life);
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
  BOOST_TEST(states(running) == "PENDING IDLE RUNNING REALLY-RUNNING DONE-FAILED");
  BOOST_TEST((last(running).failure == ce::failure_class::after_payload));
  BOOST_TEST(states(queued) == "PENDING IDLE ABORTED");
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
  BOOST_TEST(states(task) == "PENDING IDLE RUNNING REALLY-RUNNING HELD REALLY-RUNNING DONE-OK");
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
    BOOST_TEST(states(x) == "PENDING ABORTED");
  }
  BOOST_TEST(last(vo).reason.find("does not take jobs of VO 'atlas'") != std::string::npos);
  BOOST_TEST(last(queue).reason.find("there is no queue") == 0u);
  BOOST_TEST(last(lengthy).reason.find("at most 60 min") != std::string::npos);
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
  BOOST_TEST(states(after) == "PENDING ABORTED");
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
