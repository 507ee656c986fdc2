#include "actors/lb/lb_book_actor.hpp"
#include "storage/memory_engine.hpp"
#include "tests/actors/lb/stories.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::lb::tests;
using lb::job_state;

namespace {

/// A book whose steps reach the disk only when the test says so.
struct book_with_steps {
  storage::memory_engine disk;
  lb::job_book book{disk, 0}; // drops every record that it may
  teller t;
  std::vector<std::vector<storage::change>> steps;

  void take(const lb::event& e) { BOOST_REQUIRE(book.take(e, e.timestamp)); }

  void ship() { steps.push_back(book.close(steps.size() + 1).rows); }

  void commit(std::size_t number) {
    BOOST_REQUIRE(disk.commit(steps[number - 1], storage::durability::synced));
    book.forget(number);
  }

  job_state state_of(const job_id& job) { return (*book.find(job))->record.status.state; }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_record_ahead_of_the_disk_is_not_dropped, book_with_steps) {
  auto first = t.job;
  take(t.registration());
  ship();
  t.job = job_number(2);
  take(t.registration());
  ship();
  take(t.said(lb::source::workload_manager, "NS=4 WM=1", lb::match{ce_name(1)}));
  commit(1);
  BOOST_TEST((*book.find(job_number(2)) != nullptr)); // its registration is not on disk yet
  ship();
  commit(2);
  BOOST_CHECK(state_of(job_number(2)) == job_state::waiting); // nor is its Match
  commit(3);
  BOOST_CHECK(state_of(job_number(2)) == job_state::waiting); // read back
  BOOST_CHECK(state_of(first) == job_state::submitted);
}

BOOST_FIXTURE_TEST_CASE(a_job_stands_once_in_the_index_however_it_moves, book_with_steps) {
  for (const auto& e : good_life(t)) {
    take(e);
    if (steps.size() % 2 == 0)
      take(e); // a repeat
    ship();
    commit(steps.size());
    std::size_t places = 0;
    BOOST_REQUIRE(book.log().each_place([&](auto, auto, job_state) { ++places; }));
    BOOST_TEST(places == 1u);
    std::uint64_t counted = 0;
    for (const auto& [place, count] : book.jobs())
      for (auto n : count)
        counted += n;
    BOOST_TEST(counted == 1u);
  }
  BOOST_CHECK(state_of(t.job) == job_state::done);
}

/// Catches a record that is read back without what it has heard, and rows of an older node, which
/// do not say it.
BOOST_FIXTURE_TEST_CASE(a_repeat_is_known_after_the_record_was_dropped, book_with_steps) {
  auto first = t.registration();
  auto match = t.said(lb::source::workload_manager, "NS=4 WM=1", lb::match{ce_name(1)});
  take(first);
  take(match);
  ship();
  commit(1);
  using took = lb::job_book::took;
  for (bool old : {false, true}) {
    if (old) {
      auto record = wire::decode<lb::job_record>(**book.log().state_of(t.job));
      BOOST_REQUIRE(record);
      BOOST_TEST(!std::exchange(record->seen, {}).empty());
      std::vector<storage::change> row;
      storage::event_log::put_state(row, t.job, wire::encode(*record));
      BOOST_REQUIRE(disk.commit(row, storage::durability::synced));
    }
    lb::job_book again{disk, 0};
    BOOST_REQUIRE(again.start());
    BOOST_CHECK(*again.take(first, first.timestamp) == took::repeat);
    BOOST_CHECK(*again.take(match, match.timestamp) == took::repeat);
    BOOST_TEST(!again.is_open());
  }
}
