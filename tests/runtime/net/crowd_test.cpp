/// Who waits at the door and who is inside, with several threads that let them in.
#include "runtime/net/crowd.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace trellis::net {
namespace {

BOOST_AUTO_TEST_CASE(the_oldest_goes_for_who_comes) {
  crowd x{2, 10};
  BOOST_TEST(!x.arrive(1));
  BOOST_TEST(!x.arrive(2));
  BOOST_TEST((x.arrive(3) == 1u));
  BOOST_TEST(!x.visit(1)); // too late
  BOOST_TEST(x.visit(2));
  BOOST_TEST(!x.arrive(4)); // there is room again
  BOOST_TEST((x.arrive(5) == 3u));
}

BOOST_AUTO_TEST_CASE(visitors_are_bounded_and_leave) {
  crowd x{10, 1};
  x.arrive(1);
  x.arrive(2);
  BOOST_TEST(x.visit(1));
  BOOST_TEST(!x.visit(2));
  x.leave(1);
  x.leave(1);
  BOOST_TEST(x.visit(2)); // it was still at the door
}

/// One thread lets them come, the others let them in: each is let in or sent away, and never both.
BOOST_AUTO_TEST_CASE(nobody_who_was_let_in_is_sent_away) {
  constexpr std::uint64_t all = 40'000, threads = 4;
  crowd x{8, all};
  std::atomic<std::uint64_t> last = 0, inside = 0;
  std::vector<std::thread> doors;
  for (std::uint64_t n = 0; n < threads; ++n)
    doors.emplace_back([&, n] {
      for (auto id = 1 + n; id <= all; id += threads) {
        while (last < id)
          std::this_thread::yield();
        inside += x.visit(id) ? 1 : 0;
      }
    });
  std::uint64_t away = 0;
  for (std::uint64_t id = 1; id <= all; ++id) {
    away += x.arrive(id) ? 1 : 0;
    last = id;
  }
  for (auto& door : doors)
    door.join();
  BOOST_TEST(inside + away == all);
  BOOST_TEST(inside > 0u);
}

} // namespace
} // namespace trellis::net
