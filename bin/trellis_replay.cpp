/// trellis-replay: plays a scenario with the actors that run in production, under a virtual clock.
#include "actors/world/replay.hpp"
#include "actors/world/sites.hpp"
#include "protocols/lb/ulm.hpp"
#include "protocols/scenario/text.hpp"
#include "runtime/log/log.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace {

using namespace trellis;
using scenario::milliseconds;

struct options {
  std::string file, trace_file;
  std::optional<std::uint64_t> seed;
  std::string until, log = "error";
  bool rewrite = false, quiet = false;
};

std::optional<std::string> read(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{in}, {}};
}

int fail(const std::string& what, int code = 1) {
  fmt::print(stderr, "trellis-replay: {}\n", what);
  return code;
}

std::string clock_of(milliseconds x) {
  auto s = std::chrono::duration_cast<std::chrono::seconds>(x).count();
  return s >= 86'400
             ? fmt::format("{}d {:02}:{:02}:{:02}", s / 86'400, s / 3600 % 24, s / 60 % 60, s % 60)
             : fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string counts_of(const world::progress& x) {
  std::string out;
  for (auto [state, n] : x.jobs)
    out += fmt::format("  {} {}", lb::word(state), n);
  return out;
}

/// One line on a terminal, rewritten; nothing otherwise.
void show(const world::progress& x, std::chrono::steady_clock::time_point began) {
  auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  fmt::print(stderr, "\r\033[K{}{}  {:.0f} steps/s", clock_of(x.now), counts_of(x),
             static_cast<double>(x.steps) / std::max(took, 0.001));
  std::fflush(stderr);
}

/// The last events of a job, for whoever wonders.
void print_events(const world::replay& of, const world::job_facts& job) {
  auto events = of.events_of(job.id);
  auto from = events.size() > 8 ? events.size() - 8 : 0;
  for (auto i = from; i < events.size(); ++i) {
    auto at = std::chrono::floor<milliseconds>(events[i].what.timestamp - world::first_moment);
    fmt::print("        {}  {}\n", clock_of(at), lb::ulm_line(events[i].what).substr(0, 160));
  }
}

void print_verdict(const options& o, const world::replay& of, const world::verdict& v) {
  if (v.held) {
    fmt::print("  ok      {}\n", scenario::text(*v.what));
    return;
  }
  fmt::print("  FAILED  {}:{}: {}\n", o.file, v.what->at.line, scenario::text(*v.what));
  if (!v.decided)
    fmt::print("          not decided: the run was ended before\n");
  else
    fmt::print("          at {}: {}\n", clock_of(v.when), v.found);
  if (v.job)
    print_events(of, of.facts().jobs()[*v.job]);
}

void print_trace(const options& o, const world::traced& t) {
  auto of = t.what->name + (t.what->ordinal ? "#" + std::to_string(t.what->ordinal) : "");
  if (t.same) {
    fmt::print("  ok      trace {}\n", of);
    return;
  }
  fmt::print("  FAILED  {}:{}: trace {}\n", o.file, t.what->at.line, of);
  if (!t.problem.empty())
    fmt::print("          {}\n", t.problem);
  for (std::size_t i = 0; i < std::max(t.lines.size(), t.what->lines.size()); ++i) {
    auto want = i < t.what->lines.size() ? t.what->lines[i] : "";
    auto have = i < t.lines.size() ? t.lines[i] : "";
    fmt::print("          {} {:<40}  {}\n", want == have ? ' ' : '!', want, have);
  }
}

/// The blocks of the file become what was played.
int rewrite(const options& o, std::string text, const world::replay_result& played) {
  int changed = 0;
  for (auto t = played.traces.rbegin(); t != played.traces.rend(); ++t) { // places stay good
    if (t->same || !t->problem.empty())
      continue;
    auto fresh = scenario::replace_trace(text, *t->what, t->lines);
    if (!fresh)
      return fail(fresh.why().text);
    text = std::move(*fresh);
    ++changed;
  }
  std::ofstream out{o.file, std::ios::binary};
  if (!(out << text).flush())
    return fail("cannot write " + o.file);
  fmt::print("{} of its traces were written anew in {}\n", changed, o.file);
  return 0;
}

int write_ulm(const options& o, const world::replay& of) {
  std::ofstream out{o.trace_file, std::ios::binary};
  auto events = of.all_events();
  if (!(out << lb::ulm_dump(events)).flush())
    return fail("cannot write " + o.trace_file);
  return 0;
}

world::replay_options settings_of(const options& o, std::chrono::steady_clock::time_point began) {
  world::replay_options out;
  out.seed = o.seed;
  auto beside = std::filesystem::path{o.file}.parent_path();
  out.read = [beside](const std::string& name) -> result<std::string> {
    auto bytes = read(std::filesystem::path{name}.is_absolute() ? name : (beside / name).string());
    if (!bytes)
      return error{errc::not_found, "cannot read " + (beside / name).string()};
    return std::move(*bytes);
  };
  if (!o.quiet && ::isatty(2))
    out.tell = [began](const world::progress& x) { show(x, began); };
  return out;
}

int play(const options& o) {
  auto text = read(o.file);
  if (!text)
    return fail("cannot read " + o.file, 5);
  auto story = scenario::parse(*text, o.file);
  for (const auto& x : story.problems)
    fmt::print(stderr, "{}\n", scenario::to_string(x));
  if (!story)
    return 2;
  auto began = std::chrono::steady_clock::now();
  auto settings = settings_of(o, began);
  if (!o.until.empty()) {
    auto until = parse_duration(o.until);
    if (!until)
      return fail("--until: " + until.why().text, 2);
    settings.until = *until;
  }
  auto run = world::replay::make(story.value, settings);
  if (!run)
    return fail(o.file + ": " + run.why().text, 2);
  auto seed = o.seed.value_or(story.value.seed);
  fmt::print("{}  seed {}\n", story.value.title, seed);
  auto played = (*run)->run();
  auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!o.quiet && ::isatty(2))
    fmt::print(stderr, "\r\033[K");
  for (const auto& v : played.verdicts)
    print_verdict(o, **run, v);
  for (const auto& t : played.traces)
    print_trace(o, t);
  fmt::print("{} of virtual time in {:.1f} s: {} steps ({:.0f}/s), {} frames, {} events{}\n",
             clock_of(played.end.now), took, played.end.steps,
             static_cast<double>(played.end.steps) / std::max(took, 0.001), played.frames,
             played.events, counts_of(played.end));
  fmt::print("hash {:016x}\n", played.hash);
  if (!o.trace_file.empty())
    if (auto code = write_ulm(o, **run))
      return code;
  if (o.rewrite)
    return rewrite(o, *text, played);
  if (!played.held)
    fmt::print("again: trellis-replay {} --seed {}\n", o.file, seed);
  return played.held ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Plays a scenario: the actors of production under a virtual clock, with faults, from "
      "a seed."};
  options o;
  app.set_version_flag("--version", TRELLIS_VERSION);
  app.add_option("file", o.file, "the scenario (scenarios/README.md is the language's manual)")
      ->required();
  app.add_option("--seed", o.seed, "another seed than the file's: another order of things");
  app.add_option("--until", o.until, "ends the run at this virtual time, as 90min");
  app.add_option("--trace", o.trace_file, "writes all L&B events there, as ULM lines");
  app.add_flag("--rewrite", o.rewrite, "writes the file's traces anew, as they were played");
  app.add_option("--log", o.log, "log lines of all nodes: debug, info, warn, error");
  app.add_flag("--quiet", o.quiet, "no progress line");
  app.footer("Example: trellis-replay scenarios/dead-ce.scn");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  auto level = log::parse_level(o.log);
  if (!level)
    return fail("--log: " + level.why().text, 2);
  log::set_up({*level, log::form::text, "replay"});
  return play(o);
}
