/// L&B events as lines of a trace, and the lines of a file written anew. It would catch a line that
/// differs from run to run, and a rewrite that touches anything else.
#include "protocols/scenario/trace.hpp"
#include "tests/protocols/scenario/small_story.hpp"

namespace trellis::scenario {

namespace {

std::string line(lb::event_body what) {
  lb::event e;
  e.what = std::move(what);
  return trace_line(e);
}

} // namespace

BOOST_AUTO_TEST_CASE(an_event_is_its_kind_and_the_field_that_matters) {
  BOOST_TEST(line(lb::match{"ce01.cern.example:8443/trellis-slurm-default"})
             == "Match ce01.cern.example");
  BOOST_TEST(line(lb::running{"wn7.cern.example"}) == "Running wn7.cern.example");
  BOOST_TEST(line(lb::really_running{}) == "ReallyRunning");
  BOOST_TEST(line(lb::resubmission{lb::resubmission_result::willresub, "lost", "t"})
             == "Resubmission WILLRESUB");
  BOOST_TEST(line(lb::done{lb::done_status::ok, "", 0}) == "Done OK");
  BOOST_TEST(line(lb::done{lb::done_status::ok, "", 3}) == "Done OK exit=3");
  BOOST_TEST(line(lb::done{lb::done_status::failed, "gone", -1}) == "Done FAILED");
  BOOST_TEST(line(lb::cancel{lb::cancel_status::done, "user"}) == "Cancel DONE");
  BOOST_TEST(line(lb::abort{"hit  job\nretry count (1)"}) == "Abort hit job retry count (1)");
  BOOST_TEST(line(lb::clear{lb::clear_reason::user}) == "Clear USER");
  BOOST_TEST(line(lb::pending{""}) == "Pending");
  lb::transfer sent;
  sent.destination = lb::source::job_controller;
  sent.result = lb::progress::ok;
  BOOST_TEST(line(sent) == "Transfer JobController OK");
}

BOOST_AUTO_TEST_CASE(a_trace_has_its_kinds_and_sources) {
  lb::event e;
  e.what = lb::running{"wn1"};
  e.from = lb::source::log_monitor;
  trace x;
  BOOST_TEST(shows(x, e));
  e.from = lb::source::lrms;
  BOOST_TEST(!shows(x, e));
  x.from = {lb::source::lrms};
  BOOST_TEST(shows(x, e));
  x.only = {lb::kind::done};
  BOOST_TEST(!shows(x, e));
}

BOOST_AUTO_TEST_CASE(a_rewrite_replaces_these_lines_only) {
  std::string text{small_world};
  text += "trace render only=Match,\n# kinds\n  Done\n----\nMatch a\n-----\n# after\r\n"
          "trace flood#2\n----\n----";
  text.replace(text.find(",\n# kinds\n  Done"), 16, ",Done\n# kinds");
  auto x = read(text);
  BOOST_TEST_REQUIRE(x.traces.size() == 2u);
  auto first = replace_trace(text, x.traces[0], {"Match ce01.ral.example", "Done OK", "Purge"});
  BOOST_TEST_REQUIRE(bool(first));
  auto expected = text;
  expected.replace(expected.find("Match a\n"), 8, "Match  ce01.ral.example\nDone   OK\nPurge\n");
  BOOST_TEST(*first == expected);
  BOOST_TEST(read(*first).traces[0].lines.at(0) == "Match ce01.ral.example");
  auto second = replace_trace(text, x.traces[1], {"Done OK"});
  BOOST_TEST_REQUIRE(bool(second));
  BOOST_TEST(*second == text.substr(0, text.size() - 4) + "Done  OK\n----");
}

BOOST_AUTO_TEST_CASE(a_trace_of_another_text_is_not_found) {
  auto x = read(small_story);
  BOOST_CHECK(replace_trace(small_world, x.traces[0], {}).why().code == errc::not_found);
  trace other;
  other.at.line = 1;
  BOOST_CHECK(replace_trace("trace render\n----\n", other, {}).why().code == errc::not_found);
}

} // namespace trellis::scenario
