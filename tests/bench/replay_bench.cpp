#include "tests/bench/replay_bench.hpp"

#include "actors/world/replay.hpp"
#include "protocols/scenario/text.hpp"
#include "runtime/log/log.hpp"
#include "runtime/simulation/virtual_system.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <unistd.h>

namespace trellis::bench {
namespace {

constexpr int sites = 100, slots_each = 100, users = 20, waves = 10;
constexpr double whole = 100'000;              // jobs
constexpr std::uint64_t most_bare = 5'000'000; // messages of the floor; more change nothing

struct spent {
  double wall_s = 0, cpu_s = 0;
};

class stopwatch {
public:
  spent so_far() const {
    return {std::chrono::duration<double>(clock::now() - began_).count(), cpu_s() - cpu_};
  }

private:
  using clock = std::chrono::steady_clock;

  static double cpu_s() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  }

  clock::time_point began_ = clock::now();
  double cpu_ = cpu_s();
};

/// Bytes of this process in memory.
double resident() {
  std::ifstream in{"/proc/self/statm"};
  double all = 0, here = 0;
  in >> all >> here;
  return here * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Twenty users of four VOs, each with one kind of job of two to eleven minutes, send in waves
/// every five minutes; the sites have room for a tenth of all jobs at once. There are two brokers,
/// as large VOs had several: of each VO's users some go to the one, some to the other, and one user
/// of each sends at a time.
std::string story(int each) {
  std::string out = "scenario \"A hundred sites\"\nseed 1\n";
  for (int i = 0; i < 4; ++i)
    out += fmt::format("vo vo{}\n", i);
  for (int i = 0; i < users; ++i)
    out += fmt::format("user u{:02} vo=vo{} wms=broker{}.example\n", i, i / 2 % 4, 1 + i % 2);
  for (int i = 1; i <= 2; ++i)
    out += fmt::format("site broker{}.example roles=wms,lb,info\n", i);
  for (int i = 0; i < sites; ++i)
    out += fmt::format("site s{:02}.example\n", i);
  for (int i = 0; i < sites; ++i)
    out += fmt::format("ce ce.s{:02}.example slots={}\n", i, slots_each);
  for (int i = 0; i < users; ++i)
    out += fmt::format("job j{:02} by=u{:02} runs={}min\n", i, i, 2 + i % 10);
  for (int w = 0; w < waves; ++w)
    for (int i = 0; i < users; ++i)
      out += fmt::format("at {}s submit j{:02} x{}\n", 60 + w * 300 + i / 2 * 20, i, each);
  out += fmt::format("always jobs Running <= {}\n", sites * slots_each);
  out += fmt::format("at end jobs Done = {}\n", users * waves * each);
  return out + "at end starts of every job = 1\n";
}

struct pass_on {
  using stays_at_home = void;
};

/// The same number of messages under the same scheduler, from one actor to the next, and nothing
/// done with them: messages a CPU second.
double bare(std::uint64_t steps) {
  simulation::virtual_system time{1};
  std::vector<caf::strong_actor_ptr> all;
  caf::actor next;
  auto last = std::make_shared<caf::actor>();
  for (int i = 0; i < 1'000; ++i) {
    auto handler = [last, next](caf::event_based_actor* self) -> caf::behavior {
      return {[=](pass_on x) { self->send(next ? next : *last, x); }};
    };
    next = time.system().spawn(handler);
    all.push_back(caf::actor_cast<caf::strong_actor_ptr>(next));
  }
  *last = next;
  for (int i = 0; i < 1'000; i += 10)
    caf::anon_send(caf::actor_cast<caf::actor>(all[static_cast<std::size_t>(i)]), pass_on{});
  stopwatch watch;
  while (time.steps() < steps)
    time.step();
  auto took = watch.so_far();
  *last = nullptr;
  next = nullptr;
  time.end(std::move(all));
  return static_cast<double>(steps) / took.cpu_s;
}

row at_most(std::string what, double value, std::string unit, double goal) {
  row out{std::move(what), value, std::move(unit), {}, {}, goal, {}};
  out.met = value <= goal;
  return out;
}

} // namespace

/// One run, whatever the rounds: millions of steps are their own average.
result<rows> replay(const options& x) {
  log::set_up({log::level::error, log::form::text, "bench"});
  auto each = std::max(1, static_cast<int>(whole / users / waves * x.scale));
  auto jobs = static_cast<double>(users * waves * each);
  auto told = scenario::parse(story(each), "bench");
  if (!told)
    return error{errc::usage, to_string(told.problems.front())};
  auto before = resident();
  stopwatch watch;
  auto run = world::replay::make(told.value, {});
  if (!run)
    return run.why();
  auto played = (*run)->run();
  auto took = watch.so_far();
  auto grown = resident() - before;
  for (const auto& v : played.verdicts)
    if (!v.held)
      return error{errc::internal, scenario::text(*v.what) + ": " + v.found};
  run = error{errc::internal, "over"}; // before the floor, which needs the caches as well
  auto steps = static_cast<double>(played.end.steps);
  auto floor = bare(std::min(played.end.steps, most_bare));
  rows out;
  out.push_back(at_most(fmt::format("wall time of {:.0f} jobs, scaled to {:.0f}", jobs, whole),
                        took.wall_s * whole / jobs, "s", 60));
  out.push_back(plain("CPU time, scaled likewise", took.cpu_s * whole / jobs, "s"));
  out.push_back(against("steps, beside bare messages", steps / took.cpu_s, "/CPU s", floor, {}));
  out.push_back(
      plain("frames on the links", static_cast<double>(played.frames) / took.cpu_s, "/CPU s"));
  out.push_back(plain("jobs", jobs / took.cpu_s, "/CPU s"));
  out.push_back(plain("steps of a job", steps / jobs, ""));
  out.push_back(plain("memory of a job", grown / jobs, "bytes"));
  return out;
}

} // namespace trellis::bench
