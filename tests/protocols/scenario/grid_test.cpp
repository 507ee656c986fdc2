/// What a story's world and times come to. It would catch a fault that hits another node than the
/// reader thinks, and work that is submitted more or less often.
#include "protocols/jdl/job.hpp"
#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/missing.hpp"
#include "tests/protocols/scenario/small_story.hpp"

#include <fmt/format.h>

namespace trellis::scenario {

using namespace std::chrono_literals;

namespace {

std::string nodes(const story& x) {
  std::string out;
  for (const auto& node : nodes_of(x)) {
    out += node.host.text() + "@" + node.site.text();
    for (auto r : node.roles)
      out += fmt::format(" {}", trellis::word(r));
    for (auto i : node.ces)
      out += " ce/" + x.ces[i].queue;
    out += "\n";
  }
  return out;
}

/// What the first target of the last happening means.
std::string meant(std::string_view lines, bool of_link = false) {
  auto x = with("ce ce02.cern.example\nce ce02.ral.example\n" + std::string{lines} + "\n");
  std::string out;
  for (const auto& host : nodes_meant(x, x.happenings.back().what.on.at(0), of_link))
    out += (out.empty() ? "" : " ") + host.text();
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_first_site_plays_what_nobody_else_plays) {
  BOOST_TEST(nodes(with("ce cern.example\nce ce01.ral.example queue=long\n"))
             == "cern.example@cern.example wms lb info ce/default\n"
                "ce01.ral.example@ral.example ce/default ce/long\n");
  BOOST_TEST(nodes(with("site lb.infn.example roles=lb\nsite infn.example roles=wms,info\n"
                        "ce ce.lb.infn.example\n"))
             == "lb.infn.example@lb.infn.example lb\n"
                "infn.example@infn.example wms info\n"
                "ce01.ral.example@ral.example ce/default\n"
                "ce.lb.infn.example@lb.infn.example ce/default\n");
}

BOOST_AUTO_TEST_CASE(a_user_has_a_wms_and_that_an_lb) {
  auto x = with("site a.example roles=lb\nsite b.example roles=wms,info\n"
                "site c.example roles=wms,lb,info\nuser carol vo=biomed wms=c.example\n");
  BOOST_TEST(wms_of(x, "alice").text() == "b.example");
  BOOST_TEST(wms_of(x, "carol").text() == "c.example");
  BOOST_TEST(lb_of(x, wms_of(x, "alice")).text() == "a.example");
  BOOST_TEST(lb_of(x, wms_of(x, "carol")).text() == "c.example");
}

BOOST_AUTO_TEST_CASE(a_name_means_its_node_or_all_nodes_of_its_site) {
  BOOST_TEST(meant("at 0s kill cern.example") == "cern.example");
  BOOST_TEST(meant("at 0s kill ral.example") == "ce01.ral.example ce02.ral.example");
  BOOST_TEST(meant("at 0s cut cern.example", true) == "cern.example ce02.cern.example");
  BOOST_TEST(meant("at 0s cut ce01.ral.example", true) == "ce01.ral.example");
  BOOST_TEST(meant("at 0s kill every ce") == "ce01.ral.example ce02.cern.example ce02.ral.example");
  BOOST_TEST(meant("at 0s kill any node")
             == "cern.example ce01.ral.example ce02.cern.example ce02.ral.example");
  BOOST_TEST(meant("at 0s kill any wms") == "cern.example");
  BOOST_TEST(meant("at 0s cut any site", true) == "cern.example ral.example");
  BOOST_TEST(meant("se se01.ral.example space=1TB\nat 0s fill any se") == "se01.ral.example");
}

BOOST_AUTO_TEST_CASE(moments_are_counted_out) {
  auto moments = [](std::string_view line) {
    std::string out;
    auto x = with(std::string{line} + "\n");
    for (const auto& o : occurrences(x.happenings.back()))
      out += fmt::format("{}x{}{} ", trellis::text(o.when), o.times,
                         o.undone ? "-" + trellis::text(*o.undone) : "");
    BOOST_TEST(occurrences_count(x.happenings.back()) == occurrences(x.happenings.back()).size());
    return out;
  };
  BOOST_TEST(moments("at 1s submit render x3 every=2s") == "1sx1 3sx1 5sx1 ");
  BOOST_TEST(moments("at 1s submit render x3") == "1sx3 ");
  BOOST_TEST(moments("from 1min to 3min submit render x2 every=1min") == "1minx2 2minx2 ");
  BOOST_TEST(moments("from 1s to 3001ms kill any ce every=1s for=4s")
             == "1sx1-5s 2sx1-6s 3sx1-7s ");
  BOOST_TEST(moments("from 1s to 9s lose 5% ral.example") == "1sx1-9s ");
  BOOST_TEST(moments("at 1s kill cern.example for=1s") == "1sx1-2s ");
  auto x = with("at 1s submit render x3 every=2s\nfrom 1min to 3min submit render x2 every=1min\n"
                "workload lpc swf=a by=alice first=7\nworkload lcg swf=a by=alice\n");
  BOOST_TEST(submissions_of(x, "render").value() == 8u);
  BOOST_TEST(submissions_of(x, "lpc").value() == 7u);
  BOOST_CHECK(!submissions_of(x, "lcg"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_played_yet_is_named) {
  auto missing = [](std::string_view lines) {
    std::string out;
    for (const auto& x : missing_parts(with(lines)))
      out += fmt::format("{}: {}\n", x.at.line, x.why);
    return out;
  };
  BOOST_TEST(missing("at 0s fill cern.example for=1s\nat 0s kill any ce\n") == "");
  BOOST_TEST(
      missing("at 1s fill se01.ral.example\nse se01.ral.example space=1TB\n"
              "file lfn:/a size=1kB on=se01.ral.example\n"
              "at 2s kill any se\nby 1h some se is up\n")
      == "13: cannot play 'fill' of se01.ral.example: there are no storage elements in this "
         "grid yet\n"
         "14: cannot play the SE se01.ral.example: there are no storage elements in this grid "
         "yet\n"
         "15: cannot play the file lfn:/a: there is no catalogue in this grid yet\n"
         "16: cannot play 'kill' of an SE: there are no storage elements in this grid yet\n"
         "17: cannot play an expectation of an SE: there are no storage elements in this grid "
         "yet\n");
  BOOST_TEST(
      missing("at 1s corrupt cern.example\n")
      == "13: cannot play 'corrupt': it damages what lies on an SE, and there are no storage "
         "elements in this grid yet\n");
}

BOOST_AUTO_TEST_CASE(the_jdl_of_a_job_is_complete) {
  auto x = with("job a by=alice runs=1500ms exit=3 lease=10min\n"
                "job b by=bob [ Executable = \"/bin/true\" ]\n"
                "job c by=bob [ RetryCount = 1; // one\n ]\n"
                "job d by=bob [ VirtualOrganisation = \"atlas\"; Executable = \"/a\"; ]\n"
                "job e by=bob [ Executable = \"fit.sh\"; InputData = \"lfn:/a\"; ]\n"
                "job f by=bob [ Executable = \"fit.sh\"; InputSandbox = { \"x\", \"fit.sh\" }; ]\n"
                "se se01.ral.example space=1GB\nfile lfn:/a size=1GB on=se01.ral.example\n"
                "workload lpc swf=a by=alice [ RetryCount = 2 ]\n");
  const auto& jobs = x.jobs;
  BOOST_TEST(jdl_of(x, jobs[2])
             == "[ VirtualOrganisation = \"biomed\"; LeaseTime = 600; Executable = \"/bin/sleep\"; "
                "Arguments = \"1.5 3\"; ]");
  BOOST_TEST(jdl_of(x, jobs[3])
             == "[ Executable = \"/bin/true\" ; VirtualOrganisation = \"atlas\"; ]");
  BOOST_TEST(jdl_of(x, jobs[5]) == jobs[5].jdl);
  BOOST_TEST(
      jdl_of(x, jobs[6])
      == "[ Executable = \"fit.sh\"; InputData = \"lfn:/a\"; VirtualOrganisation = \"atlas\"; "
         "InputSandbox = \"fit.sh\"; DataAccessProtocol = \"gsiftp\"; ]");
  BOOST_TEST(jdl_of(x, jobs[7])
             == "[ Executable = \"fit.sh\"; InputSandbox = { \"x\", \"fit.sh\" }; "
                "VirtualOrganisation = \"atlas\"; ]");
  for (const auto& j : jobs) {
    auto read = jdl::parse_job(jdl_of(x, j));
    BOOST_TEST_CONTEXT(jdl_of(x, j)) {
      BOOST_TEST_REQUIRE(bool(read));
      BOOST_TEST(!read.request->job.virtual_organisation.empty());
    }
  }
  auto work = jdl::parse_job(jdl_of(x, x.workloads[0], "alice", 90s));
  BOOST_TEST_REQUIRE(bool(work));
  BOOST_TEST(work.request->job.retry_count == 2);
  BOOST_TEST(work.request->job.arguments == "90");
}

} // namespace trellis::scenario
