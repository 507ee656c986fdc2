#include "tests/bench/bench_node.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace trellis::bench {

using namespace std::chrono_literals;

double seconds_since(clock::time_point x) {
  return std::chrono::duration<double>(clock::now() - x).count();
}

bench_node::bench_node(const std::string& base, unsigned slots, const std::string& vo,
                       const std::string& more, const std::string& ce)
    : directory_(base + "/node"), log_(base + "/node.log"), port_(20'000 + ::getpid() % 20'000) {
  ::chmod(base.c_str(), 0755);
  ends_well(spawn({beside("trellis-node"), "init", directory_, "--host", "bench.example", "--vo",
                   vo, "--listen", fmt::format("127.0.0.1:{}", port_)},
                  log_));
  std::ifstream in{directory_ + "/node.toml"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (auto at = text.find("lrms = \"fork\""); at != text.npos)
    text.insert(at, fmt::format("slots = {}\n", slots));
  if (auto at = text.find("[ce]\n"); at != text.npos)
    text.insert(at + 5, ce);
  std::ofstream{directory_ + "/node.toml"} << text << "\n[info]\nadvertise = \"1s\"\n" << more;
  pid_ = spawn({beside("trellis-node"), "--config", directory_ + "/node.toml"}, log_);
}

bench_node::~bench_node() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

result<link::control_client> bench_node::client() const {
  for (auto until = clock::now() + 20s; clock::now() < until; std::this_thread::sleep_for(50ms)) {
    auto made = link::control_client::connect(directory_ + "/node.sock");
    if (!made)
      continue;
    auto ces = made->call(role::info, info::list_ces{});
    if (ces && !ces->ces.empty())
      return made;
  }
  return error{errc::timed_out, "the node did not start; its log is " + log_};
}

} // namespace trellis::bench
