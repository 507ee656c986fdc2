#include "actors/shell/form.hpp"
#include "actors/shell/times.hpp"
#include "tests/actors/shell/fake_world.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace trellis;
using namespace trellis::shell;

namespace {

constexpr column columns[] = {
    text_column("NAME", "name"),
    number_column("N", "n"),
    cuttable(text_column("TEXT", "text")),
    wide(text_column("MORE", "more")),
};

std::vector<row> rows(std::string text) {
  return {
      row{"a",                  "10", text, "m1"},
      row{{"bcd", colour::red}, "9",  "",   "m2"}
  };
}

std::string table(std::vector<row> x, page paper = {}, bool all = false) {
  std::ostringstream out;
  print_table(out, columns, std::move(x), paper, all);
  return out.str();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_table_aligns_and_ends_its_lines_without_blanks) {
  BOOST_TEST(table(rows("x"))
             == "NAME   N  TEXT\n"
                "a     10  x\n"
                "bcd    9\n");
  BOOST_TEST(table(rows("x"), {}, true)
             == "NAME   N  TEXT  MORE\n"
                "a     10  x     m1\n"
                "bcd    9        m2\n");
}

BOOST_AUTO_TEST_CASE(a_table_cuts_what_may_be_cut_and_nothing_else) {
  page narrow{.width = 20};
  BOOST_TEST(table(rows("a text that is long"), narrow)
             == "NAME   N  TEXT\n"
                "a     10  a text ...\n"
                "bcd    9\n");
  std::vector<row> long_id{
      row{"an-id-that-is-longer-than-the-page", "1", "x", ""}
  };
  BOOST_TEST(table(long_id, narrow).find("an-id-that-is-longer-than-the-page")
             != std::string::npos);
  BOOST_TEST(table(rows("a text that is long"), narrow, true).find("a text that is long")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(colours_do_not_move_columns) {
  page plain, coloured{.colours = true};
  BOOST_TEST(table(rows("x"), plain).find('\033') == std::string::npos);
  BOOST_TEST(table(rows("x"), coloured).find("\033[31mbcd\033[0m    9") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_line_of_a_table_is_one_line) {
  BOOST_TEST(table(rows("x\ny\033[2J"))
             == "NAME   N  TEXT\n"
                "a     10  x y [2J\n"
                "bcd    9\n");
}

BOOST_AUTO_TEST_CASE(csv_quotes_what_it_must) {
  std::ostringstream out;
  print_csv(out, columns, rows("a, \"b\"\nc"));
  BOOST_TEST(out.str() == "name,n,text,more\r\na,10,\"a, \"\"b\"\"\nc\",m1\r\nbcd,9,,m2\r\n");
}

BOOST_AUTO_TEST_CASE(json_escapes_and_never_breaks_utf8) {
  BOOST_TEST(json_string("a\"b\\c\n\t\x01") == R"("a\"b\\c\n\t\u0001")");
  BOOST_TEST(json_string("é€😀") == "\"é€😀\"");
  BOOST_TEST(json_string("\xff\xc3(") == R"("\ufffd\ufffd(")");
  BOOST_TEST(json_string("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");
  BOOST_TEST(json_number(0.5) == "0.5");
  BOOST_TEST(json_number(1.0 / 0.0) == "null");
}

BOOST_AUTO_TEST_CASE(messages_are_json_by_their_names) {
  lb::stored_event e;
  e.arrival = 7;
  e.arrived = std::chrono::sys_time<std::chrono::microseconds>{
      std::chrono::microseconds{1'233'052'403'000'042}};
  e.what.job = job(first_id);
  e.what.from = lb::source::lrms;
  e.what.what = lb::done{lb::done_status::ok, "well", 0};
  BOOST_TEST(json(e)
             == R"({"arrival": 7, "arrived": "2009-01-27T10:33:23.000042Z", "what": {"job": ")"
                    + first_id
                    + R"(", "from": "LRMS", "seqcode": "UI=000000:NS=0000000000:WM=000000:)"
                      R"(BH=0000000000:JSS=000000:LM=000000:LRMS=000000:APP=000000:LBS=000000",)"
                      R"( "timestamp": "1970-01-01T00:00:00.000000Z", "host": "", )"
                      R"("src_instance": "", "user": "", "lvl": "SYSTEM", "what": )"
                      R"({"event": "Done", "status_code": "OK", "reason": "well", )"
                      R"("exit_code": 0}}})");
}

BOOST_AUTO_TEST_CASE(durations_are_read_and_shown) {
  using namespace std::chrono;
  BOOST_TEST((*parse_duration("10min") == milliseconds{600'000}));
  BOOST_TEST((*parse_duration("90") == milliseconds{90'000}));
  BOOST_TEST((*parse_duration("250ms") == milliseconds{250}));
  for (auto bad : {"", "ten", "-1", "10 min", "5weeks", "99999999999999999999"})
    BOOST_TEST(
        ((parse_duration(bad) ? errc::none : parse_duration(bad).why().code) == errc::usage));
  BOOST_TEST(brief(seconds{119}) == "119s");
  BOOST_TEST(brief(seconds{120}) == "2m");
  BOOST_TEST(brief(hours{47}) == "47h");
  BOOST_TEST(brief(hours{49}) == "2d");
  BOOST_TEST(brief(seconds{-5}) == "0s");
}
