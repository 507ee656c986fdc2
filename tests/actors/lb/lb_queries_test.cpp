#include "tests/actors/lb/lb_server.hpp"

using namespace trellis;
using namespace trellis::lb::tests;
using lb::job_state;
using lb::source;

BOOST_FIXTURE_TEST_SUITE(lb_queries, server)

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
