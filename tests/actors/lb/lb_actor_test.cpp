#include "tests/actors/lb/lb_server.hpp"

using namespace trellis;
using namespace trellis::lb::tests;
using lb::job_state;
using lb::source;

BOOST_FIXTURE_TEST_SUITE(lb_server, server)

BOOST_AUTO_TEST_CASE(a_job_is_registered_logged_and_shown) {
  registered(t);
  auto events = good_life(t);
  events.erase(events.begin());
  auto from_wms = events;
  std::erase_if(from_wms, [](const auto& e) { return e.from == source::lrms; });
  auto logged = good<lb::logged>(lb::log{here, from_wms});
  BOOST_TEST(logged.stored == from_wms.size());
  auto s = status();
  BOOST_TEST(s.state == job_state::done);
  BOOST_TEST(s.exit_code == 7);
  BOOST_TEST(s.owner == alice.subject);
  BOOST_TEST(s.vo == "biomed");
  BOOST_TEST(events_stored() == from_wms.size() + 1);
}

BOOST_AUTO_TEST_CASE(a_registration_may_be_repeated_by_its_owner_alone) {
  auto first = t.registration();
  good<lb::registered>(lb::register_job{alice, first});
  good<lb::registered>(lb::register_job{alice, first});
  auto proxy = alice;
  proxy.subject += "/CN=proxy/CN=12345";
  good<lb::registered>(lb::register_job{proxy, t.registration()});
  BOOST_TEST(events_stored() == 1u);
  BOOST_TEST(ask<lb::registered>(lb::register_job{bob, first}).why().code == errc::exists);
  BOOST_TEST(status().owner == alice.subject);
}

BOOST_AUTO_TEST_CASE(a_registration_that_is_none_is_refused) {
  BOOST_TEST(ask<lb::registered>(lb::register_job{alice, match_of(t)}).why().code == errc::usage);
  BOOST_TEST(ask<lb::registered>(lb::register_job{principal{}, t.registration()}).why().code
             == errc::unauthenticated);
  auto elsewhere = t.registration();
  elsewhere.job = job_id::make(host("infn.example"), 9000, {});
  BOOST_TEST(ask<lb::registered>(lb::register_job{alice, elsewhere}).why().code == errc::usage);
}

BOOST_AUTO_TEST_CASE(repeats_are_told_and_change_nothing) {
  registered(t);
  auto e = match_of(t);
  BOOST_TEST(good<lb::logged>(lb::log{wms, {e}}).stored == 1u);
  auto again = good<lb::logged>(lb::log{
      wms, {e, e}
  });
  BOOST_TEST(again.repeats == 2u);
  BOOST_TEST(again.stored == 0u);
  crash();
  BOOST_TEST(good<lb::logged>(lb::log{wms, {e}}).repeats == 1u);
  BOOST_TEST(events_stored() == 2u);
}

// --- admission ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_ce_logs_only_as_the_worker_side) {
  registered(t);
  good<lb::logged>(lb::log{wms, {match_of(t)}});
  auto as_monitor
      = t.said(source::log_monitor, "NS=4 WM=5 LM=1", lb::done{lb::done_status::ok, "", 0});
  auto refused = log(node("ce1.ral.example"), {as_monitor});
  BOOST_TEST(refused.why().code == errc::denied);
  BOOST_TEST(good<lb::logged>(lb::log{node("ce1.ral.example"), {running_of(t)}}).stored == 1u);
  BOOST_TEST(status().state == job_state::running);
  BOOST_REQUIRE(audited().size() == 1u);
  BOOST_TEST(audited()[0].who == "ce1.ral.example");
  BOOST_TEST(audited()[0].object == t.job.text());
}

BOOST_AUTO_TEST_CASE(a_wms_does_not_speak_for_the_worker_side) {
  registered(t);
  good<lb::logged>(lb::log{wms, {match_of(t)}});
  BOOST_TEST(log(wms, {running_of(t)}).why().code == errc::denied);
  BOOST_TEST(log(node("stranger.example"), {match_of(t)}).why().code == errc::denied);
}

BOOST_AUTO_TEST_CASE(who_sends_a_letter_is_the_host_of_the_link_whatever_it_says) {
  registered(t);
  auto x = letter_from("ral.example", {match_of(t)}); // it names our own node in `who`
  good<received>(x);
  BOOST_TEST(status().state == job_state::submitted);
  BOOST_TEST(audited().size() == 1u);
}

BOOST_AUTO_TEST_CASE(early_events_wait_for_the_match_that_names_their_ce) {
  registered(t);
  good<received>(letter_from("ce1.ral.example", {running_of(t)}));
  BOOST_TEST(status().state == job_state::submitted);
  crash(); // its letter is acknowledged: it must not be lost
  good<received>(letter_from("wms.example", {match_of(t)}));
  BOOST_TEST(status().state == job_state::running);
  BOOST_TEST(status().ce_node == "worker1");
  BOOST_TEST(events_stored() == 3u);
  crash();
  BOOST_TEST(events_stored() == 3u);
  advance(2h);
  BOOST_TEST(audited().empty());
}

BOOST_AUTO_TEST_CASE(early_events_wait_for_the_registration) {
  good<received>(letter_from("wms.example", {match_of(t)}));
  good<received>(letter_from("ce1.ral.example", {running_of(t)}));
  BOOST_TEST(ask<lb::job_status>(lb::get_status{alice, t.job}).why().code == errc::not_found);
  registered(t);
  BOOST_TEST(status().state == job_state::running);
}

BOOST_AUTO_TEST_CASE(an_event_of_a_ce_that_no_match_names_is_refused_after_an_hour) {
  registered(t);
  good<received>(letter_from("ral.example", {running_of(t)}));
  good<lb::logged>(lb::log{wms, {match_of(t)}}); // names ce1.ral.example
  BOOST_TEST(status().state == job_state::waiting);
  advance(59min);
  BOOST_TEST(audited().empty());
  advance(3min);
  BOOST_REQUIRE(audited().size() == 1u);
  BOOST_TEST(audited()[0].who == "ral.example");
  auto later
      = t.said(source::workload_manager, "NS=4 WM=9", lb::match{"ral.example:8443/trellis-fork-q"});
  good<lb::logged>(lb::log{wms, {later}});
  BOOST_TEST(status().ce_node == "");
}

BOOST_AUTO_TEST_CASE(early_events_are_bounded) {
  config.max_early = 3;
  crash();
  for (int i = 0; i < 5; ++i)
    good<received>(letter_from("ral.example", {running_of(t)}));
  BOOST_TEST(audited().size() == 2u);
}

BOOST_AUTO_TEST_CASE(users_tag_their_own_jobs_and_log_nothing_else) {
  registered(t);
  auto tag = t.said(source::application, "APP=1", lb::user_tag{"colour", "red"});
  tag.user.clear();
  BOOST_TEST(good<lb::logged>(lb::log{alice, {tag}}).stored == 1u);
  BOOST_TEST(status().user_tags.size() == 1u);
  BOOST_TEST(log(bob, {tag}).why().code == errc::denied);
  auto forged = tag;
  forged.user = "/DC=example/CN=carol";
  BOOST_TEST(log(alice, {forged}).why().code == errc::denied);
  auto done = t.said(source::application, "APP=2", lb::done{lb::done_status::ok, "", 0});
  BOOST_TEST(log(alice, {done}).why().code == errc::denied);
  auto unknown = tag;
  unknown.job = job_number(99);
  BOOST_TEST(log(alice, {unknown}).why().code == errc::not_found);
}

BOOST_AUTO_TEST_CASE(the_owner_operators_and_whom_the_owner_lets_may_read) {
  registered(t);
  auto reads = [&](const principal& who) {
    auto x = ask<lb::job_status>(lb::get_status{who, t.job});
    return x ? errc::none : x.why().code;
  };
  BOOST_TEST(reads(alice) == errc::none);
  BOOST_TEST(reads(make_operator()) == errc::none);
  BOOST_TEST(reads(wms) == errc::none);
  BOOST_TEST(reads(bob) == errc::denied);
  BOOST_TEST(reads(node("ral.example")) == errc::denied);
  BOOST_TEST(ask<lb::event_list>(lb::get_events{bob, t.job, 0, 10}).why().code == errc::denied);
  BOOST_TEST(ask<lb::changes>(lb::watch{bob, {t.job}, 0, 0ms}).why().code == errc::denied);
  BOOST_TEST(ask<lb::job_status>(lb::get_status{alice, job_number(9)}).why().code
             == errc::not_found);

  auto acl = [&](const char* type, std::string id, const char* allow, const char* operation) {
    auto e = t.said(source::user_interface, "UI=1",
                    lb::change_acl{std::move(id), type, "READ", allow, operation});
    BOOST_TEST(good<lb::logged>(lb::log{alice, {e}}).stored == 1u);
  };
  acl("GROUP", "biomed", "ALLOW", "ADD");
  BOOST_TEST(reads(bob) == errc::none);
  acl("DN", bob.subject, "DENY", "ADD");
  BOOST_TEST(reads(bob) == errc::denied); // deny beats allow
  acl("DN", bob.subject, "DENY", "REMOVE");
  BOOST_TEST(reads(bob) == errc::none);
  acl("GROUP", "biomed", "ALLOW", "REMOVE");
  BOOST_TEST(reads(bob) == errc::denied);

  auto list = [&](std::string gacl) {
    auto e = t.said(source::network_server, "NS=1",
                    lb::change_acl{{}, "GACL", std::move(gacl), "ALLOW", "SET"});
    good<lb::logged>(lb::log{wms, {e}});
  };
  auto entry = [](const std::string& rights) {
    return "<gacl><entry><person><dn>" + bob.subject + "</dn></person><allow>" + rights
           + "</allow></entry></gacl>";
  };
  list(entry("<list/>"));
  BOOST_TEST(reads(bob) == errc::none);
  list(entry("<write/>")); // in place of the first
  BOOST_TEST(reads(bob) == errc::denied);
  list(entry("<read/>"));
  BOOST_TEST(reads(bob) == errc::none);
  BOOST_TEST(status().acl.find("<read/>") != std::string::npos);
  list("");
  BOOST_TEST(reads(bob) == errc::denied);
  BOOST_TEST(status().acl == "");
}

// --- durability ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_restart_rebuilds_states_numbers_and_counts) {
  for (int n = 1; n <= 20; ++n) {
    t.job = job_number(n);
    registered(t);
    if (n % 2 == 0)
      good<lb::logged>(lb::log{wms, {match_of(t)}});
  }
  auto before = wire::encode(status());
  auto counts = wire::encode(good<lb::job_counts>(lb::count_jobs{alice, "", ""}));
  auto last = good<lb::changes>(lb::watch{alice, {t.job}, 0, 0ms}).last;
  crash();
  BOOST_TEST(wire::encode(status()) == before);
  BOOST_TEST(wire::encode(good<lb::job_counts>(lb::count_jobs{alice, "", ""})) == counts);
  good<lb::logged>(lb::log{wms, {match_of(t, "NS=4 WM=4")}});
  auto after = good<lb::changes>(lb::watch{alice, {t.job}, last, 0ms});
  BOOST_REQUIRE(after.events.size() == 1u);
  BOOST_TEST(after.events[0].arrival == last + 1); // no number is given twice
}

BOOST_AUTO_TEST_CASE(a_failed_write_answers_nobody_with_success) {
  registered(t);
  engine.fail_next(1);
  auto a = asking<lb::logged>(lb::log{wms, {match_of(t)}});
  auto b = asking<lb::job_status>(lb::get_status{alice, t.job});
  auto c = asking<received>(letter_from("wms.example", {match_of(t, "NS=4 WM=4")}));
  auto d = asking<lb::changes>(lb::watch{alice, {t.job}, 1, 1min});
  scheduler.run();
  for (auto code : {a->value().why().code, c->value().why().code, d->value().why().code})
    BOOST_CHECK(code == errc::storage || code == errc::not_running);
  BOOST_TEST((!*b || !**b || (**b)->state == job_state::submitted));
  stop();
  start();
  BOOST_TEST(status().state == job_state::submitted);
  BOOST_TEST(events_stored() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_is_answered_before_it_is_on_disk) {
  registered(t);
  auto logged = asking<lb::logged>(lb::log{wms, {match_of(t)}});
  auto repeat = asking<lb::logged>(lb::log{wms, {match_of(t)}});
  auto shown = asking<lb::job_status>(lb::get_status{alice, t.job});
  auto events = engine.size(storage::family::lb_events);
  while (scheduler.try_run_once()) {
    auto on_disk = engine.size(storage::family::lb_events) > events;
    BOOST_TEST((on_disk || (!*logged && !*repeat && !*shown)));
  }
  BOOST_TEST((*logged && *repeat && *shown));
}

BOOST_AUTO_TEST_CASE(a_burst_shares_steps) {
  registered(t);
  std::vector<std::shared_ptr<std::optional<result<lb::logged>>>> answers;
  for (int i = 0; i < 300; ++i)
    answers.push_back(asking<lb::logged>(lb::log{
        wms, {t.said(source::workload_manager, "NS=4 WM=3", lb::pending{std::to_string(i)})}}));
  scheduler.run();
  for (auto& x : answers)
    BOOST_TEST((*x && **x && (**x)->stored == 1u));
  BOOST_TEST(events_stored() == 301u);
}

/// Catches a disk and a server that wait for each other by turns, and small steps that each cost a
/// sync of their own.
BOOST_AUTO_TEST_CASE(full_steps_go_while_the_disk_works_and_a_small_one_waits) {
  config.step_events = 4;
  crash();
  registered(t);
  std::vector<std::size_t> written; // events, by commit
  engine.observe([&](std::span<const storage::change> rows) {
    if (auto n = std::ranges::count(rows, storage::family::lb_events, &storage::change::in); n > 0)
      written.push_back(static_cast<std::size_t>(n));
  });
  auto log_before_the_disk = [&](int events) {
    for (int i = 0; i < events; ++i)
      asking<lb::logged>(lb::log{
          wms, {t.said(source::workload_manager, "NS=4 WM=3", lb::pending{std::to_string(i)})}});
    for (int i = 0; i < 4 * events; ++i)
      if (scheduler.prioritize(lb))
        scheduler.run_once();
  };
  log_before_the_disk(10);
  scheduler.run();
  BOOST_TEST(written == (std::vector<std::size_t>{8, 2}), boost::test_tools::per_element());
  written.clear();
  log_before_the_disk(6);
  scheduler.run();
  BOOST_TEST(written == (std::vector<std::size_t>{4, 2}), boost::test_tools::per_element());
  engine.observe({});
}

BOOST_AUTO_TEST_CASE(a_letter_that_comes_twice_takes_nothing_of_others_with_it) {
  registered(t);
  auto x = letter_from("wms.example", {match_of(t)});
  good<received>(x);
  auto again = asking<received>(x);
  auto other = asking<lb::logged>(
      lb::log{wms, {t.said(source::workload_manager, "NS=4 WM=4", lb::pending{"no CE"})}});
  scheduler.run();
  BOOST_TEST((*again && **again));
  BOOST_TEST((*other && **other));
  crash();
  BOOST_TEST(status().reason == "no CE");
  BOOST_TEST(events_stored() == 3u);
}

BOOST_AUTO_TEST_CASE(more_jobs_than_records_in_memory) {
  config.records = 4;
  crash();
  for (int round = 0; round < 2; ++round)
    for (int n = 1; n <= 40; ++n) {
      t.job = job_number(n);
      if (round == 0)
        registered(t);
      else
        good<lb::logged>(lb::log{wms, {match_of(t)}});
    }
  for (int n = 1; n <= 40; ++n) {
    t.job = job_number(n);
    BOOST_TEST(status().state == job_state::waiting);
    BOOST_TEST(events_stored() == 2u);
  }
  auto counts = good<lb::job_counts>(lb::count_jobs{alice, "", ""});
  BOOST_REQUIRE(counts.by_state.size() == 1u);
  BOOST_TEST(counts.by_state[0].second == 40u);
}

BOOST_AUTO_TEST_SUITE_END()
