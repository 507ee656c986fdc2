#include "runtime/log/line_format.hpp"
#include "runtime/log/log.hpp"
#include "runtime/log/refusals.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

const log::log_time noon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h + 7us};

} // namespace

BOOST_AUTO_TEST_CASE(a_json_line_has_all_fields) {
  BOOST_TEST(log::json_line(noon, log::level::warn, "link-refused", "cern.example", "no \"CA\"")
             == R"({"time":"2026-03-01T12:00:00.000007Z","level":"warn","id":"link-refused",)"
                R"("host":"cern.example","text":"no \"CA\""})");
}

BOOST_AUTO_TEST_CASE(a_text_line_indents_what_follows) {
  BOOST_TEST(log::text_line(noon, log::level::info, "node-ready", "one\ntwo")
             == "12:00:00.000 info  node-ready  one\n    two");
}

BOOST_AUTO_TEST_CASE(any_bytes_are_safe_in_json) {
  struct row {
    std::string_view given, escaped;
  };

  using namespace std::string_view_literals;
  const row rows[] = {
      {"\\ \" /"sv,            "\\\\ \\\" /"                 },
      {"a\nb\tc\rd"sv,         "a\\nb\\tc\\rd"               },
      {"\0\x1b[31m\x7f"sv,     "\\u0000\\u001b[31m\\u007f"   },
      {"Gr\xc3\xbc\xc3\x9f"sv, "Gr\xc3\xbc\xc3\x9f"          },
      {"\xff\xfe"sv,           "\\ufffd\\ufffd"              },
      {"\xc3"sv,               "\\ufffd"                     }, // cut short
      {"\xc0\xaf"sv,           "\\ufffd\\ufffd"              }, // overlong
      {"\xed\xa0\x80"sv,       "\\ufffd\\ufffd\\ufffd"       }, // a surrogate
      {"\xf4\x90\x80\x80"sv,   "\\ufffd\\ufffd\\ufffd\\ufffd"}, // above U+10FFFF
      {"\xf0\x9f\x9a\x80"sv,   "\xf0\x9f\x9a\x80"            },
  };
  for (const auto& row : rows)
    BOOST_TEST(log::json_escaped(row.given) == row.escaped);
}

BOOST_AUTO_TEST_CASE(a_terminal_is_not_steered) {
  using namespace std::string_view_literals;
  BOOST_TEST(log::terminal_safe("\x1b]0;x\x07 \xc2\x9b ok\n"sv)
             == "\\x1b]0;x\\x07 \\xc2\\x9b ok\n");
  BOOST_TEST(log::terminal_safe("\xff ü"sv) == "\\xff ü");
}

BOOST_AUTO_TEST_CASE(a_collector_takes_every_line) {
  log::collector lines;
  log::debug("detail-seen", "{} of {}", 1, 2);
  log::error("disk-full", "/var has {} bytes left", 0);
  std::thread{[] { log::warn("disk-full", "again"); }}.join();
  BOOST_TEST(lines.count("detail-seen") == 1u);
  BOOST_TEST(lines.count("disk-full") == 2u);
  BOOST_TEST(lines.last("disk-full") == "again");
  BOOST_TEST(lines.lines().at(1).text == "/var has 0 bytes left");
  BOOST_TEST(lines.last("never").empty());
}

BOOST_AUTO_TEST_CASE(strangers_do_not_fill_the_log) {
  log::collector lines;
  log::refusals of{"connection"};
  const log::refusals::clock::time_point t{std::chrono::hours{1}};
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([&] {
      for (int n = 0; n < 50; ++n)
        of.say("refused-it", "[::1]:7", {errc::busy, "too many"}, t);
    });
  for (auto& x : all)
    x.join();
  BOOST_TEST(lines.count("refused-it") == log::refusals::lines_a_second);
  BOOST_TEST(lines.last("refused-it") == "a connection from [::1]:7 is refused (busy): too many");
  BOOST_TEST(lines.count("refusals-unlogged") == 0u);
  of.say("refused-it", "[::1]:8", {errc::busy, "too many"}, t + std::chrono::seconds{1});
  BOOST_TEST(lines.count("refused-it") == log::refusals::lines_a_second + 1);
  BOOST_TEST(lines.last("refusals-unlogged")
             == "100 more connections were refused within a second");
}

BOOST_AUTO_TEST_CASE(levels_below_the_least_are_not_wanted) {
  log::set_up({log::level::warn, log::form::automatic, {}});
  BOOST_TEST(!log::wanted(log::level::info));
  BOOST_TEST(log::wanted(log::level::error));
  log::set_up({});
  BOOST_TEST(log::wanted(log::level::info));
  BOOST_TEST(!log::wanted(log::level::debug));
  BOOST_TEST((*log::parse_level("debug") == log::level::debug));
  BOOST_TEST(!log::parse_level("loud"));
}
