/// Jobs through the whole grid with the production actors: a hello job, and hundreds of jobs
/// while nodes are killed and links fail. It would catch a letter that is lost or done twice, a
/// token given twice, an L&B state that is not what happened.
#include "tests/actors/world/whole_grid.hpp"

#include <fmt/format.h>

namespace trellis {
namespace {

constexpr auto hello
    = R"([ Executable = "/bin/sleep"; Arguments = "3"; VirtualOrganisation = "biomed"; ])";

struct stormy : whole_grid {
  explicit stormy(std::uint64_t seed) : whole_grid(seed), chance(seed, "storm") {}

  void blow() {
    static constexpr const char* names[] = {"cern.example", "ral.example", "infn.example"};
    auto name = names[chance.below(3)];
    switch (chance.below(6)) {
    case 0:
      kill(name);
      break;
    case 1:
      net.cut(host("cern.example"), host(names[1 + chance.below(2)]));
      break;
    default:
      break;
    }
    for (auto steps = chance.below(200); steps > 0 && scheduler.has_job(); --steps)
      scheduler.try_run_once();
    advance(std::chrono::milliseconds{chance.below(2500)});
    if (chance.below(2) == 0)
      recover();
  }

  void recover() {
    for (auto& [name, node] : nodes)
      if (!node->up)
        start(name.text());
    for (auto name : {"ral.example", "infn.example"})
      net.heal(host("cern.example"), host(name));
  }

  /// A user who does not give up; the same request id each time.
  void submit_some() {
    if (!at("cern.example").up)
      return;
    for (int i = 0; i < 3; ++i) {
      auto n = jobs.size() + 1;
      auto jdl = fmt::format(R"([ Executable = "/bin/sleep"; Arguments = "{}"; RetryCount = 10;
        ShallowRetryCount = 10; VirtualOrganisation = "biomed"; LeaseTime = 600; ])",
                             1 + n % 7);
      if (auto id = submit(jdl, fmt::format("r{}", n), 2s))
        jobs.push_back(*id);
    }
  }

  random_source chance;
  std::vector<job_id> jobs;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_hello_job_crosses_two_sites) {
  whole_grid x;
  auto job = x.submit(hello, "r1");
  BOOST_REQUIRE(bool(job));
  x.advance(30s);
  auto status = x.status(*job);
  BOOST_REQUIRE(bool(status));
  BOOST_TEST(lb::word(status->state) == "Done");
  BOOST_TEST((status->code == lb::done_code::ok));
  BOOST_TEST(status->exit_code == 0);
  auto again = x.submit(hello, "r1");
  BOOST_TEST((again && *again == *job));
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_or_done_twice_in_a_storm) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      stormy x{seed};
      for (int i = 0; i < 30; ++i) {
        x.submit_some();
        x.blow();
      }
      x.recover();
      x.advance(2h);
      BOOST_TEST_REQUIRE(x.jobs.size() > 10u);
      std::map<job_id, int> payloads;
      std::size_t well = 0;
      for (const auto& [name, site] : x.sites) {
        BOOST_TEST(site.facts->most_of_one_job <= 1);
        for (const auto& [attempt, n] : site.facts->payloads)
          payloads[attempt.job] += n;
      }
      for (const auto& job : x.jobs) {
        auto status = x.status(job);
        BOOST_TEST_REQUIRE(bool(status));
        auto over = status->state == lb::job_state::done || lb::is_terminal(status->state);
        BOOST_TEST(over, job.text() << " is " << lb::word(status->state));
        BOOST_TEST(payloads[job] <= 1 + static_cast<int>(status->deep_resubmissions));
        if (status->code == lb::done_code::ok) {
          ++well;
          BOOST_TEST(payloads[job] >= 1);
        }
      }
      BOOST_TEST(well * 10 >= x.jobs.size() * 9); // a storm delays, it does not undo
    }
}

} // namespace trellis
