/// Who goes next: shares of VO, group and user, decay, and the order among one user's jobs.
#include "actors/wms/fair_share.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace trellis::wms {
namespace {

job_id job(std::uint64_t n) {
  std::array<std::uint8_t, 16> bytes{};
  for (int i = 0; i < 8; ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n >> (8 * i));
  return job_id::make(*host_name::parse("lb.example"), 9000, bytes);
}

struct queue {
  fair_share shares;
  std::uint64_t order = 0;
  std::int64_t now_s = 1'000'000;

  explicit queue(share_settings settings = {}) : shares(std::move(settings)) {}

  void add(fair_share::leaf who, int jobs, cluster_id cluster = 0) {
    for (; jobs > 0; --jobs) {
      ++order;
      shares.add(who, cluster, order, job(order));
    }
  }

  /// Matches the next job; it holds its slot.
  std::optional<fair_share::leaf> take() {
    auto x = shares.next();
    if (!x)
      return std::nullopt;
    BOOST_REQUIRE(shares.remove(x->who, x->cluster, x->order));
    shares.running(x->who, 1, now_s);
    return x->who;
  }

  std::map<fair_share::leaf, int> take(int n) {
    std::map<fair_share::leaf, int> out;
    for (; n > 0; --n)
      if (auto who = take())
        ++out[*who];
    return out;
  }
};

BOOST_AUTO_TEST_CASE(usage_is_halved_each_half_life) {
  BOOST_TEST(decayed(1024, 0, 100) == 1024u);
  BOOST_TEST(decayed(1024, 100, 100) == 512u);
  BOOST_TEST(decayed(1024, 1000, 100) == 1u);
  BOOST_TEST(decayed(1024, 10'000, 100) == 0u);
  BOOST_TEST(decayed(1'000'000'000'000, 50, 100) / 1'000'000 == 707'106u);
  BOOST_TEST(decayed(1024, -5, 100) == 1024u);
}

BOOST_AUTO_TEST_CASE(many_small_charges_decay_as_one) {
  fair_share x{
      {.half_life_s = 1'600, .shares = {}}
  };
  auto who = x.place("atlas", "/atlas", "alice");
  x.charge(who, 1'000'000, 0);
  for (int s = 1; s <= 1'600; ++s)
    x.charge(who, 0, s);
  BOOST_TEST(x.shares_of(who, 1'600).back().second == 500'000, boost::test_tools::tolerance(0.001));
}

BOOST_AUTO_TEST_CASE(one_users_jobs_go_in_their_order) {
  queue q;
  auto alice = q.shares.place("atlas", "/atlas", "alice");
  q.add(alice, 2, 5);
  q.add(alice, 2, 3);
  for (std::uint64_t n = 1; n <= 4; ++n) {
    BOOST_REQUIRE(q.shares.next());
    BOOST_TEST(q.shares.next()->order == n);
    q.take();
  }
  BOOST_TEST(!q.shares.next());
}

BOOST_AUTO_TEST_CASE(users_of_a_group_take_turns_however_much_each_submits) {
  queue q;
  auto alice = q.shares.place("atlas", "/atlas", "alice");
  auto bob = q.shares.place("atlas", "/atlas", "bob");
  q.add(alice, 100);
  q.add(bob, 10);
  auto got = q.take(20);
  BOOST_TEST(got[alice] == 10);
  BOOST_TEST(got[bob] == 10);
}

BOOST_AUTO_TEST_CASE(vos_share_by_their_shares_before_users_do) {
  queue q{{.shares = {{"atlas", 3}}}};
  auto cms = q.shares.place("cms", "/cms", "carol");
  std::vector<fair_share::leaf> atlas;
  for (auto name : {"a", "b", "c", "d", "e"})
    atlas.push_back(q.shares.place("atlas", "/atlas", name));
  q.add(cms, 100);
  for (auto who : atlas)
    q.add(who, 100);
  auto got = q.take(80);
  BOOST_TEST(got[cms] == 20);
  for (auto who : atlas)
    BOOST_TEST(got[who] == 12);
}

BOOST_AUTO_TEST_CASE(what_was_used_counts_until_it_is_forgotten) {
  queue q{
      {.half_life_s = 1'000, .shares = {}}
  };
  auto alice = q.shares.place("atlas", "/atlas", "alice");
  auto bob = q.shares.place("atlas", "/atlas", "bob");
  q.shares.charge(alice, 36'000, q.now_s); // as ten running slots
  q.add(alice, 50);
  q.add(bob, 50);
  auto got = q.take(10);
  BOOST_TEST(got[bob] == 10);

  queue later{
      {.half_life_s = 1'000, .shares = {}}
  };
  alice = later.shares.place("atlas", "/atlas", "alice");
  bob = later.shares.place("atlas", "/atlas", "bob");
  later.shares.charge(alice, 36'000, later.now_s);
  later.now_s += 20'000;
  later.shares.reopen(later.now_s);
  later.add(alice, 50);
  later.add(bob, 50);
  got = later.take(10);
  BOOST_TEST(got[alice] == 5);
  BOOST_TEST(got[bob] == 5);
}

BOOST_AUTO_TEST_CASE(a_closed_cluster_waits_and_does_not_hold_up_others) {
  queue q;
  auto alice = q.shares.place("atlas", "/atlas", "alice");
  q.add(alice, 2, 0);
  q.add(alice, 1, 1);
  q.shares.close(0);
  BOOST_REQUIRE(q.shares.next());
  BOOST_TEST(q.shares.next()->cluster == 1u);
  q.take();
  BOOST_TEST(!q.shares.next());
  q.add(alice, 1, 0); // of a closed cluster: nothing to look at
  BOOST_TEST(!q.shares.next());
  q.shares.reopen(q.now_s);
  BOOST_REQUIRE(q.shares.next());
  BOOST_TEST(q.shares.next()->order == 1u);
  BOOST_TEST(q.shares.idle() == 3u);
}

BOOST_AUTO_TEST_CASE(removing_a_head_shows_the_next) {
  queue q;
  auto alice = q.shares.place("atlas", "/atlas", "alice");
  q.add(alice, 3);
  BOOST_TEST(q.shares.remove(alice, 0, 1));
  BOOST_TEST(!q.shares.remove(alice, 0, 1));
  BOOST_TEST(q.shares.next()->order == 2u);
  q.shares.close(0);
  BOOST_TEST(q.shares.remove(alice, 0, 2));
  BOOST_TEST(!q.shares.next());
  q.shares.reopen(q.now_s);
  BOOST_TEST(q.shares.next()->order == 3u);
}

BOOST_AUTO_TEST_CASE(who_is_ahead_is_counted) {
  queue q;
  auto alice = q.shares.place("atlas", "/atlas", "alice");
  auto bob = q.shares.place("atlas", "/atlas", "bob");
  q.add(alice, 3); // 1 2 3
  q.add(bob, 2);   // 4 5
  q.shares.charge(alice, 1'000, q.now_s);
  BOOST_TEST(q.shares.ahead_of(bob, 4) == 0u);
  BOOST_TEST(q.shares.ahead_of(bob, 5) == 1u);
  BOOST_TEST(q.shares.ahead_of(alice, 3) == 4u);
}

BOOST_AUTO_TEST_CASE(usage_comes_back_from_its_rows) {
  fair_share x{{}};
  auto who = x.place("atlas", "/atlas/higgs", "/CN=al|ice");
  x.charge(who, 12'345, 77);
  fair_share y{{}};
  for (const auto& row : x.rows_of(who))
    y.restore(row);
  auto again = y.place("atlas", "/atlas/higgs", "/CN=al|ice");
  BOOST_CHECK(y.shares_of(again, 77) == x.shares_of(who, 77));
}

} // namespace
} // namespace trellis::wms
