/// What is wrong with a scenario file: each problem with its place and the word that is expected.
/// It would catch a mistake that is taken silently, one that hides the next, and a wrong place.
#include "tests/protocols/scenario/small_story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace trellis::scenario {

namespace {

/// The problems of the small world with these lines below it; lines counted from these.
std::vector<std::string> problems_of(std::string_view lines) {
  auto above = std::ranges::count(small_world, '\n');
  auto x = parse(std::string{small_world} + std::string{lines}, "x.scn");
  std::vector<std::string> out;
  for (const auto& p : x.problems)
    out.push_back(fmt::format("{}:{}: {}", p.at.line - above, p.at.column, p.text));
  return out;
}

/// A line and, indented, the one problem it has; `|` stands for a line end. What is indented more
/// belongs to the problem above.
void check(std::string_view table) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::istringstream lines{std::string{table.substr(1)}};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    "))
      rows.back().second += line.substr(3);
    else if (line.starts_with("  "))
      rows.back().second = line.substr(2);
    else
      rows.emplace_back(line, "");
  }
  BOOST_TEST(!rows.empty());
  for (auto& [line, problem] : rows) {
    std::ranges::replace(line, '|', '\n');
    auto found = problems_of(line);
    BOOST_TEST_CONTEXT(line) {
      BOOST_TEST_REQUIRE(found.size() == 1u, fmt::format("{}", fmt::join(found, "\n")));
      BOOST_TEST(found[0] == problem);
    }
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(statements_and_words) {
  check(R"(
sitte x.example
  1:1: expected a statement, not 'sitte'; did you mean 'site'?
site x.example rols=lb
  1:16: 'rols=' is no option here (there are: roles lease allowed-skew half-life max-waiting
    ask-token); did you mean 'roles'?
site x.example lease=1s lease=2s
  1:25: 'lease' is given twice
site x.example roles=bl
  1:22: expected a role (wms, lb, info), not 'bl'
seed many
  1:6: expected a seed: 'many' is no count: a number without a unit
seed 1 2
  1:8: expected the end of the statement, not '2'
vo "a b"
  1:4: expected a name for a VO, letters, digits, - and _, not 'a b'
site NOT_A_HOST.example
  1:6: expected a site, as a host name in lower case, not 'NOT_A_HOST.example'
site cern
  1:6: 'cern' is in no domain: expected a name such as ce01.cern.example
user eve vo=biomed role="and
  1:25: the quote does not end on its line
user eve vo="biomed"x
  1:21: expected a blank after the quote
trace render
  1:13: expected a line ---- below, the events, and a line ---- (trellis-replay --rewrite
    fills in the events)
----|----
  1:1: a line ---- begins the events of a trace, and no trace stands above it
trace render|----|Done
  2:1: the events of a trace have no end: expected a second line ----
vo cms [ A = 1; ]
  1:8: only a job and a workload have JDL
)");
}

BOOST_AUTO_TEST_CASE(units_of_the_wrong_kind) {
  check(R"(
user eve vo=biomed proxy=12
  1:26: proxy=: '12' is no duration such as 30min (units: ms s min h d)
ce c.ral.example slots=4GB
  1:24: slots=: '4GB' is no count: a number without a unit
se s.ral.example space=10s
  1:24: space=: '10s' is no size such as 64MB (units: B kB MB GB TB KiB MiB GiB TiB)
link cern.example ral.example rate=10MB
  1:36: rate=: '10MB' is no rate such as 100Mb/s (units: b/s kb/s Mb/s Gb/s)
link cern.example ral.example loss=101%
  1:36: loss=: '101%' is no part such as 30% or 0.5%, at most 100%
at 5 kill ce01.ral.example
  1:4: expected a time such as 4min, or 'end': '5' is no duration such as 30min (units: ms s
    min h d)
at 5s skew cern.example -5
  1:25: expected a quantity: '-5' is no offset such as +30s or -2min
at 1min share of biomed within 10 of 50%
  1:32: expected a part: '10' is no part such as 30% or 0.5%, at most 100%
at end render is Done exit=256
  1:28: exit=: '256' is no exit code: 0 to 255
)");
}

BOOST_AUTO_TEST_CASE(names_that_nobody_gave_or_two_gave) {
  check(R"(
user eve vo=biomd
  1:13: expected a VO, and none is called 'biomd'; did you mean 'biomed'?
user eve vo=alice
  1:13: expected a VO, and 'alice' is a user
job other by=alise
  1:14: expected a user, and none is called 'alise'; did you mean 'alice'?
at 1s kill ce01
  1:12: expected a site or a CE, and none is called 'ce01'; did you mean 'ce01.ral.example'?
at 1s drain cern.example
  1:13: expected a CE, and 'cern.example' is a site; did you mean 'ce01.ral.example'?
at end rendr is Done
  1:8: expected a job or a workload, and none is called 'rendr'; did you mean 'render'?
job render by=alice
  1:5: 'render' is the name of a job already
job alice by=alice
  1:5: 'alice' is the name of a user already
job kill by=alice
  1:5: 'kill' is a word of the language, it cannot name a job
site cern.example
  1:6: 'cern.example' is the name of a site already
ce ce01.ral.example
  1:1: the queue ce01.ral.example/default is given twice
ce ce01.infn.example
  1:1: the CE ce01.infn.example is in no site: expected a site whose domain ends its name
link ral.example cern.example|link cern.example ral.example
  2:1: the link cern.example ral.example is given twice
link ral.example ral.example
  1:1: expected a link between two
at end flood#11 is Done
  1:1: 'flood' is submitted 10 times: there is no #11
job other by=alice|at end other is Done
  2:1: 'other' is never submitted: expected at T submit other
trace flood|----|----
  1:1: 'flood' is submitted many times: expected flood#1 or another
)");
}

BOOST_AUTO_TEST_CASE(what_happens_and_when) {
  check(R"(
at 4min kil ce01.ral.example
  1:9: expected a verb, not 'kil'; did you mean 'kill'?
at 4min kill
  1:13: expected a site or a CE, and the statement ends
from 5min to 2min kill any ce every=1min
  1:1: expected a time after 5min, not 2min
from 5min to 2h kill any ce every=0s
  1:1: every=: expected a time above 0
from 5min to 2h cancel render
  1:1: expected every=: nothing undoes 'cancel' at the end of the range
at 5min cancel render for=3min
  1:1: for=: nothing undoes 'cancel'
at 5min kill any ce every=3min
  1:1: every= repeats in a range: expected from T to T
from 1min to 2min kill any ce for=1s
  1:1: for= in a range needs every=; without them it lasts as long as the range
at 0s submit render x0
  1:1: expected x1 to x1000000
from 0s to 1000h submit render every=1ms
  1:1: expected at most 1000000 times, not more
at 1s slow cern.example ral.example
  1:36: expected rate= or rtt=
at 1s cut cern.example ->
  1:26: expected a second node after '->'
at 1s skew cern.example
  1:24: expected an offset such as +30s or -2min
at 1s kill any banana
  1:16: expected node, site, ce, se, wms, lb or info, not 'banana'
at 1s fill any se
  1:1: 'any se' means no node: there is none of it here
at 1s restore cern.example
  1:1: expected a backup of cern.example before its restore
until 1min|at 2min kill cern.example
  2:1: expected a time until 1min, when the run ends
)");
}

BOOST_AUTO_TEST_CASE(what_must_hold) {
  check(R"(
by 1min render is Runing
  1:19: expected a job state, not 'Runing'; did you mean 'Running'?
by 1min render is Running or
  1:29: expected a job state after 'or', and the statement ends
by 1min render
  1:15: expected 'is' and a job state
always jobs Running 6
  1:21: expected a comparison (< <= = != >= >), not '6'
always jobs Running <= six
  1:24: expected a count: 'six' is no count: a number without a unit
always jobs of alice of bob <= 1
  1:22: 'of' is given twice
always share of biomed about 50%
  1:24: expected share of NAME within 10% of 50%
always ce01.ral.example is uup
  1:28: expected a state of a node: up, down or draining, not 'uup'; did you mean 'up'?
always outbox of render <= 1
  1:18: expected a site or a CE, and 'render' is a job
until 1min|by 2min render is Done
  2:1: expected a time until 1min, when the run ends
)");
}

BOOST_AUTO_TEST_CASE(problems_of_the_jdl_have_their_place_in_the_file) {
  check(R"(
job a by=alice [ RetryCount = "x"; ]
  1:31: JDL: RetryCount: must be an integer, not "x"
job a by=alice|  [ RetryCount = 1;|    Rank = ; ]|vo z
  3:12: JDL: expected an expression, found ';'
job a by=alice|  [ RetryCount = 1;|vo z
  2:3: the JDL that begins here has no end: expected ']'
job a by=alice|  [ RetryCount = 1;|    Rank = "x ]
  3:12: a string is never closed
job a by=alice lease=10min|  [ LeaseTime = 5; ]
  1:1: lease= is given, and LeaseTime in the JDL
job x by=bob [ InputData = "lfn:/a"; ]
  1:14: JDL: InputData: expected file lfn:/a size=... on=... in the world
job x by=bob [ Executable = "x.sh"; InputSandbox = "y.sh"; ]
  1:29: JDL: Executable: 'x.sh' is not among the InputSandbox files
job a by=alice [ RetryCount = 1 ] [ RetryCount = 2 ]
  1:35: expected one block of JDL, and this is the second
)");
}

BOOST_AUTO_TEST_CASE(all_problems_are_found_in_the_order_of_the_file) {
  auto x = parse("scenario \"x\"\n"
                 "site cern.example roles=wms\n"
                 "ce ce01.cern.example slots=x\n"
                 "job render by=nobody\n"
                 "at 0s submit rendr\n"
                 "at 5min explode render\n"
                 "at end render is Fine\n",
                 "many.scn");
  BOOST_TEST(
      all(x.problems)
      == "many.scn:3:28: slots=: 'x' is no count: a number without a unit\n"
         "many.scn:4:15: expected a user, and none is called 'nobody'\n"
         "many.scn:5:1: jobs need lb, and no site plays it: expected roles=lb\n"
         "many.scn:5:1: jobs need info, and no site plays it: expected roles=info\n"
         "many.scn:5:14: expected a job, and none is called 'rendr'; did you mean 'render'?\n"
         "many.scn:6:9: expected a verb, not 'explode'; did you mean 'expire'?\n"
         "many.scn:7:1: 'render' is never submitted: expected at T submit render\n"
         "many.scn:7:18: expected a job state, not 'Fine'; did you mean 'Done'?\n");
}

BOOST_AUTO_TEST_CASE(a_wms_is_one_and_knows_ces) {
  auto x = parse("scenario \"x\"\nvo a\n"
                 "user u vo=a wms=ral.example\n"
                 "user v vo=a wms=nowhere.example\n"
                 "site cern.example roles=wms,lb\n"
                 "site ral.example roles=info\n"
                 "job j by=u\nat 0s submit j\n",
                 "two.scn");
  BOOST_TEST(all(x.problems)
             == "two.scn:3:1: wms=: expected a site with roles=wms, ral.example has none of it\n"
                "two.scn:4:17: expected a site, and none is called 'nowhere.example'; "
                "did you mean 'cern.example'?\n"
                "two.scn:5:1: the WMS cern.example would know no CE: expected info among its "
                "roles\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_scenario_is_refused) {
  BOOST_TEST(all(parse("", "x").problems)
             == "x:1:1: expected scenario \"what happens\"\nx:1:1: expected a site\n");
  BOOST_TEST(all(parse("  indented\n", "x").problems).starts_with("x:1:3: an indented line"));
  BOOST_TEST(!parse(std::string(max_file_bytes + 1, ' '), "x"));
  std::string flood;
  for (int i = 0; i < 1000; ++i)
    flood += "wrong\n";
  BOOST_TEST(parse(flood, "x").problems.size() == max_problems);
  BOOST_TEST(!parse(std::string{"scenario \"a\0b\"\nsite a.b\n", 25}, "x"));
}

} // namespace trellis::scenario
