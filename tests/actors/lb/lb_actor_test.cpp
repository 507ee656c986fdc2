#include "actors/lb/lb_actor.hpp"
#include "protocols/lb/event_table.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/store_actor.hpp"
#include "storage/audit.hpp"
#include "tests/actors/lb/stories.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

using namespace trellis;
using namespace trellis::lb::tests;
using namespace std::chrono_literals;
using lb::job_state;
using lb::source;

namespace trellis::lb {
std::ostream& operator<<(std::ostream& out, job_state x) { return out << word(x); }
} // namespace trellis::lb

namespace trellis {
std::ostream& operator<<(std::ostream& out, errc x) { return out << word(x); }
} // namespace trellis

namespace {

struct testing_config : caf::actor_system_config {
  testing_config() { set("scheduler.policy", caf::atom("testing")); }
};

host_name host(std::string_view x) { return *host_name::parse(x); }

principal person(std::string subject) {
  principal out;
  out.kind = principal_kind::local_user;
  out.subject = std::move(subject);
  out.vo = "biomed";
  return out;
}

principal node(std::string subject) {
  auto out = person(std::move(subject));
  out.kind = principal_kind::node;
  return out;
}

const auto alice = person("/DC=example/CN=alice");
const auto bob = person("/DC=example/CN=bob");
const auto wms = node("wms.example");
const auto here = node("cern.example");

principal make_operator() {
  auto out = person("/DC=example/CN=root");
  out.capabilities = {"operator"};
  return out;
}

/// One L&B server with a store in memory, on a virtual clock.
struct server {
  testing_config cfg;
  caf::actor_system sys{cfg};
  caf::scheduler::test_coordinator& sched
      = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  storage::memory_engine engine;
  lb_config config;
  store_actor store;
  lb_actor lb;
  teller t;
  std::uint64_t letter_number = 0;

  server() {
    config.peers[host("wms.example")] = roles(role::wms);
    config.peers[host("ral.example")] = roles(role::ce);
    config.peers[host("ce1.ral.example")] = roles(role::ce);
    start();
  }

  ~server() { stop(); }

  void start() {
    store = spawn_store(sys,
                        {
                            &engine, {"birth",                        "one"},
                             {                              }
    },
                        true);
    node_context ctx;
    ctx.host = host("cern.example");
    ctx.rows = &engine;
    ctx.store = store;
    ctx.clock = node_clock{wall_time{1'000'000s}, sched.clock().now()};
    ctx.simulated = true;
    lb = spawn_lb(sys, ctx, config);
    sched.run();
  }

  void stop() {
    caf::anon_send_exit(lb, caf::exit_reason::kill);
    caf::anon_send_exit(store, caf::exit_reason::kill);
    sched.run();
    sched.clock().cancel_all();
    sched.run();
  }

  /// A power cut, and up again.
  void crash() {
    caf::anon_send_exit(lb, caf::exit_reason::kill);
    caf::anon_send_exit(store, caf::exit_reason::kill);
    sched.run();
    engine.crash();
    start();
  }

  void advance(caf::timespan d) {
    auto end = sched.clock().now() + d;
    sched.run();
    while (sched.has_pending_timeout() && sched.clock().schedule().begin()->first <= end) {
      sched.clock().trigger_timeout();
      sched.run();
    }
    sched.clock().current_time = end;
  }

  /// Sends now; the answer is there when the scheduler has run far enough.
  template <class R, class M>
  std::shared_ptr<std::optional<result<R>>> asking(M message) {
    auto out = std::make_shared<std::optional<result<R>>>();
    sys.spawn([out, to = lb, message = std::move(message)](caf::event_based_actor* self) mutable {
      self->request(to, caf::infinite, std::move(message))
          .then([out](R& x) { out->emplace(std::move(x)); },
                [out](const caf::error& e) { out->emplace(from_caf(e)); });
    });
    return out;
  }

  template <class R, class M>
  result<R> ask(M message) {
    auto out = asking<R>(std::move(message));
    sched.run();
    BOOST_REQUIRE_MESSAGE(out->has_value(), "no answer");
    return std::move(**out);
  }

  template <class R, class M>
  R good(M message) {
    auto out = ask<R>(std::move(message));
    BOOST_REQUIRE_MESSAGE(out, (out ? "" : out.why().text));
    return std::move(*out);
  }

  void registered(teller& who) {
    good<lb::registered>(lb::register_job{person(who.owner), who.registration()});
  }

  result<lb::logged> log(const principal& who, std::vector<lb::event> events) {
    return ask<lb::logged>(lb::log{who, std::move(events)});
  }

  letter<lb::log> letter_from(std::string_view from, std::vector<lb::event> events) {
    stream s{
        host(from), "b", "i", {role::lb, host("cern.example")}
    };
    return {
        {s,    ++letter_number  },
        {here, std::move(events)}
    };
  }

  lb::job_status status(const principal& who = alice) {
    return good<lb::job_status>(lb::get_status{who, t.job});
  }

  std::size_t events_stored() {
    return good<lb::event_list>(lb::get_events{alice, t.job, 0, 1000}).events.size();
  }

  std::vector<storage::audit_entry> audited() { return *storage::audit_entries(engine, {}, 1000); }
};

lb::event match_of(teller& t, const char* code = "NS=4 WM=3") {
  return t.said(source::workload_manager, code, lb::match{ce_name(1)}); // at ce1.ral.example
}

lb::event running_of(teller& t, const char* code = "NS=4 WM=5 JSS=3 LRMS=1") {
  return t.said(source::lrms, code, lb::running{"worker1"});
}

} // namespace

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
  sched.run();
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
  while (sched.try_run_once()) {
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
  sched.run();
  for (auto& x : answers)
    BOOST_TEST((*x && **x && (**x)->stored == 1u));
  BOOST_TEST(events_stored() == 301u);
}

BOOST_AUTO_TEST_CASE(a_letter_that_comes_twice_takes_nothing_of_others_with_it) {
  registered(t);
  auto x = letter_from("wms.example", {match_of(t)});
  good<received>(x);
  auto again = asking<received>(x);
  auto other = asking<lb::logged>(
      lb::log{wms, {t.said(source::workload_manager, "NS=4 WM=4", lb::pending{"no CE"})}});
  sched.run();
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

// --- queries ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lists_come_in_pages_newest_first) {
  teller other;
  other.owner = bob.subject;
  for (int n = 1; n <= 25; ++n) {
    auto& who = n % 5 == 0 ? other : t;
    who.job = job_number(n);
    registered(who);
    if (n % 2 == 0)
      good<lb::logged>(lb::log{wms, {match_of(who)}});
  }
  auto pages = [&](lb::list_jobs x) {
    std::vector<job_id> out;
    do {
      auto page = good<lb::job_list>(x);
      BOOST_TEST(page.jobs.size() <= x.limit);
      for (auto& job : page.jobs)
        out.push_back(job.job);
      x.after = page.next;
    } while (!x.after.empty());
    return out;
  };
  auto mine = pages({alice, {}, "", "", 7, ""});
  BOOST_REQUIRE(mine.size() == 20u);
  BOOST_CHECK(mine.front() == job_number(24));
  BOOST_CHECK(mine.back() == job_number(1));
  BOOST_TEST(pages({alice, {job_state::waiting}, "", "", 3, ""}).size() == 10u);
  BOOST_TEST(pages({
                       alice, {job_state::waiting, job_state::submitted},
                        "biomed", "", 3, ""
  })
                 .size()
             == 20u);
  BOOST_TEST(pages({alice, {}, "atlas", "", 3, ""}).empty());
  BOOST_TEST(pages({make_operator(), {}, "", "", 4, ""}).size() == 25u);
  BOOST_TEST(pages({make_operator(), {}, "", bob.subject, 4, ""}).size() == 5u);
  BOOST_TEST(ask<lb::job_list>(lb::list_jobs{bob, {}, "", alice.subject, 4, ""}).why().code
             == errc::denied);
  BOOST_TEST(ask<lb::job_list>(lb::list_jobs{bob, {}, "", "", 4, "x"}).why().code == errc::usage);
}

BOOST_AUTO_TEST_CASE(counts_follow_the_states) {
  for (int n = 1; n <= 3; ++n) {
    t.job = job_number(n);
    registered(t);
  }
  good<lb::logged>(lb::log{wms, {match_of(t)}});
  auto counts = good<lb::job_counts>(lb::count_jobs{alice, "", ""}).by_state;
  BOOST_REQUIRE(counts.size() == 2u);
  BOOST_CHECK((counts[0] == std::pair{job_state::submitted, std::uint64_t{2}}));
  BOOST_CHECK((counts[1] == std::pair{job_state::waiting, std::uint64_t{1}}));
  BOOST_TEST(good<lb::job_counts>(lb::count_jobs{bob, "", ""}).by_state.empty());
  BOOST_TEST(good<lb::job_counts>(lb::count_jobs{make_operator(), "", ""}).by_state.size() == 2u);
  BOOST_TEST(ask<lb::job_counts>(lb::count_jobs{bob, "", alice.subject}).why().code
             == errc::denied);
}

// --- watch --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_watch_answers_when_something_happens) {
  registered(t);
  auto first = good<lb::changes>(lb::watch{alice, {t.job}, 0, 1min});
  BOOST_REQUIRE(first.events.size() == 1u);
  BOOST_REQUIRE(first.states.size() == 1u);
  auto next = asking<lb::changes>(lb::watch{alice, {t.job}, first.last, 1min});
  auto all = asking<lb::changes>(lb::watch{alice, {}, first.last, 1min});
  advance(10s);
  BOOST_TEST((!*next && !*all));
  good<lb::logged>(lb::log{
      wms, {match_of(t), t.said(source::workload_manager, "NS=4 WM=4", lb::pending{"wait"})}
  });
  for (auto& x : {next, all}) {
    BOOST_REQUIRE((*x && **x));
    BOOST_TEST((**x)->events.size() == 2u); // both of one step, in one answer
    BOOST_TEST((**x)->states.at(0).state == job_state::waiting);
    BOOST_TEST((**x)->last == first.last + 2);
  }
}

BOOST_AUTO_TEST_CASE(a_watch_of_ones_own_jobs_hears_nothing_of_others) {
  registered(t);
  teller other;
  other.owner = bob.subject;
  other.job = job_number(2);
  auto last = good<lb::changes>(lb::watch{alice, {}, 0, 0ms}).last;
  auto waiting = asking<lb::changes>(lb::watch{alice, {}, last, 1min});
  registered(other);
  advance(59s);
  BOOST_TEST(!*waiting);
  advance(2s);
  BOOST_REQUIRE((*waiting && **waiting));
  BOOST_TEST((**waiting)->events.empty());
  BOOST_TEST((**waiting)->last == last + 1); // nothing of hers up to here
}

BOOST_AUTO_TEST_CASE(a_watch_that_was_away_gets_what_it_missed) {
  config.news = 2; // most of it is only on disk
  crash();
  registered(t);
  auto last = good<lb::changes>(lb::watch{alice, {}, 0, 0ms}).last;
  for (int i = 0; i < 10; ++i)
    good<lb::logged>(lb::log{wms, {match_of(t)}});
  BOOST_TEST(good<lb::changes>(lb::watch{alice, {}, last, 0ms}).events.size() == 10u);
  BOOST_TEST(good<lb::changes>(lb::watch{alice, {t.job}, last + 4, 0ms}).events.size() == 6u);
  crash();
  BOOST_TEST(good<lb::changes>(lb::watch{alice, {}, last, 0ms}).events.size() == 10u);
}

BOOST_AUTO_TEST_CASE(watches_are_bounded) {
  config.watches = 2;
  crash();
  registered(t);
  auto a = asking<lb::changes>(lb::watch{alice, {t.job}, 99, 1h});
  auto b = asking<lb::changes>(lb::watch{alice, {t.job}, 99, 1h});
  BOOST_TEST(ask<lb::changes>(lb::watch{alice, {t.job}, 99, 1h}).why().code == errc::busy);
  advance(61s); // not longer than this, whatever was asked
  BOOST_TEST((*a && **a && *b && **b));
}

BOOST_AUTO_TEST_SUITE_END()
