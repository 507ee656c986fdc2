/// trellis-replay: plays a scenario with the actors that run in production, under a virtual clock;
/// or, with --nodes, with real nodes in real time.
#include "actors/world/sites.hpp"
#include "bin/replay/play_nodes.hpp"
#include "bin/replay/swarm.hpp"
#include "protocols/scenario/text.hpp"
#include "runtime/log/log.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

using namespace trellis;
using namespace trellis::replaying;
using scenario::milliseconds;
using instant = std::chrono::steady_clock::time_point;

double seconds_since(instant x) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - x).count();
}

world::replay_options settings_of(const options& o, instant began) {
  world::replay_options out;
  out.seed = o.seed;
  out.threads = o.threads;
  out.read = reader_beside(o.file);
  if (shows_progress(o))
    out.tell = [began](const world::progress& x) {
      show(fmt::format("{}{}  {:.0f} steps/s", clock_of(x.now), counts_of(x),
                       static_cast<double>(x.steps) / std::max(seconds_since(began), 0.001)));
    };
  return out;
}

int play_virtually(const options& o, const scenario::story& story, const std::string& text,
                   std::optional<milliseconds> until) {
  auto began = std::chrono::steady_clock::now();
  auto settings = settings_of(o, began);
  settings.until = until;
  auto run = world::replay::make(story, settings);
  if (!run)
    return fail(o.file + ": " + run.why().text, 2);
  auto seed = o.seed.value_or(story.seed);
  fmt::print("{}  seed {}\n", story.title, seed);
  auto& of = **run;
  auto result = of.run();
  auto took = seconds_since(began);
  if (shows_progress(o))
    show("");
  played x{
      story,
      text,
      result,
      of.facts(),
      [&](const job_id& job) { return of.events_of(job); },
      [&] { return of.all_events(); },
      [](lb::moment at) { return std::chrono::floor<milliseconds>(at - world::first_moment); }};
  print_verdicts(o, x);
  fmt::print("{} of virtual time in {:.1f} s: {} steps ({:.0f}/s), {} frames, {} events{}\n",
             clock_of(result.end.now), took, result.end.steps,
             static_cast<double>(result.end.steps) / std::max(took, 0.001), result.frames,
             result.events, counts_of(result.end));
  fmt::print("hash {:016x}\n", result.hash);
  return conclude(o, x, fmt::format("trellis-replay {} --seed {}", o.file, seed));
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
  std::optional<milliseconds> until;
  if (!o.until.empty()) {
    auto given = parse_duration(o.until);
    if (!given)
      return fail("--until: " + given.why().text, 2);
    until = *given;
  }
  return o.nodes ? play_nodes(o, story.value, *text, until)
                 : play_virtually(o, story.value, *text, until);
}

/// `trellis-replay swarm [DIR|FILE]`; a word of its own, since a file comes first otherwise.
int swarm(int argc, char** argv) {
  CLI::App app{"Plays stories that nobody wrote: small grids, some work, faults that all end."};
  swarm_options o;
  app.name("trellis-replay swarm");
  app.add_option("where", o.where,
                 "a scenario or a directory of them, whose worlds are played too");
  app.add_option("--seeds", o.seeds, "so many stories");
  app.add_option("--first", o.first, "the number of the first one");
  app.add_option("--minutes", o.minutes, "ends after so many minutes");
  app.add_flag("!--no-shrink", o.shrink, "shows a finding as it is");
  app.add_flag("--hashes", o.hashes, "prints the hash of each story's events");
  app.add_option("--keep", o.keep, "a directory where a finding is written, as a small scenario")
      ->check(CLI::ExistingDirectory);
  app.footer("Example: trellis-replay swarm scenarios --minutes 5");
  CLI11_PARSE(app, argc, argv);
  return run_swarm(o);
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view{argv[1]} == "swarm") {
    log::set_up({log::level::error, log::form::text, "swarm"});
    log::collector quiet; // thousands of faults are meant
    return swarm(argc - 1, argv + 1);
  }
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
  app.add_option("--log", o.log,
                 "log lines of all nodes from this level on: debug, info, warn, error");
  app.add_flag("--quiet", o.quiet, "no progress line");
  app.add_option("--threads", o.threads,
                 "for a story of many nodes; one for each processor, and the result is the same");
  auto nodes = app.add_flag("--nodes", o.nodes, "with real trellis-node processes, in real time");
  app.add_option("--speed", o.speed, "with --nodes: how often as fast as a clock on the wall; 20")
      ->needs(nodes);
  app.add_option("--keep", o.keep, "with --nodes: keeps the nodes' directories and logs there")
      ->needs(nodes);
  app.footer("Example: trellis-replay scenarios/dead_ce.scn\n"
             "Many drawn stories: trellis-replay swarm --help");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  auto level = log::parse_level(o.log.empty() ? "error" : o.log);
  if (!level)
    return fail("--log: " + level.why().text, 2);
  log::set_up({*level, log::form::text, "replay"});
  return play(o);
}
