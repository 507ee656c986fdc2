#include "bin/replay/play_nodes.hpp"

#include "bin/replay/enclosure.hpp"
#include "bin/replay/real_run.hpp"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis::replaying {

namespace {

namespace fs = std::filesystem;

std::atomic<bool> interrupt{false};

void note_interrupt(int) { interrupt = true; }

void catch_signals() {
  struct sigaction act = {};
  act.sa_handler = note_interrupt;
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(signal, &act, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

/// The part of a path that only its owner passes; empty: none.
std::string closed_to_others(fs::path x) {
  for (std::error_code wrong; !x.empty(); x = x.parent_path()) {
    if ((fs::status(x, wrong).permissions() & fs::perms::others_exec) == fs::perms::none)
      return x.string();
    if (x == x.root_path())
      break;
  }
  return {};
}

/// Where the nodes live; gone afterwards unless it is to be kept.
class place {
public:
  static result<place> make(const std::string& keep) {
    std::error_code wrong;
    if (!keep.empty()) {
      fs::create_directories(keep, wrong);
      if (wrong || !fs::is_empty(keep, wrong))
        return error{errc::exists,
                     fmt::format("cannot keep the nodes in {}: it is to be a directory "
                                 "that is empty or new",
                                 keep)};
      auto path = fs::absolute(keep).string();
      ::chmod(path.c_str(), 0755);
      if (auto closed = closed_to_others(path); ::geteuid() == 0 && !closed.empty())
        return error{errc::denied,
                     fmt::format("cannot keep the nodes in {}: its users and payloads "
                                 "have other accounts, and {} is closed to them",
                                 path, closed)};
      return place{std::move(path), true};
    }
    char name[] = "/tmp/trellis.XXXXXX";
    if (!::mkdtemp(name))
      return error{errc::storage, fmt::format("cannot make {}: {}", name, std::strerror(errno))};
    ::chmod(name, 0755); // users and payloads pass through
    return place{name, false};
  }

  place(place&& x) noexcept : path_(std::exchange(x.path_, "")), kept_(x.kept_) {}

  ~place() {
    std::error_code wrong;
    if (!kept_ && !path_.empty())
      fs::remove_all(path_, wrong);
  }

  const std::string& path() const { return path_; }

private:
  place(std::string path, bool kept) : path_(std::move(path)), kept_(kept) {}

  std::string path_;
  bool kept_ = false;
};

real::real_options options_of(const options& o, std::optional<scenario::milliseconds> until) {
  real::real_options out;
  out.seed = o.seed;
  out.until = until;
  out.by.speed = o.speed;
  out.node_binary = (fs::read_symlink("/proc/self/exe").parent_path() / "trellis-node").string();
  if (!o.log.empty())
    out.node_log = o.log;
  out.read = reader_beside(o.file);
  out.interrupted = [] { return interrupt.load(); };
  if (shows_progress(o))
    out.tell = [](const world::progress& x) { show(clock_of(x.now) + counts_of(x)); };
  return out;
}

int run_inside(const options& o, const scenario::story& story, const std::string& text,
               real::real_options settings) {
  auto where = place::make(o.keep);
  if (!where)
    return fail(where.why().text);
  settings.base = where->path();
  auto made = real::real_run::make(story, settings);
  if (!made)
    return interrupt ? 130 : fail(made.why().text, made.why().code == errc::usage ? 2 : 1);
  auto& run = **made;
  auto seed = o.seed.value_or(story.seed);
  fmt::print("{}  seed {}  {} nodes, {} times as fast\n", story.title, seed,
             scenario::nodes_of(story).size(), o.speed);
  auto began = std::chrono::steady_clock::now();
  auto result = run.play();
  auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (shows_progress(o))
    show("");
  if (run.interrupted())
    return fail("interrupted; all nodes have ended", 130);
  played x{story,
           text,
           result,
           run.facts(),
           [&](const job_id& job) { return run.events_of(job); },
           [&] { return run.all_events(); },
           [&](lb::moment at) { return run.told(at); }};
  print_verdicts(o, x);
  fmt::print("{} of the story in {:.1f} s: {} looks, {} events{}\n", clock_of(result.end.now), took,
             result.end.steps, result.events, counts_of(result.end));
  if (!o.keep.empty())
    fmt::print("kept: {}\n", where->path());
  return conclude(
      o, x, fmt::format("trellis-replay {} --nodes --speed {} --seed {}", o.file, o.speed, seed));
}

} // namespace

int play_nodes(const options& o, const scenario::story& story, const std::string& text,
               std::optional<scenario::milliseconds> until) {
  auto settings = options_of(o, until);
  if (!(o.speed > 0))
    return fail("--speed is to be more than 0", 2);
  auto problems = real::unplayable(story, o.file, settings.by, ::geteuid() == 0);
  for (const auto& x : problems)
    fmt::print(stderr, "{}\n", scenario::to_string(x));
  if (!problems.empty())
    return 2;
  if (!fs::exists(settings.node_binary))
    return fail("there is no " + settings.node_binary, 5);
  if (auto inside = real::enclose(); !inside)
    return fail(inside.why().text);
  catch_signals();
  auto code = run_inside(o, story, text, std::move(settings));
  real::sweep();
  return code;
}

} // namespace trellis::replaying
