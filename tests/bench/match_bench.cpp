#include "tests/bench/match_bench.hpp"

#include "actors/wms/fair_share.hpp"
#include "actors/wms/matchmaker.hpp"
#include "protocols/classad/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace trellis::bench {
namespace {

constexpr int slots = 1'000;

double cpu_s() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// One slot, as a CE of its own: of five sizes of memory, three systems, many speeds.
info::ce_state_ptr slot(int i, random_source& chance) {
  info::advertise x;
  x.ce = *ce_id::make(*host_name::parse(fmt::format("ce{}.example", i)), 8443, "fork", "short");
  x.serial = 1;
  constexpr std::string_view systems[] = {"Debian", "AlmaLinux", "Ubuntu"};
  x.ad = fmt::format(
      R"([ GlueCEUniqueID = "{}"; GlueCEInfoHostName = "ce{}.example";
           GlueCEStateStatus = "Production"; GlueCEInfoLRMSType = "fork"; GlueCEInfoTotalCPUs = 1;
           GlueCEStateFreeJobSlots = 1; GlueCEStateWaitingJobs = 0; GlueCEStateTotalJobs = 0;
           GlueCEPolicyMaxTotalJobs = 0; GlueCEPolicyMaxWallClockTime = {};
           GlueCEStateEstimatedResponseTime = {}; GlueHostMainMemoryRAMSize = {};
           GlueHostOperatingSystemName = "{}"; GlueHostBenchmarkSI00 = {};
           GlueHostApplicationSoftwareRunTimeEnvironment = {{ "MPICH", "VO-atlas-22" }};
           GlueCEAccessControlBaseRule = {{ "VO:cms", "VO:atlas" }}; ])",
      x.ce.text(), i, 600 + chance.below(4'000), chance.below(900), 4'000 << chance.below(5),
      systems[chance.below(3)], 1'000 + chance.below(3'000));
  auto read = info::read_ad(x, ce::moment{});
  return *read;
}

/// A request of the `kind`-th kind. Each fits some hundreds of the slots.
wms::match_request request(int kind) {
  principal who;
  who.vo = "atlas";
  who.fqans = {"/atlas"};
  wms::match_request out;
  out.jdl = fmt::format(R"([ Executable = "/bin/true"; Memory = {}; MinWall = {}; ])",
                        1'000 + kind * 3, 100 + kind % 400);
  out.requirements = fmt::format(
      R"((other.GlueHostMainMemoryRAMSize >= Memory && other.GlueCEPolicyMaxWallClockTime > MinWall
          && other.GlueHostOperatingSystemName == "{}")
         && other.GlueCEStateStatus == "Production" && {})",
      kind % 2 ? "debian" : "AlmaLinux", wms::policy_requirements(who, who.vo));
  out.rank = "other.GlueHostBenchmarkSI00 - other.GlueCEStateEstimatedResponseTime";
  return out;
}

/// A queue of jobs and a thousand slots. Whenever all are taken they come free again.
struct floor_of_slots {
  wms::matchmaker maker{
      {.queue_depth = 0,       .queue_depth_percent = 0, .max_compiled = 4'096},
      random_source{2006}
  };
  wms::fair_share shares{{}};
  std::vector<wms::match_request> requests;
  std::vector<std::pair<ce_id, job_id>> taken;
  int matched = 0;

  explicit floor_of_slots(int kinds) {
    random_source chance{2006};
    std::vector<info::ce_state_ptr> ces;
    for (int i = 0; i < slots; ++i)
      ces.push_back(slot(i, chance));
    std::sort(ces.begin(), ces.end(), [](const auto& a, const auto& b) { return a->ce < b->ce; });
    maker.use(std::make_shared<const info::snapshot>(1, ces), 1'000'000);
    for (int i = 0; i < kinds; ++i)
      requests.push_back(request(i));
  }

  /// The part of a submission that matching needs.
  result<wms::cluster_id> read(int kind) {
    auto key = cluster_key(requests[static_cast<std::size_t>(kind)], maker.names());
    if (!key)
      return key.why();
    return maker.cluster(*key);
  }

  void free_all() {
    for (const auto& [ce, job] : taken)
      maker.ended(ce, job);
    shares.running(user, -static_cast<std::int64_t>(taken.size()), 1'000'000);
    taken.clear();
    shares.reopen(1'000'000);
  }

  bool match_one(const std::vector<int>& kind_of) {
    auto next = shares.next();
    if (!next)
      return false;
    auto kind = static_cast<std::size_t>(kind_of[next->order]);
    auto choice = maker.choose(next->cluster, [&] { return std::optional{requests[kind]}; });
    if (choice.what != wms::matchmaker::verdict::chosen) {
      shares.close(next->cluster);
      return true;
    }
    shares.remove(next->who, next->cluster, next->order);
    shares.running(next->who, 1, 1'000'000);
    maker.promised(choice.ce, next->job, 1);
    taken.emplace_back(std::move(choice.ce), std::move(next->job));
    ++matched;
    return true;
  }

  wms::fair_share::leaf user = shares.place("atlas", "/atlas", "/CN=alice");
};

struct figures {
  double matches = 0, reads = 0; // a CPU second
};

/// `kind_of[i]`: what the i-th job asks for.
result<figures> run_one(int kinds, const std::vector<int>& kind_of) {
  floor_of_slots x{kinds};
  random_source ids{1};
  std::vector<job_id> jobs;
  for (std::size_t i = 0; i < kind_of.size(); ++i)
    jobs.push_back(job_id::make(*host_name::parse("lb.example"), 9000, ids.bytes16()));
  figures out;
  std::vector<wms::cluster_id> clusters;
  auto from = cpu_s();
  for (auto kind : kind_of) {
    auto cluster = x.read(kind);
    if (!cluster)
      return cluster.why();
    clusters.push_back(*cluster);
  }
  auto n = static_cast<double>(kind_of.size());
  out.reads = n / (cpu_s() - from);
  from = cpu_s();
  for (std::size_t i = 0; i < jobs.size(); ++i)
    x.shares.add(x.user, clusters[i], i, jobs[i]);
  for (auto before = -1; x.matched > before;) {
    before = x.matched;
    while (x.match_one(kind_of)) {
    }
    x.free_all();
  }
  out.matches = n / (cpu_s() - from);
  if (x.matched != static_cast<int>(kind_of.size()))
    return error{errc::no_match, fmt::format("{} of {} jobs were matched", x.matched, n)};
  return out;
}

/// One compiled request against one compiled CE, nothing else.
double evaluations_a_second() {
  random_source chance{2006};
  classad::name_table names;
  std::vector<classad::compiled_target> ces;
  for (int i = 0; i < slots; ++i)
    ces.push_back(classad::compile_target(slot(i, chance)->ad, names));
  auto x = request(7);
  auto job
      = classad::compile_job(*classad::parse_ad(x.jdl), *classad::parse_expression(x.requirements),
                             *classad::parse_expression(x.rank), names);
  double sum = 0;
  auto from = cpu_s();
  for (int round = 0; round < 200; ++round)
    for (const auto& ce : ces)
      if (classad::matches(job, ce))
        sum += classad::rank(job, ce).value_or(0);
  auto took = cpu_s() - from;
  return sum == -1 ? 0 : 200.0 * slots / took; // the sum is used, so nothing is left out
}

} // namespace

result<rows> match(const options& options) {
  auto n = std::max(2'000, static_cast<int>(10'000 * options.scale));

  struct order {
    const char* what;
    int kinds;
    bool blocks;
    double goal;
  };

  constexpr order orders[] = {
      {"100 requests in blocks",    100,   true,  6'600},
      {"100 requests, interleaved", 100,   false, 5'600},
      {"2,000 distinct requests",   2'000, false, 5'600},
  };
  rows out;
  std::vector<double> reads;
  for (const auto& x : orders) {
    std::vector<int> kind_of;
    for (int i = 0; i < n; ++i)
      kind_of.push_back(x.blocks ? i * x.kinds / n : i % x.kinds);
    std::vector<double> rounds;
    for (int i = 0; i < options.rounds; ++i) {
      auto got = run_one(x.kinds, kind_of);
      if (!got)
        return got.why();
      rounds.push_back(got->matches);
      reads.push_back(got->reads);
    }
    out.push_back(plain(x.what, median(rounds), "matches/CPU s", x.goal));
  }
  out.push_back(plain("requests read and compiled", median(reads), "requests/CPU s"));
  std::vector<double> bare;
  for (int i = 0; i < options.rounds; ++i)
    bare.push_back(evaluations_a_second());
  out.push_back(plain("Requirements and Rank of one CE", median(bare), "evaluations/CPU s"));
  return out;
}

} // namespace trellis::bench
