#include "storage/audit.hpp"
#include "storage/event_log.hpp"
#include "storage/keys.hpp"
#include "tests/actors/lb/stories.hpp"
#include "tests/storage/stores.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::storage;
using namespace trellis::lb::tests;
using lb::job_state;

namespace {

constexpr auto arrived = lb::moment{std::chrono::seconds{1'000}};

std::vector<int> numbers(const std::vector<indexed_job>& jobs) {
  std::vector<int> out;
  for (const auto& x : jobs)
    for (int n = 0; n < 300; ++n)
      if (x.job == job_number(n))
        out.push_back(n);
  return out;
}

using ints = std::vector<int>;

} // namespace

BOOST_FIXTURE_TEST_CASE(events_of_a_job_come_back_in_order_of_arrival, stores) {
  teller t;
  auto events = good_life(t);
  for (auto* rows : both()) {
    std::vector<change> batch;
    std::uint64_t arrival = 250; // across a byte of the number
    for (const auto& e : events) {
      arrival += 2;
      event_log::append(batch, arrival, arrival * 7, arrived, e);
      auto other = e;
      other.job = job_number(2);
      event_log::append(batch, arrival + 1, arrival, arrived, other);
    }
    good(rows->commit(batch, durability::synced));
    event_log log{*rows};
    auto all = good(log.events_of(t.job, 0, 100));
    BOOST_REQUIRE(all.size() == events.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      BOOST_TEST(all[i].arrival == 252 + 2 * i);
      BOOST_CHECK(all[i].arrived == arrived);
      BOOST_CHECK(wire::encode(all[i].what) == wire::encode(events[i]));
    }
    BOOST_TEST(good(log.events_of(t.job, 254, 100)).front().arrival == 256u);
    BOOST_TEST(good(log.events_of(t.job, 254, 3)).size() == 3u);
    BOOST_TEST(good(log.events_of(job_number(3), 0, 3)).empty());
    BOOST_TEST(good(log.identities_of(t.job)).at(1) == 254u * 7);
  }
}

BOOST_FIXTURE_TEST_CASE(jobs_are_found_by_owner_vo_and_state_newest_first, stores) {
  for (auto* rows : both()) {
    std::vector<change> batch;
    auto place = [&](int n, std::string vo, std::string owner, job_state state) {
      event_log::enter(batch, {vo, owner, state, static_cast<std::uint64_t>(n)}, job_number(n));
    };
    place(1, "biomed", "alice", job_state::running);
    place(2, "biomed", "bob", job_state::running);
    place(255, "biomed", "alice", job_state::running);
    place(256, "biomed", "alice", job_state::done);
    place(257, "biomed", "alice", job_state::running);
    place(258, "atlas", "alice", job_state::running);
    place(259, "biomed", "alicea", job_state::running);
    good(rows->commit(batch, durability::synced));
    event_log log{*rows};
    index_range alice{"biomed", "alice", job_state::running};
    BOOST_TEST(numbers(good(log.jobs_in(alice, 0, 10))) == (ints{257, 255, 1}));
    BOOST_TEST(numbers(good(log.jobs_in(alice, 0, 1))) == ints{257});
    BOOST_TEST(numbers(good(log.jobs_in(alice, 257, 10))) == (ints{255, 1}));
    BOOST_TEST(numbers(good(log.jobs_in({"biomed", {}, job_state::running}, 0, 10)))
               == (ints{259, 257, 255, 2, 1}));

    batch.clear();
    event_log::leave(batch, {"biomed", "alice", job_state::running, 255});
    event_log::enter(batch, {"biomed", "alice", job_state::done, 255}, job_number(255));
    good(rows->commit(batch, durability::synced));
    BOOST_TEST(numbers(good(log.jobs_in(alice, 0, 10))) == (ints{257, 1}));
    BOOST_TEST(numbers(good(log.jobs_in({"biomed", "alice", job_state::done}, 0, 9)))
               == (ints{256, 255}));
    int seen = 0;
    int done_jobs = 0;
    good(log.each_place([&](std::string_view vo, std::string_view owner, job_state state) {
      ++seen;
      done_jobs += vo == "biomed" && owner == "alice" && state == job_state::done;
    }));
    BOOST_TEST(seen == 7);
    BOOST_TEST(done_jobs == 2);
  }
}

BOOST_FIXTURE_TEST_CASE(held_events_states_and_numbers_come_back, stores) {
  teller t;
  for (auto* rows : both()) {
    event_log log{*rows};
    BOOST_TEST(good(log.last_arrival()) == 0u);
    BOOST_TEST(!good(log.state_of(t.job)).has_value());
    std::vector<change> batch;
    held_event early{arrived, *host_name::parse("ral.example"), t.registration()};
    event_log::hold(batch, 300, early);
    event_log::hold(batch, 301, early);
    event_log::put_last_arrival(batch, 77'000);
    event_log::put_state(batch, t.job, "what the fold remembers");
    good(rows->commit(batch, durability::synced));
    BOOST_TEST(good(log.last_arrival()) == 77'000u);
    BOOST_TEST(good(log.state_of(t.job)).value() == "what the fold remembers");
    batch.clear();
    event_log::let_go(batch, 300);
    good(rows->commit(batch, durability::synced));
    std::vector<std::uint64_t> left;
    good(log.each_held([&](std::uint64_t number, held_event&& x) {
      left.push_back(number);
      BOOST_TEST(x.sender.text() == "ral.example");
      BOOST_CHECK(wire::encode(x.what) == wire::encode(early.what));
    }));
    BOOST_TEST(left == std::vector<std::uint64_t>{301});
  }
}

BOOST_FIXTURE_TEST_CASE(a_torn_row_is_an_error_and_not_an_empty_answer, stores) {
  teller t;
  std::vector<change> batch;
  event_log::append(batch, 1, 1, arrived, t.registration());
  event_log::put_state(batch, t.job, "x");
  batch[0].value->pop_back();
  batch[1].value = "";
  good(memory.commit(batch, durability::synced));
  event_log log{memory};
  BOOST_CHECK(log.events_of(t.job, 0, 10).why().code == errc::malformed);
  BOOST_CHECK(log.state_of(t.job).why().code == errc::malformed);
}

BOOST_FIXTURE_TEST_CASE(audit_entries_are_read_from_a_moment_on, stores) {
  for (auto* rows : both()) {
    std::vector<change> batch;
    for (int i = 0; i < 3; ++i)
      batch.push_back(put_audit(
          arrived + std::chrono::seconds{i}, 1,
          {"infn.example", "lb-event-refused", "job", false, "sentence " + std::to_string(i)}));
    good(rows->commit(batch, durability::synced));
    auto late = good(audit_entries(*rows, arrived + std::chrono::seconds{1}, 10));
    BOOST_REQUIRE(late.size() == 2u);
    BOOST_TEST(late[0].text == "sentence 1");
    BOOST_TEST(good(audit_entries(*rows, arrived, 1)).size() == 1u);
  }
}
