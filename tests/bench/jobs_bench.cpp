#include "tests/bench/jobs_bench.hpp"

#include "actors/ce/wrapper.hpp"
#include "runtime/process/session_directory.hpp"
#include "tests/bench/bench_node.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

namespace trellis::bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned parallel = 16;

/// Processes a second, one after the other.
double serial_spawns(unsigned n) {
  auto began = clock::now();
  for (unsigned i = 0; i < n; ++i)
    ends_well(spawn({"/bin/true"}, "/dev/null"));
  return n / seconds_since(began);
}

/// Wrappers with their starters and payloads a second, `parallel` at once, prepared beforehand.
double wrapper_chains(const std::string& root, unsigned n, unsigned round) {
  process::session_directory sessions{root, {}};
  ce::hand_over task;
  task.attempt = {job_id::make(*host_name::parse("bench.example"), 9000, {}), 1};
  task.queue = *ce_id::make(*host_name::parse("bench.example"), 9443, "fork", "default");
  task.token = ce::token_mode::none;
  task.what.executable = "/bin/true";
  std::vector<std::string> wrappers;
  for (unsigned i = 0; i < n; ++i) {
    auto name = fmt::format("chain{}.{}", round, i);
    auto path = root + "/" + name;
    auto script = ce::wrapper_script(task, {path, beside("trellis-starter")}, {});
    if (!sessions.make(name) || !sessions.put(name, "wrapper", script, true))
      return 0;
    wrappers.push_back(path + "/wrapper");
  }
  auto began = clock::now();
  unsigned running = 0;
  for (unsigned i = 0; i < n || running > 0;) {
    for (; i < n && running < parallel; ++i, ++running)
      spawn({"/bin/sh", wrappers[i]}, "/dev/null");
    if (::wait(nullptr) > 0)
      --running;
  }
  return n / seconds_since(began);
}

std::uint64_t over(const lb::job_counts& x) {
  std::uint64_t n = 0;
  for (auto [state, count] : x.by_state)
    if (state == lb::job_state::done || lb::is_terminal(state))
      n += count;
  return n;
}

/// Jobs a second from the first submission to the last Done.
result<double> one_round(link::control_client& to, unsigned n, unsigned round) {
  auto before = to.call(role::lb, lb::count_jobs{});
  if (!before)
    return before.why();
  auto began = clock::now();
  std::vector<std::uint64_t> sent;
  for (unsigned i = 0; i < n; ++i) {
    wms::submit x;
    x.request = fmt::format("bench-{}-{}", round, i);
    x.jdl = R"([ Executable = "/bin/true"; ])";
    auto number = to.send(to.at(role::wms), x);
    if (!number)
      return number.why();
    sent.push_back(*number);
  }
  for (auto number : sent)
    if (auto answer = to.receive<wms::submitted>(number); !answer)
      return answer.why();
  for (auto until = clock::now() + 120s; clock::now() < until; std::this_thread::sleep_for(10ms)) {
    auto now = to.call(role::lb, lb::count_jobs{});
    if (!now)
      return now.why();
    if (over(*now) >= over(*before) + n)
      return n / seconds_since(began);
  }
  return error{errc::timed_out, "not all jobs came to an end within 120 s"};
}

/// What wrappers and payloads do beside the node lies in `sessions`, the floor's as well.
result<rows> jobs_with(const options& x, const std::string& sessions, std::string_view where) {
  scratch here{x};
  auto n = static_cast<unsigned>(1'000 * x.scale);
  auto chains = sessions.empty() ? here.path() + "/chains" : sessions + "/chains";
  auto ce = sessions.empty() ? sessions : fmt::format("sessions = \"{}/jobs\"\n", sessions);
  std::filesystem::create_directory(chains);
  if (!sessions.empty())
    ::chmod(sessions.c_str(), 0755); // payloads have another user
  bench_node node{here.path(), parallel, "test", {}, ce};
  auto to = node.client();
  if (!to)
    return to.why();
  std::vector<double> spawns, bare, whole;
  for (int i = 0; i < x.rounds; ++i) {
    spawns.push_back(serial_spawns(n));
    bare.push_back(wrapper_chains(chains, n, static_cast<unsigned>(i)));
    auto rate = one_round(*to, n, static_cast<unsigned>(i));
    if (!rate)
      return rate.why();
    whole.push_back(*rate);
  }
  return rows{
      plain("posix_spawn of /bin/true, one by one", median(spawns), "1/s"),
      plain(fmt::format("bare wrapper chain, {} at once{}", parallel, where), median(bare), "1/s"),
      against(fmt::format("durable jobs through a node, {} slots{}", parallel, where),
              median(whole), "jobs/s", median(bare), 0.6)};
}

} // namespace

/// Session directories need not outlive the machine, whose processes do not either: a site with
/// short jobs lays them into memory. The store is on the disk in both rows.
result<rows> jobs(const options& x) {
  auto out = jobs_with(x, {}, {});
  auto in_memory = x;
  in_memory.directory = "/dev/shm";
  if (!out || !std::filesystem::is_directory(in_memory.directory))
    return out;
  scratch memory{in_memory};
  auto more = jobs_with(x, memory.path(), ", sessions in memory");
  if (!more)
    return more.why();
  out->insert(out->end(), more->begin() + 1, more->end());
  return out;
}

} // namespace trellis::bench
