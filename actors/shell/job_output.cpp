#include "actors/shell/commands.hpp"
#include "actors/shell/fetching.hpp"
#include "actors/shell/follow.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/status_block.hpp"
#include "actors/shell/wait.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--dir", "DIR", "Where the directory of each job's files is made; here by default."),
    flag("--nosubdir", "Put the files into DIR itself."),
    flag("--list-only", "Only list the files."),
    flag("-f,--follow", "Print standard output as it grows, until the job is over."),
    option("-n,--lines", "N", "Of a running job show the last N lines; 10 by default."),
    flag("--stderr", "Show standard error of a running job, not standard output."),
    option("--timeout", "TIME", "Follow at most so long; then the exit code is 7."),
    flag("--purge", "After all files are here let the WMS forget them: the job is Cleared."),
    flag("--dry-run", "Say what would be fetched and purged."),
    input_option,
    pick_option,
};

constexpr column fetched_columns[] = {
    text_column("JOB", "job"),
    number_column("FILES", "files"),
    number_column("BYTES", "bytes"),
    text_column("DIRECTORY", "directory"),
};

struct wanted {
  std::filesystem::path dir;
  bool subdir = true, list_only = false, follow = false, errors = false, purge = false;
  bool dry_run = false;
  std::size_t lines = 10;
  wait_limit limit;
};

std::uint64_t bytes_of(const fetched& x) {
  std::uint64_t sum = 0;
  for (const auto& f : x.files)
    sum += f.size;
  return sum;
}

/// Prints what a running job writes, until it is over.
result<done> follow_stream(session& s, const address& wms, const job_id& job,
                           const std::string& file, file_end end, const wanted& how) {
  auto print_more = [&] {
    if (auto more = read_more(s, wms, job, file, end.next)) {
      s.out() << more->text;
      s.out().flush();
      end.next = more->next;
    }
    return true;
  };
  follow_request what;
  what.jobs = {job};
  what.limit = how.limit;
  what.enough = [](const lb::job_status& x) { return is_over(x.state); };
  what.pace = std::chrono::milliseconds{1'000};
  what.go_on = print_more;
  auto over = follow(s, what);
  if (!over)
    return over.why();
  print_more();
  if (over->timed_out)
    return error{errc::timed_out,
                 fmt::format("{} still runs after {} s", job.text(), how.limit->count() / 1000)};
  return done{};
}

/// Of a job that runs: the last lines, and with --follow the rest.
result<done> show_running(session& s, const address& wms, const job_id& job,
                          const wms::output_files& files, const wanted& how) {
  const auto& file = how.errors ? files.std_error : files.std_output;
  if (file.empty())
    return error{errc::not_found, fmt::format("the job {} is not over, and its JDL names no {} to "
                                              "look at meanwhile",
                                              job.text(), how.errors ? "StdError" : "StdOutput")};
  auto end = read_end(s, wms, job, file, how.lines);
  if (!end && how.follow
      && (end.why().code == errc::not_found || end.why().code == errc::illegal_transition))
    end = file_end{}; // it has not begun to write
  if (!end)
    return end.why();
  s.note(fmt::format("The last lines of {}, which {} still writes:", file, job.unique()));
  s.out() << end->text;
  s.out().flush();
  return how.follow ? follow_stream(s, wms, job, file, *end, how) : result<done>{done{}};
}

void list_files(session& s, const job_id& job, const wms::output_files& files) {
  for (const auto& f : files.files)
    s.out() << fmt::format("{}  {:>12}  {}\n", job.unique(), f.size, f.name);
}

/// One job; a value when its files were fetched.
result<std::optional<fetched>> serve(session& s, const job_id& job, const wanted& how) {
  auto wms = wms_of(s, job);
  if (!wms)
    return wms.why();
  auto files = s.ask_at(*wms, wms::list_output{{}, job});
  if (!files)
    return files.why();
  if (how.list_only) {
    list_files(s, job, *files);
    return std::optional<fetched>{};
  }
  if (!files->final) {
    auto shown = show_running(s, *wms, job, *files, how);
    if (!shown)
      return shown.why();
    if (!how.follow)
      return std::optional<fetched>{};
    return std::optional<fetched>{}; // what was printed is what was asked for
  }
  auto dir = how.subdir ? how.dir / std::string{job.unique()} : how.dir;
  if (how.dry_run)
    return std::optional{
        fetched{job, dir.string(), files->files}
    };
  auto got = fetch_output(s, *wms, job, *files, dir);
  if (!got)
    return got.why();
  if (how.purge)
    if (auto purged = s.ask_at(*wms, wms::purge{{}, job}); !purged)
      return purged.why();
  return std::optional{std::move(*got)};
}

result<wanted> wanted_from(const arguments& given) {
  wanted how;
  how.dir = given.text_or("--dir", ".");
  how.subdir = !given.flag("--nosubdir");
  how.list_only = given.flag("--list-only");
  how.follow = given.flag("--follow");
  how.errors = given.flag("--stderr");
  how.purge = given.flag("--purge");
  how.dry_run = given.flag("--dry-run");
  auto text = given.text_or("--lines", "10");
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), how.lines);
  if (ec != std::errc{} || end != text.data() + text.size())
    return error{errc::usage, fmt::format("'{}' is no number of lines", text)};
  auto limit = wait_wanted(given);
  if (!limit)
    return limit.why();
  how.limit = *limit;
  return how;
}

int run(session& s, const arguments& given) {
  auto how = wanted_from(given);
  auto words = named_jobs(s, given);
  if (!how || !words)
    return s.fail(how ? words.why() : how.why());
  if (!how->subdir && words->size() > 1)
    return s.fail({errc::usage, "--nosubdir would mix the files of several jobs"});
  job_finder finder{s};
  std::vector<fetched> all;
  std::size_t succeeded = 0;
  for (const auto& word : *words) {
    auto job = finder.find(word);
    auto got = job ? serve(s, *job, *how) : result<std::optional<fetched>>{job.why()};
    if (!got) {
      s.fail_one(got.why());
      continue;
    }
    ++succeeded;
    if (*got)
      all.push_back(std::move(**got));
  }
  if (!all.empty()) {
    view<fetched> v;
    v.schema = "trellis.fetched";
    v.columns = fetched_columns;
    v.cells = [](const fetched& x) {
      return row{std::string{x.job.unique()}, std::to_string(x.files.size()),
                 std::to_string(bytes_of(x)), x.directory};
    };
    v.id = [](const fetched& x) { return x.directory; };
    s.print(v, all);
  }
  return s.verdict(succeeded);
}

} // namespace

const command job_output{
    .noun = "job",
    .verb = "output",
    .operands = "ID...",
    .least = 0,
    .most = -1,
    .summary = "Fetch the output of jobs; of a running one show the last lines.",
    .example = "trellis job output --dir results --purge 3u9mKQ",
    .options = options,
    .run = run,
    .more = "A broken transfer goes on where it stopped when the command is repeated.",
};

} // namespace trellis::shell
