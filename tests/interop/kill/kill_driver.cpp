/// Three real nodes, hundreds of jobs in flight, and SIGKILL again and again: at random instants,
/// and at named points inside a commit and a hand-over. At the end nothing acknowledged is
/// missing or unfinished, no payload began twice in a deep cycle, no two payloads of a job ran at
/// once, and L&B says what the payloads' own notes say.
///
///   kill_driver --node BINARY --base DIR [--kills 20] [--in-flight 500] [--seed N]
///
/// DIR holds the directories cern.example (wms, lb), ral.example (fork), infn.example (slurm).
#include "runtime/link/control_client.hpp"
#include "runtime/node/random.hpp"
#include "tests/interop/kill/facts.hpp"
#include "tests/interop/kill/node_process.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <thread>

namespace trellis {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct settings {
  std::string node, base;
  unsigned kills = 20, in_flight = 500, lease_s = 8;
  std::uint64_t seed = 0;
};

constexpr const char* crash_points[]
    = {"store-before-commit", "store-after-commit", "wms-before-hand-over", "wms-after-hand-over",
       "ce-before-submit",    "ce-after-submit",    "ce-after-report"};

struct known_job {
  job_id id;
  int number = 0;
};

class trial {
public:
  explicit trial(settings s) : s_(std::move(s)), chance_(s_.seed, "kills") {
    for (auto host : {"cern.example", "ral.example", "infn.example"})
      nodes_.emplace_back(s_.node, s_.base + "/" + host);
    script_ = s_.base + "/payload.sh";
    facts_ = s_.base + "/facts";
    std::ofstream{script_} << payload_script();
    std::ofstream{facts_}.flush();
    ::chmod(facts_.c_str(), 0666);
  }

  int run() {
    for (auto& node : nodes_)
      node.start();
    std::thread user{[this] { submit_all(); }};
    while (acknowledged() < s_.in_flight && !gave_up_)
      std::this_thread::sleep_for(100ms);
    for (unsigned i = 0; i < s_.kills; ++i)
      strike(i);
    done_killing_ = true;
    user.join();
    auto finished = wait_for_all();
    for (auto& node : nodes_)
      node.kill_now();
    return verdict(finished);
  }

private:
  std::size_t acknowledged() {
    std::lock_guard lock{mutex_};
    return jobs_.size();
  }

  void strike(unsigned i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{200 + chance_.below(1800)});
    // Now and then away for longer than a lease, and then often a CE: its jobs begin elsewhere.
    auto for_long = i % 4 == 2;
    auto& node = nodes_[i % 8 == 2 ? 1 + chance_.below(2) : chance_.below(nodes_.size())];
    auto point = chance_.below(2) == 0 ? std::string{} : named_point();
    fmt::print("kill {:2}: {} {}{}\n", i + 1, node.directory(), point.empty() ? "at once" : point,
               for_long ? ", away for long" : "");
    std::fflush(stdout);
    node.kill_now();
    if (&node == &nodes_[0] && i >= s_.kills / 2)
      node.configure("grant_in_advance = false", "grant_in_advance = true");
    if (!point.empty()) { // it comes back, and dies at the point
      node.start(point);
      for (auto until = clock::now() + 4s; !node.has_ended() && clock::now() < until;)
        std::this_thread::sleep_for(20ms);
      node.kill_now();
    }
    auto away = for_long ? 1000 * s_.lease_s + 4000 : chance_.below(1500);
    std::this_thread::sleep_for(std::chrono::milliseconds{away});
    node.start();
  }

  std::string named_point() {
    return fmt::format("{}:{}", crash_points[chance_.below(std::size(crash_points))],
                       1 + chance_.below(40));
  }

  /// Keeps `in_flight` jobs that are not over, until the killing has ended.
  void submit_all() {
    std::optional<link::control_client> to;
    auto give_up = clock::now() + 60s;
    for (int n = 1; !done_killing_ || acknowledged() < s_.in_flight;) {
      if (acknowledged() >= s_.in_flight + over_) {
        count_over(to);
        std::this_thread::sleep_for(200ms);
        continue;
      }
      if (auto id = submit(to, n)) {
        std::lock_guard lock{mutex_};
        jobs_.push_back({*id, n++});
        give_up = clock::now() + 60s;
      } else if (clock::now() > give_up) {
        gave_up_ = true;
        return;
      } else
        std::this_thread::sleep_for(100ms);
    }
  }

  /// With one request id for all tries: a reply that was lost must not make a second job.
  std::optional<job_id> submit(std::optional<link::control_client>& to, int n) {
    if (!connected(to))
      return std::nullopt;
    wms::submit x;
    x.request = fmt::format("kill-{}-{}", s_.seed, n);
    auto outlasts = n % 40 == 20; // its lease, and may begin again at the other CE
    x.jdl = payload_jdl(n, script_, facts_,
                        outlasts     ? ""
                        : n % 2 == 0 ? "slurm"
                                     : "fork",
                        outlasts ? 2.5 * s_.lease_s : 0.1 + 0.1 * (n % 12), s_.lease_s);
    auto answer = to->call(role::wms, x, 10s);
    if (answer)
      return answer->job;
    if (answer.why().code == errc::usage || answer.why().code == errc::denied) {
      fmt::print("refused: {}\n", answer.why().text);
      gave_up_ = true;
    }
    to.reset();
    return std::nullopt;
  }

  bool connected(std::optional<link::control_client>& to) {
    if (!to)
      if (auto made = link::control_client::connect(nodes_[0].socket(), 2s))
        to.emplace(std::move(*made));
    return to.has_value();
  }

  void count_over(std::optional<link::control_client>& to) {
    if (!connected(to))
      return;
    auto counts = to->call(role::lb, lb::count_jobs{}, 10s);
    if (!counts)
      return to.reset();
    std::size_t over = 0;
    for (auto [state, n] : counts->by_state)
      if (lb::is_terminal(state) || state == lb::job_state::done)
        over += n;
    over_ = over;
  }

  /// Everybody is up: everything must come to its end.
  bool wait_for_all() {
    std::optional<link::control_client> to;
    auto last = over_.load();
    for (auto until = clock::now() + 120s; clock::now() < until;) {
      count_over(to);
      if (over_ >= acknowledged())
        return true;
      if (over_ != last) { // as long as it goes on we wait
        last = over_;
        until = clock::now() + 120s;
      }
      std::this_thread::sleep_for(500ms);
    }
    return false;
  }

  int verdict(bool finished);

  settings s_;
  random_source chance_;
  std::vector<node_process> nodes_;
  std::string script_, facts_;
  std::mutex mutex_;
  std::vector<known_job> jobs_;
  std::atomic<std::size_t> over_{0};
  std::atomic<bool> done_killing_{false}, gave_up_{false};
};

/// Counts broken promises and shows the first few of each.
class complaints {
public:
  void add(const std::string& what, const known_job& job, const std::string& more) {
    if (++counts_[what] <= 5)
      fmt::print("BROKEN: {}: job {} ({}) {}\n", what, job.number, job.id.text(), more);
  }

  int report() const {
    for (const auto& [what, n] : counts_)
      fmt::print("{}: {} times\n", what, n);
    return counts_.empty() ? 0 : 1;
  }

private:
  std::map<std::string, unsigned> counts_;
};

int trial::verdict(bool finished) {
  if (!finished)
    fmt::print("BROKEN: {} of {} jobs came to an end\n", over_.load(), acknowledged());
  nodes_[0].start();
  std::optional<link::control_client> to;
  for (auto until = clock::now() + 20s; !connected(to) && clock::now() < until;)
    std::this_thread::sleep_for(100ms);
  if (!to || gave_up_ || jobs_.empty()) {
    fmt::print("BROKEN: the nodes did not take jobs\n");
    return 1;
  }
  auto facts = read_facts(facts_);
  complaints broken;
  std::map<std::string, unsigned> states;
  std::set<std::string> ids;
  unsigned deep = 0, shallow = 0, starts = 0;
  for (const auto& job : jobs_) {
    auto status = to->call(role::lb, lb::get_status{{}, job.id}, 20s);
    if (!status) {
      broken.add("an acknowledged job is missing", job, status.why().text);
      continue;
    }
    const auto& seen = facts[job.number];
    ++states[std::string{lb::word(status->state)}];
    deep += status->deep_resubmissions;
    shallow += status->shallow_resubmissions;
    starts += seen.starts;
    if (!ids.insert(job.id.text()).second)
      broken.add("one id for two jobs", job, "");
    if (!lb::is_terminal(status->state) && status->state != lb::job_state::done)
      broken.add("a job is unfinished", job, std::string{lb::word(status->state)});
    if (seen.starts > 1 + status->deep_resubmissions)
      broken.add("more payload starts than deep cycles", job,
                 fmt::format("{} starts, {} deep", seen.starts, status->deep_resubmissions));
    if (seen.overlaps > 0)
      broken.add("two payloads of a job at once", job, "");
    auto well = status->state == lb::job_state::done && status->code == lb::done_code::ok;
    if (well && status->exit_code == 0 && seen.ends == 0)
      broken.add("L&B says done, the payload says not", job, status->reason);
    if (!well && seen.ends > 0 && seen.ends == seen.starts)
      broken.add("the payload ended well, L&B says otherwise", job, status->reason);
  }
  nodes_[0].kill_now();
  for (const auto& [state, n] : states)
    fmt::print("{:10} {}\n", state, n);
  fmt::print("{} jobs, {} payload starts, {} deep and {} shallow resubmissions, seed {}\n",
             jobs_.size(), starts, deep, shallow, s_.seed);
  return broken.report() + (finished ? 0 : 1);
}

} // namespace
} // namespace trellis

int main(int argc, char** argv) {
  trellis::settings s;
  s.seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()
                                      / 1000 % 1'000'000);
  CLI::App app{"Kills nodes at work and sees whether anything was lost"};
  app.add_option("--node", s.node, "the trellis-node binary")->required();
  app.add_option("--base", s.base, "where the nodes' directories are")->required();
  app.add_option("--kills", s.kills, "how many");
  app.add_option("--in-flight", s.in_flight, "jobs that are not over at any time");
  app.add_option("--lease", s.lease_s, "seconds");
  app.add_option("--seed", s.seed, "of the kills");
  CLI11_PARSE(app, argc, argv);
  fmt::print("seed {}\n", s.seed);
  return trellis::trial{s}.run();
}
