/// How fast distinct requests are matched against CE ads on one core:
///   classad_bench [requests] [ces]
/// One evaluation is Requirements and, where these hold, Rank.
#include "protocols/classad/match.hpp"
#include "protocols/classad/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace {

using namespace trellis::classad;

ad ce(std::mt19937_64& random, int i) {
  auto text = fmt::format(
      R"([ GlueCEUniqueID = "ce{0}.site{1}.example:2119/jobmanager-slurm-long";
           GlueCEStateStatus = "{2}"; GlueCEInfoTotalCPUs = {3}; GlueCEStateFreeCPUs = {4};
           GlueCEStateEstimatedResponseTime = {5}; GlueCEPolicyMaxWallClockTime = {6};
           GlueHostMainMemoryRAMSize = {7}; GlueHostArchitectureSMPSize = {8};
           GlueHostOperatingSystemName = "{9}"; GlueCEInfoLRMSType = "slurm";
           GlueHostApplicationSoftwareRunTimeEnvironment
             = {{ "VO-biomed-{10}", "MPICH", "R-4" }}; ])",
      i, i % 97, random() % 10 ? "Production" : "Draining", 16 << random() % 8, random() % 400,
      random() % 90'000, 60 << random() % 7, 2'000 << random() % 6, 1 << random() % 7,
      random() % 2 ? "Debian" : "AlmaLinux", random() % 20);
  return *parse_ad(text);
}

ad request(std::mt19937_64& random, int i) {
  auto text = fmt::format(
      R"([ CpuNumber = {0}; Memory = {1}; Tag = {2}; MinWall = {3};
           Requirements = (other.GlueHostMainMemoryRAMSize >= Memory
                          && other.GlueCEPolicyMaxWallClockTime > MinWall
                          && other.GlueHostOperatingSystemName == "{4}")
                          && (other.GlueCEStateStatus == "Production")
                          && other.GlueCEInfoTotalCPUs >= CpuNumber;
           Rank = -other.GlueCEStateEstimatedResponseTime + {2}; ])",
      1 << random() % 6, 1'000 + random() % 32'000, i, random() % 3'000,
      random() % 2 ? "debian" : "AlmaLinux");
  return *parse_ad(text);
}

} // namespace

int main(int argc, char** argv) {
  auto n_jobs = argc > 1 ? std::atoi(argv[1]) : 2'000;
  auto n_ces = argc > 2 ? std::atoi(argv[2]) : 1'000;
  std::mt19937_64 random{2006};
  name_table names;
  std::vector<compiled_target> ces;
  std::vector<ad> requests;
  for (int i = 0; i < n_ces; ++i)
    ces.push_back(compile_target(ce(random, i), names));
  for (int i = 0; i < n_jobs; ++i)
    requests.push_back(request(random, i));
  auto start = std::clock();
  std::vector<compiled_job> jobs;
  for (const auto& x : requests)
    jobs.push_back(compile_job(x, names));
  auto compiled = std::clock();
  double best = 0;
  long hits = 0;
  for (const auto& job : jobs)
    for (const auto& c : ces)
      if (matches(job, c)) {
        ++hits;
        best += rank(job, c).value_or(0);
      }
  auto done = std::clock();
  auto seconds = [](std::clock_t t) { return static_cast<double>(t) / CLOCKS_PER_SEC; };
  auto evaluations = static_cast<double>(n_jobs) * n_ces;
  std::printf("%d requests x %d CEs: compiled %.1f us a request, %.2f M evaluations/s, "
              "%.0f matches/s, %.0f%% match (sum of ranks %.0f)\n",
              n_jobs, n_ces, seconds(compiled - start) / n_jobs * 1e6,
              evaluations / seconds(done - compiled) / 1e6, n_jobs / seconds(done - start),
              100.0 * static_cast<double>(hits) / evaluations, best);
}
