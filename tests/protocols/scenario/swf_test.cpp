/// Logs in the Standard Workload Format: what is read, what is refused, and the real ones where
/// they are at hand. It would catch a shifted column and a damaged file taken for a short one.
#include "protocols/scenario/swf.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <zlib.h>

namespace trellis::scenario {

namespace {

constexpr std::string_view log
    = "; UnixStartTime: 1091615532\n"
      ";\n"
      "  1   100   7   13 1    2.5   0 1  7200     -1 1  3  2 -1 4 1 -1 -1\r\n"
      "\n"
      "  2   100  -1   -1 -1  -1    -1 8  7200     -1 5  4  2 -1 4 3 -1 -1\n"
      "  3   160   0    5 2   -1    -1 1    -1     -1 0  3  2 -1 4 1 -1 -1";

std::string gzip(std::string_view text) {
  z_stream s{};
  BOOST_REQUIRE(deflateInit2(&s, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&s, text.size()) + 64, '\0');
  s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  s.avail_in = static_cast<uInt>(text.size());
  s.next_out = reinterpret_cast<Bytef*>(out.data());
  s.avail_out = static_cast<uInt>(out.size());
  BOOST_REQUIRE(deflate(&s, Z_FINISH) == Z_STREAM_END);
  out.resize(s.total_out);
  deflateEnd(&s);
  return out;
}

std::string why(std::string_view text, const swf_limits& limits = {}) {
  auto x = read_swf(text, limits);
  return x ? "" : x.why().text;
}

/// Of a real log; `without` when it is not at hand.
std::size_t jobs_of(const std::string& name, std::size_t without) {
  auto folder = std::getenv("TRELLIS_SHARED_DATA");
  std::ifstream in{(folder ? folder : ".") + ("/" + name), std::ios::binary};
  if (!in.is_open())
    return without;
  std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  BOOST_TEST(why(bytes) == "");
  auto x = read_swf(bytes);
  return x ? x->size() : 0;
}

} // namespace

BOOST_AUTO_TEST_CASE(columns_are_read_by_their_place) {
  auto x = read_swf(log);
  BOOST_TEST(why(log) == "");
  BOOST_TEST_REQUIRE(bool(x));
  BOOST_TEST_REQUIRE(x->size() == 3u);
  const auto& first = x->at(0);
  BOOST_TEST(first.number == 1);
  BOOST_TEST(first.submitted_s == 100);
  BOOST_TEST(first.waited_s == 7);
  BOOST_TEST(first.ran_s == 13);
  BOOST_TEST(first.processors == 1);
  BOOST_TEST(first.asked_time_s == 7200);
  BOOST_TEST(first.status == 1);
  BOOST_TEST(first.user == 3);
  BOOST_TEST(first.group == 2);
  BOOST_TEST(first.queue == 4);
  BOOST_TEST(first.partition == 1);
  BOOST_TEST(x->at(1).processors == 8); // asked for, as none were used
  BOOST_TEST(x->at(1).status == 5);
  BOOST_TEST(x->at(1).ran_s == -1);
  BOOST_TEST(x->at(2).submitted_s == 160);
}

BOOST_AUTO_TEST_CASE(jobs_are_passed_over_and_counted) {
  auto x = read_swf(log, {.skip = 1, .most = 1});
  BOOST_TEST_REQUIRE(bool(x));
  BOOST_TEST_REQUIRE(x->size() == 1u);
  BOOST_TEST(x->at(0).number == 2);
  BOOST_TEST(read_swf("no log at all", {.most = 0})->empty());
  BOOST_TEST(read_swf("")->empty());
}

BOOST_AUTO_TEST_CASE(compressed_logs_read_alike) {
  auto packed = gzip(log);
  BOOST_CHECK(*read_swf(packed) == *read_swf(log));
  auto half = log.size() / 2;
  auto end = log.find('\n', half) + 1;
  auto members = gzip(log.substr(0, end)) + gzip(log.substr(end)) + std::string(8, '\0');
  BOOST_CHECK(*read_swf(members) == *read_swf(log));
  for (std::size_t n = 2; n < packed.size(); ++n)
    BOOST_TEST(why(packed.substr(0, n)) == "the workload is no whole gzip file");
  auto bomb = gzip(std::string(1'000'000, ';'));
  BOOST_TEST(why(gzip(std::string(1'000, '\n') + std::string(100'000, '\n')), {.max_bytes = 1000})
             == "the workload has more than 1000 bytes");
  BOOST_TEST(why(bomb) == "line 1 of the workload is longer than 4096 bytes");
}

BOOST_AUTO_TEST_CASE(what_is_no_log_is_refused_with_its_line) {
  BOOST_TEST(why("; x\n1 2 3\n") == "line 2 of the workload has no whole number in column 4 of 18");
  BOOST_TEST(why("1 a 7 13 1 2 0 1 7200 -1 1 3 2 -1 4 1 -1 -1\n")
             == "line 1 of the workload has no whole number in column 2 of 18");
  BOOST_TEST(why("1 1 7 13 1 2 0 1 7200 -1 1 3 2 -1 4 1 -1 -1 0\n")
             == "line 1 of the workload has more than 18 columns");
  BOOST_TEST(why("1 1 7 13 1 2 0 1 7200 -1 1 3 2 -1 4 1 -1 99999999999999999999\n")
             == "line 1 of the workload has no whole number in column 18 of 18");
  BOOST_TEST(why("1 9 7 13 1 2 0 1 7200 -1 1 3 2 -1 4 1 -1 -1\n"
                 "2 8 7 13 1 2 0 1 7200 -1 1 3 2 -1 4 1 -1 -1\n")
             == "line 2 of the workload was submitted before the one above it");
  BOOST_TEST(why("1 9 7 13 1 2. 0 1 7200 -1 1 3 2 -1 4 1 -1 -1\n")
             == "line 1 of the workload has no whole number in column 6 of 18");
}

BOOST_AUTO_TEST_CASE(the_logs_of_real_grids_read_whole) {
  BOOST_TEST(jobs_of("LCG-2005-1.swf.gz", 188'041) == 188'041u);
  BOOST_TEST(jobs_of("LPC-EGEE-2004-1.2-cln.swf.gz", 234'889) == 234'889u);
}

} // namespace trellis::scenario
