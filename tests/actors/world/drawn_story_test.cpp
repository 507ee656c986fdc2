/// Stories that nobody wrote: each reads back as it prints, since what is found is printed, made
/// small by what still reads, and kept as a file. It would catch a drawing that makes what the
/// language refuses, and a kind of grid that is not drawn any more.
#include "actors/world/swarm.hpp"
#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace trellis::world {
namespace {

BOOST_AUTO_TEST_CASE(drawn_stories_read_back_and_are_of_all_kinds) {
  int rivals = 0, two_brokers = 0, lb_apart = 0;
  for (std::uint64_t number = 0; number < 300; ++number) {
    auto told = drawn_story(number);
    auto printed = scenario::print(told);
    auto read = scenario::parse(printed, "drawn");
    for (const auto& x : read.problems)
      BOOST_FAIL(scenario::to_string(x) << "\n" << printed);
    BOOST_TEST(scenario::print(read.value) == printed);
    rivals += std::ranges::count(told.users, "carol", &scenario::user::name) > 0;
    two_brokers += scenario::wms_of(told, "bob") != scenario::wms_of(told, "alice");
    lb_apart += scenario::lb_of(told, scenario::wms_of(told, "alice"))
                != scenario::wms_of(told, "alice");
  }
  BOOST_TEST(rivals > 30);
  BOOST_TEST(two_brokers > 30);
  BOOST_TEST(lb_apart > 30);
}

} // namespace
} // namespace trellis::world
