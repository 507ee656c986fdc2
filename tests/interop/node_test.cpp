// trellis-node as an operator meets it: a real process, its files, its exit codes.
#include "runtime/link/control_client.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

using steady = std::chrono::steady_clock;

std::string contents(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// Tries again and again, since a process tells nobody when it is ready.
bool within(std::chrono::milliseconds limit, const std::function<bool()>& holds) {
  for (auto end = steady::now() + limit; steady::now() < end; std::this_thread::sleep_for(10ms))
    if (holds())
      return true;
  return holds();
}

/// One run of the program, its output in files.
class program {
public:
  program(const std::string& directory, std::vector<std::string> words)
      : out_(directory + "/out." + std::to_string(++count)), err_(out_ + ".err") {
    auto binary = std::string{std::getenv("TRELLIS_BUILD")} + "/bin/trellis-node";
    words.insert(words.begin(), binary);
    pid_ = ::fork();
    if (pid_ != 0)
      return;
    redirect(out_, 1);
    redirect(err_, 2);
    std::vector<char*> argv;
    for (auto& w : words)
      argv.push_back(w.data());
    argv.push_back(nullptr);
    ::execv(binary.c_str(), argv.data());
    ::_exit(127);
  }

  ~program() {
    if (pid_ > 0) {
      send(SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  program(const program&) = delete;

  void send(int signal) const { ::kill(pid_, signal); }

  /// Its exit code; nothing when it does not end in time; 1000 + signal when one ended it.
  std::optional<int> ended(std::chrono::milliseconds limit = 20s) {
    int status = 0;
    if (!within(limit, [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }))
      return {};
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  std::string out() const { return contents(out_); }

  std::string err() const { return contents(err_); }

private:
  static void redirect(const std::string& to, int fd) {
    auto file = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ::dup2(file, fd);
  }

  static inline int count = 0;
  std::string out_, err_;
  pid_t pid_ = -1;
};

struct sites : temporary_directory {
  std::string cern = path + "/cern", ral = path + "/ral";
  std::string port = std::to_string(20'000 + ::getpid() % 20'000);

  std::string run(std::vector<std::string> words, int code = 0) {
    program x{path, std::move(words)};
    auto ended = x.ended();
    BOOST_REQUIRE(ended);
    BOOST_TEST(*ended == code, x.err());
    return code == 0 ? x.out() : x.err();
  }

  void init_cern(const std::string& roles = "lb,info") {
    run({"init", cern, "--host", "localhost", "--roles", roles, "--listen", "127.0.0.1:" + port});
  }

  static std::optional<node::status> ask(const std::string& directory) {
    auto client = link::control_client::connect(directory + "/node.sock", 1s);
    if (!client)
      return {};
    auto status = client->call(role::node, node::get_status{}, 5s);
    if (!status)
      return {};
    return *status;
  }

  static bool answers(const std::string& directory) {
    return within(20s, [&] { return ask(directory).has_value(); });
  }

  static bool linked(const std::string& directory) {
    return within(20s, [&] {
      auto x = ask(directory);
      return x && !x->links.empty() && x->links[0].up;
    });
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_node_starts_answers_and_stops, sites) {
  init_cern("lb,info");
  program node{
      path, {"--node", cern}
  };
  BOOST_REQUIRE_MESSAGE(answers(cern), node.err());
  auto status = *ask(cern);
  BOOST_TEST(status.host.text() == "localhost");
  BOOST_TEST((status.roles == std::vector{role::lb, role::info}));
  BOOST_TEST(status.warnings.empty());
  BOOST_TEST(status.memory_kib < 100'000u);
  BOOST_TEST(says(node.err(), R"("id":"node-ready","host":"localhost")"));
  node.send(SIGTERM);
  BOOST_TEST(node.ended(5s).value_or(-1) == 0, node.err());
  BOOST_TEST(says(node.err(), R"("id":"node-stopped")"));
  BOOST_TEST(node.out().empty());
  BOOST_TEST(::access((cern + "/node.sock").c_str(), F_OK) != 0);
}

BOOST_FIXTURE_TEST_CASE(a_killed_node_starts_again_as_the_same_store, sites) {
  init_cern();
  std::string birth;
  {
    program node{
        path, {"--node", cern}
    };
    BOOST_REQUIRE_MESSAGE(answers(cern), node.err());
    birth = ask(cern)->birth;
    node.send(SIGKILL);
    BOOST_TEST(node.ended().value_or(-1) == 1000 + SIGKILL);
  }
  program node{
      path, {"--config", cern + "/node.toml"}
  };
  BOOST_REQUIRE_MESSAGE(answers(cern), node.err());
  BOOST_TEST(ask(cern)->birth == birth);
}

BOOST_FIXTURE_TEST_CASE(a_directory_runs_one_node, sites) {
  init_cern();
  program first{
      path, {"--node", cern}
  };
  BOOST_REQUIRE_MESSAGE(answers(cern), first.err());
  program second{
      path, {"--node", cern}
  };
  BOOST_TEST(second.ended().value_or(0) != 0);
  BOOST_TEST(says(second.err(), "node-not-started"));
  BOOST_TEST(ask(cern).has_value()); // the first one is not disturbed
}

BOOST_FIXTURE_TEST_CASE(mistakes_end_with_their_code_and_a_sentence, sites) {
  BOOST_TEST(says(run({}, 2), "--node DIR or --config FILE"));
  BOOST_TEST(says(run({"--node", path}, 5), "cannot read " + path + "/node.toml"));
  init_cern();
  auto right = contents(cern + "/node.toml");
  std::ofstream{cern + "/node.toml"} << "lisen = []\n" << right;
  BOOST_TEST(says(run({"--node", cern}, 2), cern
                                                + "/node.toml:1: 'lisen' is no key of the top "
                                                  "level; did you mean 'listen'?"));
  BOOST_TEST(says(run({"config", "explain", "limits.stpo"}, 5), "did you mean 'limits.stop'?"));
  BOOST_TEST(says(run({"config", "explain", "limits.stop"}), "range    100ms to 10min"));
  BOOST_TEST(says(run({"join", "nonsense", "--dir", ral, "--host", "ral.example"}, 1), "no token"));
}

BOOST_FIXTURE_TEST_CASE(check_tries_before_a_start, sites) {
  init_cern();
  BOOST_TEST(says(run({"check", "--node", cern}), "ok    the port 127.0.0.1:" + port));
  program node{
      path, {"--node", cern}
  };
  BOOST_REQUIRE_MESSAGE(answers(cern), node.err());
  program check{
      path, {"check", "--node", cern}
  };
  BOOST_TEST(check.ended().value_or(-1) == 2);
  BOOST_TEST(says(check.out(), "BAD   the port 127.0.0.1:" + port + " is taken"));
}

BOOST_FIXTURE_TEST_CASE(a_node_joins_a_running_one_and_they_link, sites) {
  init_cern();
  program first{
      path, {"--node", cern}
  };
  BOOST_REQUIRE_MESSAGE(answers(cern), first.err());
  auto token = run({"invite", "--node", cern, "--host", "ral.example", "--roles", "ce"});
  token.pop_back(); // the line's end
  run({"join", token, "--dir", ral, "--host", "ral.example", "--roles", "ce"});
  BOOST_TEST(says(
      run({"join", token, "--dir", path + "/again", "--host", "ral.example", "--roles", "ce"}, 4),
      "was used already"));
  program second{
      path, {"--node", ral}
  };
  BOOST_TEST(linked(ral), second.err());
  BOOST_TEST(linked(cern), first.err());
  second.send(SIGTERM);
  BOOST_TEST(second.ended(5s).value_or(-1) == 0, second.err());
  BOOST_TEST(within(20s, [&] { return !ask(cern)->links[0].up; }));
}

BOOST_FIXTURE_TEST_CASE(a_node_joins_by_files, sites) {
  init_cern();
  auto token = run({"invite", "--node", cern, "--host", "ral.example"});
  token.pop_back();
  auto request = path + "/request", answer = path + "/answer";
  std::vector<std::string> join{"join", token, "--dir", ral, "--host", "ral.example"};
  auto asking = join;
  asking.insert(asking.end(), {"--request", request});
  BOOST_TEST(says(run(asking, 8), "trellis-node sign"));
  run({"sign", "--node", cern, request, "--answer", answer});
  join.insert(join.end(), {"--answer", answer});
  run(join);
  BOOST_TEST(says(contents(cern + "/node.toml"), "host = \"ral.example\""));
  BOOST_TEST(says(contents(ral + "/node.toml"), "host = \"localhost\""));
}
