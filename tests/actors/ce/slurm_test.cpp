/// The CE on a real Slurm, which the harness brings up: tests/interop/slurm_test.sh.
#include "actors/ce/batch/command_actor.hpp"
#include "runtime/process/command.hpp"
#include "tests/actors/ce/payloads.hpp"
#include "tests/actors/ce/real_ce.hpp"

using namespace trellis;

namespace {

struct a_slurm_ce : a_real_ce {
  a_slurm_ce() {
    lrms = "slurm";
    slots = 4;
    ++cases;
    begin();
  }

  ~a_slurm_ce() override { finish(); }

  batch_actor spawn_batch(caf::local_actor& ce, const batch_config& cfg) override {
    auto mine = cfg;
    mine.poll = 1s; // tests do not wait half a minute
    mine.grace = 3s;
    mine.partition = partition;
    return caf::actor_cast<batch_actor>(ce.spawn<caf::detached + caf::linked>(
        command_batch, mine, ce::batch::batch_system_of("slurm")));
  }

  /// All cases share one Slurm: the jobs of each have names of their own.
  ce::hand_over shell(std::string script, char job = 'A') {
    auto x = a_real_ce::shell(std::move(script), job);
    x.attempt.number = cases;
    return x;
  }

  static std::string ask_slurm(std::vector<std::string> command) {
    auto end = process::run({std::move(command), {}, {"SLURM_CONF"}, "", 20s, 65'536});
    BOOST_REQUIRE(end);
    return end->output + end->errors;
  }

  static inline std::uint32_t cases = 0;
  std::string partition;
};

using state = ce::attempt_state;
constexpr auto good_life = "PENDING IDLE RUNNING REALLY-RUNNING DONE-OK";

} // namespace

BOOST_FIXTURE_TEST_SUITE(on_slurm, a_slurm_ce)

BOOST_AUTO_TEST_CASE(a_job_runs_as_somebody_else_than_root) {
  auto task = shell(std::string{use_memory} + "id -u; echo $SLURM_JOB_ID; exit 7");
  task.needs.wall_time = 60s;
  task.needs.memory_mib = 50;
  post(task);
  BOOST_TEST(reaches(task, state::done_ok));
  BOOST_TEST(outbox().lived(task.attempt, good_life));
  auto end = outbox().last(task.attempt);
  BOOST_TEST(end.exit_code == 7);
  BOOST_TEST(end.used.max_rss_kib > 0u);
  auto piece = read(task, "std.out");
  BOOST_REQUIRE(piece);
  auto uid = ::geteuid() == 0 ? "65534" : std::to_string(::geteuid());
  BOOST_TEST(piece->bytes == uid + "\n" + end.local_id + "\n");
}

BOOST_AUTO_TEST_CASE(what_slurm_refuses_is_told_in_its_words) {
  kill_node();
  partition = "nowhere";
  open();
  auto task = shell("true");
  post(task);
  BOOST_TEST(reaches(task, state::aborted));
  BOOST_TEST(outbox().last(task.attempt).reason.find("invalid partition specified: nowhere")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(cancels_reach_queue_and_payload) {
  auto running = shell("sleep 300", 'A'), queued = shell("sleep 300", 'B');
  running.needs.cpus = queued.needs.cpus = 4;
  post(running);
  BOOST_TEST(reaches(running, state::really_running));
  post(queued);
  BOOST_TEST(reaches(queued, state::idle));
  for (const auto& x : {running, queued}) {
    post(ce::cancel_attempt{x.attempt, "Cancelled by user"});
    BOOST_TEST(reaches(x, state::cancelled));
  }
  BOOST_TEST(in_time([&] { return ask_slurm({"squeue", "-h"}).empty(); }));
}

BOOST_AUTO_TEST_CASE(a_killed_node_finds_its_jobs_again) {
  auto lasts = shell("echo a >> starts; sleep 4; cat starts", 'A');
  auto ends = shell("sleep 0.5; echo b", 'B');
  post(lasts);
  post(ends);
  BOOST_TEST(reaches(ends, state::really_running));
  BOOST_TEST(reaches(lasts, state::really_running));
  kill_node();
  std::this_thread::sleep_for(1s);
  open();
  for (const auto& x : {lasts, ends}) {
    BOOST_TEST(reaches(x, state::done_ok));
    BOOST_TEST(outbox().lived(x.attempt, good_life));
  }
  auto piece = read(lasts, "std.out");
  BOOST_REQUIRE(piece);
  BOOST_TEST(piece->bytes == "a\n");
}

/// The answer of sbatch was lost with the node: the job is found by its name.
BOOST_AUTO_TEST_CASE(a_submission_is_not_done_twice) {
  auto task = shell("echo once; sleep 2");
  post(task);
  BOOST_TEST(reaches(task, state::idle));
  kill_node();
  fs::remove(fs::path{root} / ce::session_name(task.attempt) / "local_id");
  open();
  BOOST_TEST(reaches(task, state::done_ok));
  auto jobs
      = ask_slurm({"squeue", "-h", "-t", "all", "-n", ce::session_name(task.attempt), "-o", "%i"});
  BOOST_TEST(std::ranges::count(jobs, '\n') == 1);
}

BOOST_AUTO_TEST_CASE(what_somebody_else_does_to_a_job_is_noticed) {
  auto task = shell("sleep 300", 'A'), held = shell("echo ran", 'B');
  task.needs.cpus = held.needs.cpus = 4;
  post(task);
  BOOST_TEST(reaches(task, state::really_running));
  post(held);
  BOOST_TEST(reaches(held, state::idle));
  auto id = outbox().last(held.attempt).local_id;
  ask_slurm({"scontrol", "hold", id});
  BOOST_TEST(reaches(held, state::held));
  ask_slurm({"scontrol", "release", id});
  ask_slurm({"scancel", outbox().last(task.attempt).local_id});
  BOOST_TEST(reaches(task, state::done_failed));
  auto reason = outbox().last(task.attempt).reason;
  BOOST_TEST(reason.find("Job has been terminated") == 0u, reason);
  BOOST_TEST(reaches(held, state::done_ok));
}

BOOST_AUTO_TEST_SUITE_END()
