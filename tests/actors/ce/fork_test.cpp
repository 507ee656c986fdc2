/// The CE on a real `fork`: threads, files, processes, the wrapper and the starter; and what a node
/// finds again after it was killed.
#include "actors/ce/batch/fork_actor.hpp"
#include "actors/ce/records.hpp"
#include "tests/actors/ce/payloads.hpp"
#include "tests/actors/ce/real_ce.hpp"

#include <csignal>

using namespace trellis;

namespace {

struct a_fork_ce : a_real_ce {
  a_fork_ce() { begin(); }

  ~a_fork_ce() override { finish(); }

  batch_actor spawn_batch(caf::local_actor& ce, const batch_config& cfg) override {
    return caf::actor_cast<batch_actor>(ce.spawn<caf::detached + caf::linked>(fork_batch, cfg));
  }
};

using state = ce::attempt_state;
constexpr auto good_life = "PENDING IDLE RUNNING REALLY-RUNNING DONE-OK";

} // namespace

BOOST_FIXTURE_TEST_SUITE(on_fork, a_fork_ce)

BOOST_AUTO_TEST_CASE(a_job_runs_and_its_output_comes_back) {
  all->input = {
      {"run.sh",             "#!/bin/sh\nid -u\ncat in.txt\n" + std::string{use_memory} + "exit 7\n"},
      { "in.txt", std::string(300'000,                                                                    'x')}
  };
  auto task = a_task();
  task.what.executable = "run.sh";
  task.what.input = {
      {"run.sh", 0, false},
      {"in.txt", 0, false}
  };
  task.what.std_output = "std.out";
  task.what.output = {"std.out"};
  post(task);
  BOOST_TEST(reaches(task, state::done_ok));
  auto end = outbox().last(task.attempt);
  BOOST_TEST(outbox().lived(task.attempt, good_life));
  BOOST_TEST(end.exit_code == 7);
  BOOST_TEST(end.used.max_rss_kib > 0u);
  BOOST_REQUIRE(end.output.size() == 1u);
  auto piece = read(task, "std.out");
  BOOST_REQUIRE(piece);
  auto uid = ::geteuid() == 0 ? "65534" : std::to_string(::geteuid());
  BOOST_TEST(piece->bytes.substr(0, uid.size() + 2) == uid + "\nx");
  post(ce::release{task.attempt});
  auto left = fs::path{root} / ce::session_name(task.attempt);
  BOOST_TEST(in_time([&] { return !fs::exists(left); }));
  std::error_code gone; // the directory may serve again, but nothing is in it
  for (fs::directory_iterator x{root, gone}, end; !gone && x != end; x.increment(gone))
    BOOST_TEST(fs::is_empty(x->path() / "job"));
}

BOOST_AUTO_TEST_CASE(the_output_can_be_read_while_it_runs) {
  auto task = shell("echo so far; sleep 60");
  post(task);
  BOOST_TEST(in_time([&] {
    auto piece = read(task, "std.out");
    return piece && piece->bytes == "so far\n" && !piece->last;
  }));
  BOOST_TEST((read(task, "../wrapper").why().code == errc::denied));
  BOOST_TEST((read(task, "records").why().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_link_out_of_the_directory_is_not_followed) {
  auto task = shell("ln -s /etc/passwd here; ln /etc/hostname there; sleep 60");
  post(task);
  BOOST_TEST(in_time([&] {
    return fs::is_symlink(fs::path{root} / ce::session_name(task.attempt) / "job" / "here");
  }));
  BOOST_TEST((read(task, "here").why().code == errc::denied));
}

BOOST_AUTO_TEST_CASE(jobs_wait_for_a_slot_in_their_order) {
  std::vector<ce::hand_over> tasks;
  for (char c = 'A'; c < 'I'; ++c) {
    tasks.push_back(shell("echo " + std::string(1, c) + " >> ../../../order" + "; true", c));
    tasks.back().what.arguments = "-c 'sleep 0.1'";
    post(tasks.back());
  }
  for (const auto& x : tasks)
    BOOST_TEST(reaches(x, state::done_ok));
  std::string order;
  for (const auto& letter : outbox().all<lb::log>())
    for (const auto& x : letter.events)
      if (std::holds_alternative<lb::running>(x.what))
        order += x.job.text().back();
  BOOST_TEST(order.front() < order.back());
  BOOST_TEST(order.size() == 8u);
}

/// The process that makes the wrappers is no single point of failure; a running job is not its.
BOOST_AUTO_TEST_CASE(a_killed_launcher_is_replaced_and_takes_no_job_with_it) {
  auto launchers = [] {
    std::vector<int> out;
    for (const auto& x : fs::directory_iterator{"/proc"}) {
      std::ifstream in{x.path() / "cmdline"};
      std::string words{std::istreambuf_iterator<char>{in}, {}}, stat;
      std::ifstream status{x.path() / "stat"};
      std::getline(status, stat);
      std::istringstream fields{stat.substr(std::min(stat.size(), stat.rfind(')') + 1))};
      std::string state;
      int parent = 0;
      fields >> state >> parent;
      if (parent == ::getpid() && words.find("trellis-starter") != words.npos
          && words.find("serve") != words.npos)
        out.push_back(std::stoi(x.path().filename().string()));
    }
    return out;
  };
  auto lasts = shell("sleep 1", 'A'), after = shell("true", 'B');
  post(lasts);
  BOOST_TEST(reaches(lasts, state::really_running));
  auto first = launchers();
  BOOST_REQUIRE(first.size() == 1u);
  ::kill(first[0], SIGKILL);
  post(after);
  BOOST_TEST(reaches(after, state::done_ok));
  BOOST_TEST(reaches(lasts, state::done_ok));
  BOOST_TEST((launchers() != first));
}

BOOST_AUTO_TEST_CASE(a_cancel_ends_a_stubborn_payload) {
  auto task = shell("trap \"\" TERM; echo up; while :; do sleep 1; done");
  post(task);
  BOOST_TEST(in_time([&] {
    auto piece = read(task, "std.out");
    return piece && piece->bytes == "up\n";
  }));
  post(ce::cancel_attempt{task.attempt, "Cancelled by user"});
  BOOST_TEST(reaches(task, state::cancelled));
}

BOOST_AUTO_TEST_CASE(a_killed_node_finds_its_jobs_again) {
  auto lasts = shell("echo a >> starts; sleep 3; cat starts", 'A');
  auto ends = shell("sleep 0.3; echo b", 'B');
  auto queued = shell("echo c", 'C');
  post(lasts);
  post(ends);
  BOOST_TEST(reaches(ends, state::really_running));
  BOOST_TEST(reaches(lasts, state::really_running));
  post(queued);
  kill_node();
  std::this_thread::sleep_for(1s);
  open();
  for (const auto& x : {lasts, ends, queued}) {
    BOOST_TEST(reaches(x, state::done_ok));
    BOOST_TEST(outbox().lived(x.attempt, good_life));
  }
  auto piece = read(lasts, "std.out");
  BOOST_REQUIRE(piece);
  BOOST_TEST(piece->bytes == "a\n");
}

BOOST_AUTO_TEST_CASE(a_wrapper_that_was_killed_is_noticed) {
  auto task = shell("sleep 60");
  post(task);
  BOOST_TEST(reaches(task, state::really_running));
  auto records = text(fs::path{root} / ce::session_name(task.attempt) / "records");
  auto pid = ce::read_claim(records).pid;
  BOOST_REQUIRE(pid > 0);
  ::kill(-pid, SIGKILL); // the wrapper and its starter; the payload goes with them
  BOOST_TEST(reaches(task, state::done_failed));
  auto end = outbox().last(task.attempt);
  BOOST_TEST((end.failure == ce::failure_class::after_payload));
  BOOST_TEST(end.reason.find("Job has been terminated") == 0u);
}

BOOST_AUTO_TEST_CASE(a_lapsed_lease_ends_the_payload) {
  auto task = shell("sleep 60");
  task.lease = 2s;
  post(task);
  BOOST_TEST(reaches(task, state::done_failed));
  BOOST_TEST((outbox().last(task.attempt).failure == ce::failure_class::lease_lapsed));
}

BOOST_AUTO_TEST_CASE(many_short_jobs) {
  auto began = std::chrono::steady_clock::now();
  constexpr int jobs = 200;
  std::vector<ce::hand_over> tasks;
  for (int i = 0; i < jobs; ++i) {
    auto x = a_task(1);
    auto id = fmt::format("https://cern.example:9000/{:022}", i);
    x.attempt.job = *job_id::parse(id);
    tasks.push_back(x);
    post(x);
  }
  BOOST_TEST(in_time(
      [&] {
        std::size_t done = 0;
        for (const auto& x : outbox().all<wms::report>())
          done += x.facts.state == state::done_ok;
        return done == jobs;
      },
      60s));
  auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  BOOST_TEST_MESSAGE(jobs / took << " jobs a second");
}

BOOST_AUTO_TEST_SUITE_END()
