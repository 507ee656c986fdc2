/// Scenario files as values, and values as files. It would catch a word that reads as something
/// else, a quantity in a wrong unit, and a canonical form that reads back as another story.
#include "protocols/scenario/text.hpp"
#include "protocols/scenario/verbs.hpp"
#include "tests/protocols/scenario/small_story.hpp"

namespace trellis::scenario {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(a_whole_file_becomes_one_value) {
  auto x = read(small_story);
  BOOST_TEST(x.title == "A CE dies under a running job; the WMS sends it elsewhere");
  BOOST_TEST(x.seed == 2006u);
  BOOST_TEST(x.users.at(0).vo == "biomed");
  BOOST_TEST(x.users.at(0).role == "production");
  BOOST_CHECK(x.users.at(0).proxy == 12h);
  BOOST_TEST(x.sites.size() == 2u);
  BOOST_TEST(x.ces.at(1).host.text() == "ce02.ral.example");
  BOOST_TEST(x.ces.at(1).batch == "pbs");
  BOOST_TEST(x.ces.at(1).slots == 2u);
  BOOST_TEST(x.ses.at(0).space.bytes == 2'000'000'000'000u);
  BOOST_TEST(x.links.at(0).rate.bits_s == 1'000'000'000u);
  BOOST_CHECK(x.links.at(0).rtt == 20ms);
  BOOST_TEST(x.files.at(0).on.at(0) == "se01.cern.example");
  BOOST_CHECK(x.jobs.at(0).runs == 10min);
  BOOST_TEST(x.jobs.at(0).jdl.starts_with("[ Executable"));
  BOOST_TEST(x.jobs.at(0).jdl.ends_with("RetryCount = 1; ]"));
  BOOST_TEST(x.happenings.size() == 3u);
  BOOST_CHECK(x.happenings.at(1).what.what == verb::kill);
  BOOST_CHECK(x.happenings.at(1).from == 4min);
  BOOST_TEST(x.happenings.at(1).what.on.at(0).host.text() == "ce01.cern.example");
  BOOST_TEST(x.expectations.size() == 4u);
  BOOST_TEST(x.expectations.at(1).at.line == 29u);
  auto last = std::get<job_is>(x.expectations.at(3).what);
  BOOST_TEST(last.who.name == "render");
  BOOST_TEST((last.states == std::vector{lb::job_state::done}));
  BOOST_TEST(last.exit_code.value() == 0);
  BOOST_TEST(last.resubmissions.value() == 1u);
  const auto& t = x.traces.at(0);
  BOOST_TEST(t.only.size() == 4u);
  BOOST_TEST(t.lines.size() == 7u);
  BOOST_TEST(t.lines.at(3) == "Resubmission WILLRESUB");
}

BOOST_AUTO_TEST_CASE(the_canonical_form_reads_back_as_the_same_story) {
  auto x = read(small_story);
  auto text = print(x);
  BOOST_CHECK(read(text) == x);
  BOOST_TEST(print(read(text)) == text);
}

BOOST_AUTO_TEST_CASE(what_happens_prints_as_it_is_written) {
  for (std::string line : {
           "at 0s submit render x200 every=2s",
           "at 0s submit render twice",
           "from 1min to 1h submit render x3 every=10min",
           "at 5min cancel render",
           "at 5min cancel flood#3",
           "at 5min cancel every flood",
           "at 5min cancel any job of alice on ce01.ral.example",
           "at 5min hold render for=3min",
           "at 6min release every job",
           "at 6min crash any job on ce01.ral.example",
           "at 4min kill ce01.ral.example cern.example",
           "from 5min to 2h kill any ce every=10min for=3min",
           "at 4min stop every node",
           "at 4min start any wms",
           "at 4min drain ce01.ral.example for=1h",
           "at 4min open every ce",
           "at 4min break ce01.ral.example",
           "at 4min break 30% ce01.ral.example crashes for=1h",
           "at 4min mend ce01.ral.example",
           "at 4min cut cern.example ral.example",
           "from 4min to 10min cut cern.example -> ral.example",
           "at 4min cut ral.example",
           "at 4min slow cern.example ral.example rate=10kb/s rtt=30s",
           "from 0s to 1h lose 2.5% cern.example -> ce01.ral.example",
           "at 4min repeat 10% every node",
           "at 4min heal cern.example ral.example",
           "at 4min fill cern.example",
           "at 5min empty cern.example",
           "at 5min corrupt any node",
           "at 5min skew ral.example +30s",
           "at 5min skew ral.example -2min",
           "at 5min expire alice",
       }) {
    auto x = with(line + "\n");
    BOOST_TEST(text(x.happenings.back()) == line);
    BOOST_TEST_CONTEXT(print(x)) { BOOST_CHECK(read(print(x)) == x); }
  }
}

BOOST_AUTO_TEST_CASE(what_must_hold_prints_as_it_is_written) {
  for (std::string line : {
           "by 1min render is Running",
           "by 1min render is Running on ce01.ral.example",
           "never render is Aborted",
           "at end render is Done exit=0 resubmissions=1 deep=1 shallow=0",
           "at end render is Aborted reason=\"no match\"",
           "at 5min flood#3 is not Done",
           "at end every job is Done or Cleared",
           "at end every job of alice is Done",
           "by 5min some flood is Running",
           "never some job on ce01.ral.example is Cancelled",
           "always jobs Running <= 6",
           "always jobs of alice Running >= 2",
           "always jobs of biomed on ce01.ral.example Running or Scheduled <= 4",
           "at end jobs of flood Done = 10",
           "at end jobs != 0",
           "always payloads of every job <= 1",
           "always starts of render <= 2",
           "at end attempts of flood#1 < 3",
           "at end resubmissions of every flood > 0",
           "always outbox of cern.example <= 100",
           "always outbox of every node <= 100",
           "at 1h share of biomed within 10% of 50%",
           "at 1h share of alice within 0.25% of 33.3333%",
           "by 1h every node is up",
           "at 5min ce01.ral.example is not down",
           "at 5min some ce is draining",
       }) {
    auto x = with(line + "\n");
    BOOST_TEST_REQUIRE(x.expectations.size() == 1u, line);
    BOOST_TEST(text(x.expectations.back()) == line);
    BOOST_TEST_CONTEXT(print(x)) { BOOST_CHECK(read(print(x)) == x); }
  }
}

BOOST_AUTO_TEST_CASE(the_world_prints_as_it_is_written) {
  for (std::string line : {
           "vo    cms share=3",
           "vo    vo.france-grilles.fr",
           "user  carol vo=atlas group=/atlas/prod role=production proxy=90min",
           "user  dave vo=atlas wms=cern.example",
           "site  lb.example roles=lb,wms,info lease=10min allowed-skew=5s half-life=1d",
           "site  in2p3.example max-waiting=100 ask-token",
           "ce    ce02.ral.example slots=8 queue=long vos=biomed,atlas max-wall=1h memory=4GB",
           "ce    ce03.ral.example software=root,geant4 max-waiting=5 start-delay=1s fails=30%",
           "ce    ce04.ral.example crashes=0.5% black-hole",
           "ce    ral.example",
           "link  cern.example ce01.ral.example rate=100Mb/s rtt=200ms loss=1% repeat=2%",
       }) {
    auto x = with(line + "\n");
    auto printed = print(x);
    BOOST_TEST(printed.find("\n" + line + "\n") != printed.npos, line << "\n" << printed);
    BOOST_CHECK(read(printed) == x);
  }
}

BOOST_AUTO_TEST_CASE(a_workload_is_read_with_its_options) {
  auto x = with("workload lpc swf=../data/LPC.swf.gz by=alice,bob skip=10 first=50 divide=100\n"
                "  starts=5min\n"
                "  [ RetryCount = 2; ]\n"
                "at end lpc#50 is Done\n");
  const auto& w = x.workloads.at(0);
  BOOST_TEST(w.swf == "../data/LPC.swf.gz");
  BOOST_TEST((w.by == std::vector<std::string>{"alice", "bob"}));
  BOOST_TEST(w.skip == 10u);
  BOOST_TEST(w.first == 50u);
  BOOST_TEST(w.divide == 100u);
  BOOST_CHECK(w.starts == 5min);
  BOOST_TEST(w.jdl == "[ RetryCount = 2; ]");
  BOOST_CHECK(read(print(x)) == x);
}

BOOST_AUTO_TEST_CASE(lines_comments_quotes_and_brackets_are_told_apart) {
  auto x = read("scenario \"say \\\"#\\\" and \\\\\" # the title\r\n"
                "vo biomed\r\n"
                "\r\n"
                "user alice # not: vo=atlas\r\n"
                "# between\r\n"
                "  vo=biomed\r\n"
                "site cern.example\r\n"
                "job render by=alice\r\n"
                "[ Executable = \"/a\"; // ]\r\n"
                "  Arguments = \"#]\";\r\n"
                "] runs=5s");
  BOOST_TEST(x.title == "say \"#\" and \\");
  BOOST_TEST(x.users.at(0).vo == "biomed");
  BOOST_CHECK(x.jobs.at(0).runs == 5s);
  BOOST_TEST(x.jobs.at(0).jdl.ends_with("\"#]\";\n]"));
  BOOST_CHECK(read(print(x)) == x);
}

BOOST_AUTO_TEST_CASE(what_is_done_can_be_undone) {
  auto x = with("at 1min cut cern.example -> ral.example for=1min\n"
                "at 1min skew ral.example +5s for=1min\n"
                "at 1min kill ce01.ral.example\n");
  auto n = x.happenings.size();
  BOOST_TEST(text(*undoing(x.happenings[n - 3].what)) == "heal cern.example -> ral.example");
  BOOST_TEST(text(*undoing(x.happenings[n - 2].what)) == "skew ral.example +0s");
  BOOST_TEST(text(*undoing(x.happenings[n - 1].what)) == "start ce01.ral.example");
  BOOST_CHECK(!undoing(x.happenings[0].what));
}

} // namespace trellis::scenario
