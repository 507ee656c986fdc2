#include "protocols/base/quantity.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(durations_have_a_unit) {
  BOOST_TEST((*parse_duration("30min") == 30min));
  BOOST_TEST((*parse_duration("1500ms") == 1500ms));
  BOOST_TEST((*parse_duration("2 h") == 2h));
  for (auto bad : {"", "5", "min", "-1s", "1.5h", "5 parsecs", "99999999999999999999s",
                   "9223372036854775807d", "1s "})
    BOOST_TEST(!parse_duration(bad), bad);
}

BOOST_AUTO_TEST_CASE(sizes_have_a_unit) {
  BOOST_TEST(parse_bytes("64MB")->bytes == 64'000'000u);
  BOOST_TEST(parse_bytes("1KiB")->bytes == 1024u);
  BOOST_TEST(parse_bytes("0B")->bytes == 0u);
  for (auto bad : {"64", "MB", "64mb", "-1B", "9999999999TB"})
    BOOST_TEST(!parse_bytes(bad), bad);
}

BOOST_AUTO_TEST_CASE(what_is_printed_reads_back) {
  for (std::chrono::milliseconds x :
       std::initializer_list<std::chrono::milliseconds>{0ms, 1ms, 1500ms, 90s, 30min, 48h})
    BOOST_TEST((*parse_duration(text(x)) == x), text(x));
  BOOST_TEST(text(std::chrono::milliseconds{90s}) == "90s");
  for (std::uint64_t n : {0ull, 1ull, 1024ull, 64'000'000ull, 268'435'456ull})
    BOOST_TEST(parse_bytes(text(byte_count{n}))->bytes == n);
  BOOST_TEST(text(byte_count{256u << 20}) == "256MiB");
}
