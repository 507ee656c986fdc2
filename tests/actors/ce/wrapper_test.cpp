/// The wrapper and the starter, run for real in a directory of their own.
#include "actors/ce/records.hpp"
#include "actors/ce/wrapper.hpp"
#include "runtime/process/command.hpp"
#include "runtime/process/session_directory.hpp"
#include "tests/actors/ce/payloads.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace trellis;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string read_all(const fs::path& p) {
  std::ifstream in{p};
  return {std::istreambuf_iterator<char>{in}, {}};
}

struct a_session {
  a_session() {
    root = (fs::temp_directory_path() / "trellis-wrapper-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(root.data()));
    files.emplace(root, process::file_owner{});
    BOOST_REQUIRE(files->make("s"));
    BOOST_REQUIRE(files->make_output("s"));
    task.attempt = {*job_id::parse("https://cern.example:9000/0123456789ABCDEFGHIJKL"), 1};
    task.queue = *ce_id::parse("ral.example:8443/trellis-fork-short");
    task.token = ce::token_mode::none;
    task.what.executable = "/bin/true";
  }

  ~a_session() { fs::remove_all(root); }

  fs::path at(const std::string& name) const { return fs::path{root} / "s" / name; }

  void input(const std::string& name, const std::string& text, bool executable = true) {
    chunk all{0, text, crc32(text), text.size(), true};
    BOOST_REQUIRE(files->put_input("s", name, all, executable));
  }

  void write_wrapper() {
    auto starter = fs::path{std::getenv("TRELLIS_BUILD")} / "bin" / "trellis-starter";
    ce::wrapper_limits limits{token_wait, 1s, true, lease};
    auto text
        = ce::wrapper_script(task, {root + "/s", with_starter ? starter.string() : ""}, limits);
    BOOST_REQUIRE(files->put("s", "wrapper", text, true));
  }

  ce::worker_records run() {
    write_wrapper();
    process::command shell;
    shell.arguments = {"/bin/sh", root + "/s/wrapper"};
    shell.time_limit = 20s;
    shell.output_limit = 65'536;
    auto end = process::run(shell);
    BOOST_REQUIRE(end);
    said = end->output + end->errors;
    BOOST_TEST(!end->timed_out);
    BOOST_TEST(end->exit_code == 0);
    return records();
  }

  ce::worker_records records() const { return ce::read_records(read_all(at("records"))); }

  /// Runs while `meanwhile` acts from another thread of control: the wrapper is started and polled.
  template <class F>
  ce::worker_records run_beside(F meanwhile) {
    write_wrapper();
    process::command shell;
    shell.arguments = {"/bin/sh", root + "/s/wrapper"};
    auto started = process::start(shell);
    BOOST_REQUIRE(started);
    meanwhile(*started);
    auto until = std::chrono::steady_clock::now() + 20s;
    while (process::alive(*started) && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    BOOST_TEST(process::reap(started->pid));
    return records();
  }

  void wait_for(ce::record_kind what) {
    auto until = std::chrono::steady_clock::now() + 10s;
    while (!has(records(), what) && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
  }

  static bool has(const ce::worker_records& x, ce::record_kind what) {
    return std::ranges::any_of(x.lines, [&](const auto& r) { return r.what == what; });
  }

  static ce::worker_record one(const ce::worker_records& x, ce::record_kind what) {
    auto i = std::ranges::find(x.lines, what, &ce::worker_record::what);
    BOOST_REQUIRE(i != x.lines.end());
    return *i;
  }

  std::string root;
  std::optional<process::session_directory> files;
  ce::hand_over task;
  bool with_starter = true;
  std::optional<ce::moment> lease;
  std::chrono::seconds token_wait{2};
  std::string said;
};

using kind = ce::record_kind;

std::vector<kind> kinds(const ce::worker_records& x) {
  std::vector<kind> out;
  for (const auto& r : x.lines)
    out.push_back(r.what);
  return out;
}

const std::vector<kind> good_life{kind::wrapper_started, kind::payload_started, kind::payload_ended,
                                  kind::ended};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_job_that_ends_well, a_session) {
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c '" + std::string{use_memory} + "'";
  auto seen = run();
  BOOST_TEST((kinds(seen) == good_life));
  BOOST_TEST(said == "");
  auto end = one(seen, kind::payload_ended);
  BOOST_TEST(end.number == 0);
  BOOST_TEST(end.text == "exited");
  BOOST_TEST(end.when.has_value());
  BOOST_TEST(end.used.max_rss_kib > 0u);
  BOOST_TEST(!one(seen, kind::wrapper_started).node.empty());
}

BOOST_FIXTURE_TEST_CASE(an_exit_code_is_the_jobs_own_affair, a_session) {
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c 'exit 7'";
  auto seen = run();
  BOOST_TEST((kinds(seen) == good_life));
  BOOST_TEST(one(seen, kind::payload_ended).number == 7);
}

BOOST_FIXTURE_TEST_CASE(a_signal_is_128_and_its_number, a_session) {
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c 'kill -9 $$'";
  BOOST_TEST(one(run(), kind::payload_ended).number == 137);
}

BOOST_FIXTURE_TEST_CASE(without_the_starter_the_shell_does_it, a_session) {
  with_starter = false;
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c 'echo out; echo err >&2; exit 7'";
  task.what.std_output = task.what.std_error = "both";
  task.what.std_error = "err";
  task.what.output = {"both", "err"};
  auto seen = run();
  BOOST_TEST((kinds(seen) == good_life));
  BOOST_TEST(said == "");
  auto end = one(seen, kind::payload_ended);
  BOOST_TEST(end.number == 7);
  BOOST_TEST(end.text == "exited");
  BOOST_TEST(end.used.user_s >= 0);
  BOOST_TEST(read_all(at("output/both")) == "out\n");
  BOOST_TEST(read_all(at("output/err")) == "err\n");
}

BOOST_FIXTURE_TEST_CASE(arguments_and_environment_arrive_as_they_are, a_session) {
  input("show",
        "#!/bin/sh\nfor x; do echo \"[$x]\"; done; echo \"$WHO\"; echo \"$GLITE_WMS_JOBID\"\n"
        "cat\n");
  input("in.txt", "from a file\n", false);
  task.what.executable = "show";
  task.what.arguments = R"(plain "two words" it\'s '$HOME `id`' *)";
  task.what.environment = {"WHO=me; 'you' & \"them\"", "2BAD=x", "no name"};
  task.what.std_input = "in.txt";
  task.what.std_output = "std.out";
  task.what.output = {"std.out"};
  auto seen = run();
  BOOST_TEST((kinds(seen) == good_life));
  BOOST_TEST(read_all(at("output/std.out"))
             == "[plain]\n[two words]\n[it's]\n[$HOME `id`]\n[*]\nme; 'you' & \"them\"\n"
                    + task.attempt.job.text() + "\nfrom a file\n");
}

BOOST_FIXTURE_TEST_CASE(a_payload_finds_its_proxy_and_nobody_does_afterwards, a_session) {
  input("show", "#!/bin/sh\nstat -c %a $X509_USER_PROXY\ncat $X509_USER_PROXY\n");
  task.what.executable = "show";
  task.what.std_output = "std.out";
  task.what.output = {"std.out"};
  task.delegation = "mine";
  BOOST_REQUIRE(files->put_private("s", "proxy", "an older one"));
  BOOST_REQUIRE(files->put_private("s", "proxy", "key and chain\n"));
  BOOST_TEST((kinds(run()) == good_life));
  BOOST_TEST(read_all(at("output/std.out")) == "600\nkey and chain\n");
  BOOST_TEST(!fs::exists(at("proxy")));
}

BOOST_FIXTURE_TEST_CASE(both_streams_may_go_to_one_file, a_session) {
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c 'echo a; echo b >&2; echo c'";
  task.what.std_output = task.what.std_error = "log";
  task.what.output = {"log"};
  run();
  BOOST_TEST(read_all(at("output/log")) == "a\nb\nc\n");
}

BOOST_FIXTURE_TEST_CASE(a_missing_executable_is_the_jobs_fault, a_session) {
  task.what.executable = "nobody_sent_it";
  auto seen = run();
  auto failed = one(seen, kind::failed);
  BOOST_TEST((failed.failure == ce::failure_class::job_fault));
  BOOST_TEST(failed.text == "./nobody_sent_it not found or unreadable");
  BOOST_TEST(!has(seen, kind::payload_started));
  BOOST_TEST(has(seen, kind::ended));
}

BOOST_FIXTURE_TEST_CASE(a_program_the_system_cannot_start_is_the_jobs_fault, a_session) {
  input("bad", "#!/no/such/interpreter\n");
  task.what.executable = "bad";
  auto failed = one(run(), kind::failed);
  BOOST_TEST((failed.failure == ce::failure_class::job_fault));
  BOOST_TEST(failed.text.find("Cannot start ./bad: No such file") == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_script_without_its_first_line_runs_in_sh, a_session) {
  input("bare", "exit 3\n");
  task.what.executable = "bare";
  BOOST_TEST(one(run(), kind::payload_ended).number == 3);
}

BOOST_FIXTURE_TEST_CASE(wildcards_choose_the_output, a_session) {
  input("make", "#!/bin/sh\ntouch a.dat 'b c.dat' other; mkdir d.dat sub; echo x > sub/deep.dat\n"
                "ln -s other link.dat; ln -s /nowhere dead.dat; echo '*' > '*.odd'\n");
  task.what.executable = "make";
  task.what.output = {"*.dat", "sub/deep.dat", "missing", "*.odd"};
  auto seen = run();
  BOOST_TEST((kinds(seen) == good_life));
  auto list = files->list_output("s");
  BOOST_REQUIRE(list);
  std::string names;
  for (const auto& x : *list)
    names += x.name + ";";
  BOOST_TEST(names == "*.odd;a.dat;b c.dat;deep.dat;link.dat;");
}

BOOST_FIXTURE_TEST_CASE(output_above_the_limit_keeps_its_end, a_session) {
  input("make", "#!/bin/sh\nprintf 0123456789 > a; printf 0123456789 > b; printf 0123456789 > c\n");
  task.what.executable = "make";
  task.what.output = {"a", "b", "c"};
  task.what.max_output_bytes = 14;
  run();
  BOOST_TEST(read_all(at("output/a")) == "0123456789");
  BOOST_TEST(read_all(at("output/b.tail")) == "6789");
  BOOST_TEST(fs::exists(at("output/c.tail")));
  BOOST_TEST(!fs::exists(at("output/b")));
}

BOOST_FIXTURE_TEST_CASE(a_failing_prologue_keeps_the_payload_from_starting, a_session) {
  input("pro", "#!/bin/sh\necho said; exit 3\n");
  task.what.prologue = "pro";
  auto seen = run();
  auto failed = one(seen, kind::failed);
  BOOST_TEST((failed.failure == ce::failure_class::before_payload));
  BOOST_TEST(failed.text == "prologue failed with error 3");
  BOOST_TEST(!has(seen, kind::payload_started));
  BOOST_TEST(read_all(at("prologue.log")) == "said\n");
}

BOOST_FIXTURE_TEST_CASE(a_failing_epilogue_fails_after_the_payload, a_session) {
  input("pro", "#!/bin/sh\necho $1 > from_prologue\n");
  input("epi", "#!/bin/sh\ncat from_prologue; exit 4\n");
  task.what.prologue = "pro";
  task.what.prologue_arguments = "'a b'";
  task.what.epilogue = "epi";
  auto seen = run();
  auto failed = one(seen, kind::failed);
  BOOST_TEST((failed.failure == ce::failure_class::after_payload));
  BOOST_TEST(failed.text == "epilogue failed with error 4");
  BOOST_TEST(has(seen, kind::payload_ended));
  BOOST_TEST(read_all(at("epilogue.log")) == "a b\n");
}

BOOST_FIXTURE_TEST_CASE(only_one_wrapper_of_a_session_starts, a_session) {
  BOOST_REQUIRE(*files->claim("s", "records", "claim 0 0 taken by the CE\n"));
  auto seen = run();
  BOOST_TEST(seen.lines.empty());
  BOOST_TEST(!*files->claim("s", "records", "claim 0 0 again"));
  BOOST_TEST(ce::read_claim(read_all(at("records"))).pid == 0);
}

BOOST_FIXTURE_TEST_CASE(a_granted_token_starts_the_payload, a_session) {
  for (auto starter : {true, false}) {
    with_starter = starter;
    task.token = ce::token_mode::ask;
    token_wait = 30s;
    auto seen = run_beside([&](auto) {
      wait_for(kind::token_asked);
      BOOST_TEST(!has(records(), kind::payload_started));
      BOOST_REQUIRE(files->put("s", "token.granted", ""));
    });
    BOOST_TEST(has(seen, kind::payload_ended));
    BOOST_REQUIRE(files->remove("s"));
    BOOST_REQUIRE(files->make("s"));
    BOOST_REQUIRE(files->make_output("s"));
  }
}

BOOST_FIXTURE_TEST_CASE(a_token_granted_before_is_not_asked_for, a_session) {
  task.token = ce::token_mode::ask;
  BOOST_REQUIRE(files->put("s", "token.granted", ""));
  BOOST_TEST((kinds(run()) == good_life));
}

BOOST_FIXTURE_TEST_CASE(a_refused_token_ends_the_attempt, a_session) {
  for (auto starter : {true, false}) {
    with_starter = starter;
    task.token = ce::token_mode::ask;
    auto seen = run_beside([&](auto) {
      wait_for(kind::token_asked);
      BOOST_REQUIRE(files->put("s", "token.refused", ""));
    });
    auto failed = one(seen, kind::failed);
    BOOST_TEST((failed.failure == ce::failure_class::token_refused));
    BOOST_TEST(failed.text == "Cannot take shallow resubmission token");
    BOOST_TEST(!has(seen, kind::payload_started));
    BOOST_REQUIRE(files->remove("s"));
    BOOST_REQUIRE(files->make("s"));
    BOOST_REQUIRE(files->make_output("s"));
  }
}

BOOST_FIXTURE_TEST_CASE(whoever_gives_up_says_so_and_starts_nothing, a_session) {
  for (auto starter : {true, false}) {
    with_starter = starter;
    task.token = ce::token_mode::ask;
    token_wait = 1s;
    auto seen = run();
    BOOST_TEST((one(seen, kind::failed).failure == ce::failure_class::gave_up_token));
    BOOST_TEST(has(seen, kind::token_gave_up));
    BOOST_TEST(!has(seen, kind::payload_started));
    BOOST_REQUIRE(files->remove("s"));
    BOOST_REQUIRE(files->make("s"));
    BOOST_REQUIRE(files->make_output("s"));
  }
}

BOOST_FIXTURE_TEST_CASE(the_wall_time_is_kept, a_session) {
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c 'trap \"\" TERM; sleep 60 & wait; sleep 60'";
  task.needs.wall_time = 1s;
  auto end = one(run(), kind::payload_ended);
  BOOST_TEST(end.text == "wall_limit");
  BOOST_TEST(end.number == 137);
  BOOST_TEST(end.used.wall_s < 10);
}

/// Its node may be dead: the starter alone keeps the lease, the first one and a renewed one.
BOOST_FIXTURE_TEST_CASE(the_payload_ends_with_its_lease, a_session) {
  auto now = [] {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
  task.what.executable = "/bin/sleep";
  task.what.arguments = "30";
  for (auto renewed : {false, true}) {
    lease = renewed ? now() - 1h : now() + 2s;
    if (renewed)
      BOOST_REQUIRE(
          files->put("s", "lease", std::to_string((now() + 2s).time_since_epoch().count())));
    auto began = std::chrono::steady_clock::now();
    auto all = run();
    BOOST_TEST((std::chrono::steady_clock::now() - began < 20s));
    auto end
        = std::ranges::find(all.lines, ce::record_kind::payload_ended, &ce::worker_record::what);
    BOOST_REQUIRE((end != all.lines.end()));
    BOOST_TEST(end->text == "lease_lapsed");
    BOOST_TEST(end->number == 137);
    BOOST_REQUIRE(files->remove("s"));
    BOOST_REQUIRE(files->make("s"));
  }
}

BOOST_FIXTURE_TEST_CASE(after_its_lease_a_payload_does_not_begin, a_session) {
  BOOST_REQUIRE(files->put("s", "lease", "1000000"));
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c 'echo began > began'";
  auto all = run();
  BOOST_TEST(!fs::exists(at("job") / "began"));
  auto failed = std::ranges::find(all.lines, ce::record_kind::failed, &ce::worker_record::what);
  BOOST_REQUIRE((failed != all.lines.end()));
  BOOST_TEST((failed->failure == ce::failure_class::lease_lapsed));
}

BOOST_FIXTURE_TEST_CASE(memory_is_limited, a_session) {
  task.what.executable = "/bin/sh";
  task.what.arguments = "-c 'ulimit -v; ulimit -c'";
  task.what.std_output = "o";
  task.what.output = {"o"};
  task.needs.memory_mib = 64;
  run();
  BOOST_TEST(read_all(at("output/o")) == "65536\n0\n");
}

BOOST_FIXTURE_TEST_CASE(term_ends_the_payload_and_the_output_is_kept, a_session) {
  for (auto starter : {true, false}) {
    with_starter = starter;
    task.what.executable = "/bin/sh";
    task.what.arguments = "-c 'echo kept > x.new; mv x.new x; sleep 60'";
    task.what.output = {"x"};
    auto seen = run_beside([&](process::process_id shell) {
      wait_for(kind::payload_started);
      auto until = std::chrono::steady_clock::now() + 10s;
      while (!fs::exists(at("job/x")) && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
      ::kill(shell.pid, SIGTERM);
    });
    auto end = one(seen, kind::payload_ended);
    BOOST_TEST(end.text == "terminated");
    BOOST_TEST(end.number == 143);
    BOOST_TEST(read_all(at("output/x")) == "kept\n");
    BOOST_TEST(has(seen, kind::ended));
    BOOST_REQUIRE(files->remove("s"));
    BOOST_REQUIRE(files->make("s"));
    BOOST_REQUIRE(files->make_output("s"));
  }
}

/// A batch system signals all processes of a job in any order: the payload may be the first.
BOOST_FIXTURE_TEST_CASE(a_payload_signalled_first_was_terminated_too, a_session) {
  for (auto starter : {true, false}) {
    with_starter = starter;
    task.what.executable = "/bin/sh";
    task.what.arguments = "-c 'echo $$ > x.new; mv x.new x; exec sleep 60'";
    auto seen = run_beside([&](process::process_id shell) {
      auto until = std::chrono::steady_clock::now() + 10s;
      while (!fs::exists(at("job/x")) && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
      auto payload = std::stoi(read_all(at("job/x")));
      ::kill(payload, SIGTERM);
      while (::kill(payload, 0) == 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
      ::kill(shell.pid, SIGTERM);
    });
    auto end = one(seen, kind::payload_ended);
    BOOST_TEST(end.text == "terminated");
    BOOST_TEST(end.number == 143);
    BOOST_REQUIRE(files->remove("s"));
    BOOST_REQUIRE(files->make("s"));
  }
}

BOOST_FIXTURE_TEST_CASE(nothing_outlives_the_payload, a_session) {
  input("daemon", "#!/bin/sh\nsetsid sh -c 'echo $$ > pid; exec sleep 60' > /dev/null 2>&1 &\n"
                  "while [ ! -s pid ]; do :; done\n");
  task.what.executable = "daemon";
  task.what.output = {"pid"};
  auto seen = run();
  BOOST_TEST((kinds(seen) == good_life));
  auto pid = std::stoi(read_all(at("output/pid")));
  BOOST_TEST(!process::alive({pid, 0}));
}

BOOST_AUTO_TEST_CASE(records_cut_at_every_byte) {
  const std::string all = "wrapper_started - wn1\ntoken_asked -\npayload_started 1000 42\n"
                          "payload_ended 2000 137 1.5 0.25 0.125 2048 wall_limit\n"
                          "failed job_fault ./x not found\nended -\n";
  auto whole = ce::read_records(all);
  BOOST_REQUIRE(whole.lines.size() == 6u);
  BOOST_TEST(whole.lines[3].used.user_s == 0.25);
  BOOST_TEST(whole.lines[3].used.max_rss_kib == 2048u);
  for (std::size_t n = 0; n <= all.size(); ++n) {
    auto first = ce::read_records(std::string_view{all}.substr(0, n));
    auto second = ce::read_records(first.rest + all.substr(n));
    auto lines = first.lines;
    lines.insert(lines.end(), second.lines.begin(), second.lines.end());
    BOOST_TEST((lines == whole.lines), "cut at " << n);
  }
}

BOOST_AUTO_TEST_CASE(lines_that_make_no_sense_are_passed_over) {
  auto seen = ce::read_records("\n\nnoise\npayload_started x y\npayload_ended - 1\nfailed\n"
                               "failed nonsense text\nended -\n");
  BOOST_TEST(seen.lines.size() == 1u);
}

BOOST_AUTO_TEST_CASE(words_are_split_as_a_shell_does) {
  using list = std::vector<std::string>;
  BOOST_TEST((ce::split_arguments("  a  b ") == list{"a", "b"}));
  BOOST_TEST((ce::split_arguments(R"("a b"'c d' \e "" 'x\y')") == list{"a bc d", "e", "", "x\\y"}));
  BOOST_TEST((ce::split_arguments("'open end") == list{"open end"}));
  BOOST_TEST(ce::split_arguments("").empty());
}
