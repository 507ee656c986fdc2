#include "bin/replay/report.hpp"

#include "protocols/lb/ulm.hpp"
#include "protocols/scenario/text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace trellis::replaying {

using scenario::milliseconds;
namespace fs = std::filesystem;

std::optional<std::string> read(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{in}, {}};
}

scenario::log_reader reader_beside(const std::string& file) {
  return [beside = fs::path{file}.parent_path()](const std::string& name) -> result<std::string> {
    auto path = fs::path{name}.is_absolute() ? fs::path{name} : beside / name;
    auto bytes = read(path.string());
    if (!bytes)
      return error{errc::not_found, "cannot read " + path.string()};
    return std::move(*bytes);
  };
}

int fail(const std::string& what, int code) {
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

bool shows_progress(const options& o) { return !o.quiet && ::isatty(2); }

void show(const std::string& line) {
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
}

namespace {

/// The last events of a job, for whoever wonders.
void print_events(const played& of, const world::job_facts& job) {
  auto events = of.events_of(job.id);
  auto from = events.size() > 8 ? events.size() - 8 : 0;
  for (auto i = from; i < events.size(); ++i) {
    fmt::print("        {}  {}\n", clock_of(of.time_of(events[i].what.timestamp)),
               lb::ulm_line(events[i].what).substr(0, 160));
  }
}

void print_verdict(const options& o, const played& of, const world::verdict& v) {
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
    print_events(of, of.facts.jobs()[*v.job]);
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
int rewrite(const options& o, const played& x) {
  auto text = x.text;
  const auto& traces = x.result.traces;
  int changed = 0;
  for (auto t = traces.rbegin(); t != traces.rend(); ++t) { // places stay good
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

int write_ulm(const options& o, const played& of) {
  std::ofstream out{o.trace_file, std::ios::binary};
  auto events = of.all_events();
  if (!(out << lb::ulm_dump(events)).flush())
    return fail("cannot write " + o.trace_file);
  return 0;
}

} // namespace

void print_verdicts(const options& o, const played& x) {
  for (const auto& v : x.result.verdicts)
    print_verdict(o, x, v);
  for (const auto& t : x.result.traces)
    print_trace(o, t);
  if (x.result.broken)
    fmt::print("  BROKEN  {}\n", *x.result.broken);
}

int conclude(const options& o, const played& x, const std::string& again) {
  if (!o.trace_file.empty())
    if (auto code = write_ulm(o, x))
      return code;
  if (o.rewrite)
    return rewrite(o, x);
  if (!x.result.held)
    fmt::print("again: {}\n", again);
  return x.result.held ? 0 : 1;
}

} // namespace trellis::replaying
