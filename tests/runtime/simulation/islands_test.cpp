/// Islands move in step. It would catch a timer that fires in the wrong window, a clock that is
/// left behind, an island that is run twice or not at all, and a window longer than a link.
#include "runtime/simulation/islands.hpp"
#include "runtime/simulation/network.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

namespace trellis::simulation {
namespace {

using namespace std::chrono_literals;

struct tick {
  using stays_at_home = void;
};

using moments = std::vector<islands::time_point>;

/// Ticks once each `every`, and notes when.
caf::strong_actor_ptr spawn_clock(virtual_system& in, std::chrono::milliseconds every,
                                  moments& to) {
  auto run = [every, &to](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, every, tick{});
    return {[self, every, &to](tick x) {
      to.push_back(self->clock().now());
      self->delayed_send(self, every, x);
    }};
  };
  return caf::actor_cast<caf::strong_actor_ptr>(in.system().spawn(run));
}

BOOST_AUTO_TEST_CASE(each_runs_once_up_to_the_end_of_a_window) {
  for (unsigned threads : {1u, 2u, 4u}) {
    islands all{1, 4, threads};
    std::vector<moments> seen(all.size());
    std::vector<caf::strong_actor_ptr> clocks;
    for (std::size_t i = 0; i < all.size(); ++i)
      clocks.push_back(
          spawn_clock(all.at(i), std::chrono::milliseconds{i + 1}, seen[i])); // 1 to 4 ms
    BOOST_TEST(all.busy());
    auto begin = all.now(), end = begin;
    for (int window = 1; window <= 500; ++window) {
      end = begin + window * 12ms;
      all.run_until(end);
      for (std::size_t i = 0; i < all.size(); ++i) {
        BOOST_REQUIRE(all.at(i).now() == end);
        BOOST_REQUIRE_EQUAL(seen[i].size(), window * 12u / (i + 1) - 1); // none at the end itself
        BOOST_REQUIRE(seen[i].back() == end - std::chrono::milliseconds{i + 1});
      }
    }
    BOOST_TEST(!all.busy());
    BOOST_CHECK(all.next_timer() == end); // of all at once
    all.end(std::move(clocks));
  }
}

BOOST_AUTO_TEST_CASE(a_window_is_as_long_as_the_fastest_link_between_islands) {
  islands all{1, 2, 1};
  network net{all.systems(), 1};
  host_name here = *host_name::parse("a.example"), near = *host_name::parse("b.example"),
            far = *host_name::parse("c.example");
  net.put(far, 1);
  BOOST_CHECK(net.window() == 5ms); // as the sky is
  net.way(here, near).delay_least = 2ms;
  BOOST_CHECK(net.window() == 5ms); // they live on one island
  net.way(here, far).delay_least = 3ms;
  BOOST_CHECK(net.window() == 3ms);
  net.way(far, here).delay_least = 0ms;
  BOOST_CHECK(net.window() == 1ms);
}

} // namespace
} // namespace trellis::simulation
