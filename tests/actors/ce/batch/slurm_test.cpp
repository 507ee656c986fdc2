/// Slurm's command lines, and what Slurm 22.05 printed when it was asked, cut at every byte.
#include "actors/ce/batch/all.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace trellis;
using namespace trellis::ce::batch;
using namespace std::chrono_literals;

namespace {

const batch_system& slurm() { return *batch_system_of("slurm"); }

std::string recorded(const std::string& name) {
  std::ifstream in{std::string{std::getenv("TRELLIS_SOURCE")} + "/tests/actors/ce/batch/slurm/"
                   + name + ".txt"};
  BOOST_REQUIRE(in);
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string line(const command& x) {
  std::string out;
  for (const auto& word : x.arguments)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_job_as_a_command_line) {
  batch_job job;
  job.name = "1.abc";
  job.script = "/s/wrapper";
  job.log = "/s/wrapper.log";
  auto plain = line(slurm().submit(job));
  BOOST_TEST(plain
             == "sbatch --parsable --no-requeue --mail-type=NONE --nodes=1 --ntasks=1 "
                "--cpus-per-task=1 --job-name=1.abc --output=/s/wrapper.log --input=/dev/null "
                "--export=PATH=/usr/local/bin:/usr/bin:/bin --chdir=/ /s/wrapper");
  job.partition = "long";
  job.user = "biomed001";
  job.gid = 62100;
  job.needs.cpus = 4;
  job.needs.memory_mib = 2048;
  job.needs.disk_mib = 100;
  job.needs.wall_time = 90s;
  job.needs.gpus = 2;
  job.needs.gpu_model = "a100";
  auto full = line(slurm().submit(job));
  for (auto option : {"--cpus-per-task=4", "--partition=long", "--uid=biomed001", "--gid=62100",
                      "--mem=2048M", "--tmp=100M", "--time=3", "--gpus=a100:2"})
    BOOST_TEST(full.find(option) != std::string::npos, option);
  BOOST_TEST(full.ends_with(" /s/wrapper"));
}

BOOST_AUTO_TEST_CASE(the_id_of_a_submission) {
  BOOST_TEST(*slurm().read_submit({0, "4711\n", ""}) == "4711");
  BOOST_TEST(*slurm().read_submit({0, "4711;cluster\n", ""}) == "4711");
  BOOST_TEST(*slurm().read_submit({0, recorded("submit"), ""}) == "1");
  for (auto bad : {"", "\n", "47x\n", "Submitted batch job 7\n", "4711"})
    BOOST_TEST(word(slurm().read_submit({0, bad, ""}).why().code) == "malformed", bad);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_in_slurms_words) {
  auto why = slurm().read_submit({1, "", recorded("submit_no_partition")}).why();
  BOOST_TEST(word(why.code) == "lrms_refused");
  BOOST_TEST(why.text
             == "sbatch ended with 1: sbatch: error: invalid partition specified: nowhere");
  BOOST_TEST(word(slurm().read_submit({1, "", recorded("submit_too_large")}).why().code)
             == "lrms_refused");
  auto away = slurm().read_submit(
      {1, "", "sbatch: error: Batch job submission failed: Unable to contact slurm controller\n"});
  BOOST_TEST(word(away.why().code) == "busy");
}

BOOST_AUTO_TEST_CASE(the_list_of_all_jobs) {
  auto list = slurm().read_status({0, recorded("status"), ""});
  BOOST_REQUIRE(list);
  std::ostringstream seen;
  for (const auto& x : *list)
    seen << x.local_id << ' ' << x.name << ' ' << static_cast<int>(x.phase) << ' ' << x.reason
         << '\n';
  BOOST_TEST(seen.str()
             == "7 gone 4 CANCELLED: Priority\n"
                "1 one 3 FAILED: NonZeroExitCode\n"
                "2 wrap 3 FAILED: BadConstraints\n"
                "5 killed 3 FAILED: JobLaunchFailure\n"
                "6 waits 0 PENDING: Resources\n"
                "4 held 2 PENDING: JobHeldUser\n"
                "3 two 1 RUNNING\n");
  BOOST_TEST(word(slurm().read_status({1, "", "squeue: error: no"}).why().code) == "lrms_refused");
}

BOOST_AUTO_TEST_CASE(a_list_cut_at_every_byte_never_loses_a_job) {
  auto all = recorded("status");
  auto whole = slurm().read_status({0, all, ""});
  BOOST_REQUIRE(whole);
  for (std::size_t n = 0; n < all.size(); ++n) {
    auto part = slurm().read_status({0, std::string_view{all}.substr(0, n), ""});
    if (!part)
      continue; // refused: nobody takes a missing job for a lost one
    BOOST_TEST((n == 0 || all[n - 1] == '\n'));
    for (std::size_t i = 0; i < part->size(); ++i)
      BOOST_TEST(((*part)[i] == (*whole)[i]));
  }
}

BOOST_AUTO_TEST_CASE(every_state_of_the_manual) {
  auto phase = [](std::string state, std::string reason) {
    auto text = "1|n|" + state + "|" + reason + "\n";
    return slurm().read_status({0, text, ""})->at(0).phase;
  };
  for (auto x : {"PENDING", "CONFIGURING", "REQUEUED"})
    BOOST_TEST((phase(x, "Resources") == job_phase::queued), x);
  for (auto x : {"RUNNING", "COMPLETING", "STAGE_OUT", "A_STATE_OF_TOMORROW"})
    BOOST_TEST((phase(x, "None") == job_phase::running), x);
  for (auto x : {"SUSPENDED", "REQUEUE_HOLD", "SPECIAL_EXIT"})
    BOOST_TEST((phase(x, "None") == job_phase::held), x);
  BOOST_TEST((phase("PENDING", "JobHeldAdmin") == job_phase::held));
  for (auto x : {"COMPLETED", "FAILED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL",
                 "DEADLINE", "PREEMPTED"})
    BOOST_TEST((phase(x, "None") == job_phase::over), x);
  BOOST_TEST((phase("CANCELLED", "None") == job_phase::cancelled));
}

BOOST_AUTO_TEST_CASE(a_cancel_of_what_is_over_is_done) {
  BOOST_TEST(line(slurm().cancel("12")) == "scancel 12");
  BOOST_TEST(bool(slurm().read_cancel({0, "", ""})));
  BOOST_TEST(bool(slurm().read_cancel(
      {1, "", "scancel: error: Kill job error on job id 9: Invalid job id specified\n"})));
  BOOST_TEST(!slurm().read_cancel({1, "", "scancel: error: Access/permission denied\n"}));
}

BOOST_AUTO_TEST_CASE(the_slots_of_a_partition) {
  auto now = slurm().read_totals({0, recorded("totals"), ""});
  BOOST_REQUIRE(now);
  BOOST_TEST((*now == capacity{4, 1, 23593}));
  auto two = slurm().read_totals({0, "1/3/0/4|1000\n0/6/2/8|2000+\n", ""});
  BOOST_REQUIRE(two);
  BOOST_TEST((*two == capacity{10, 1, 2000}));
  for (auto bad : {"1/3\n", "a/b/c/d|5\n", "1/1/1/9|5\n"})
    BOOST_TEST(!slurm().read_totals({0, bad, ""}), bad);
  BOOST_TEST(line(slurm().totals("long")) == "sinfo --noheader --format=%C|%m --partition=long");
}

BOOST_AUTO_TEST_CASE(rows_are_found_by_name) {
  BOOST_TEST(batch_system_of("slurm") != nullptr);
  BOOST_TEST(batch_system_of("fork") == nullptr); // no commands: fork_actor is that
  for (const auto& row : batch_systems()) {
    BOOST_TEST(!row.name.empty());
    BOOST_TEST((row.submit && row.read_submit && row.status_all && row.read_status && row.cancel
                && row.read_cancel && row.totals && row.read_totals));
  }
}
