#include "tests/interop/kill/node_process.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace trellis {

node_process::node_process(std::string binary, std::string directory)
    : binary_(std::move(binary)), directory_(std::move(directory)) {}

void node_process::start(const std::string& crash_point) {
  pid_ = ::fork();
  if (pid_ != 0)
    return;
  auto log = ::open((directory_ + ".log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  ::dup2(log, 1);
  ::dup2(log, 2);
  if (!crash_point.empty())
    ::setenv("TRELLIS_CRASH_AT", crash_point.c_str(), 1);
  auto config = directory_ + "/node.toml";
  ::execl(binary_.c_str(), binary_.c_str(), "--config", config.c_str(), nullptr);
  ::_exit(127);
}

void node_process::configure(const std::string& from, const std::string& to) {
  auto file = directory_ + "/node.toml";
  std::ifstream in{file};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (auto at = text.find(from); at != text.npos)
    text.replace(at, from.size(), to);
  std::ofstream{file} << text;
}

void node_process::kill_now() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool node_process::has_ended() {
  if (pid_ <= 0)
    return true;
  if (::waitpid(pid_, nullptr, WNOHANG) != pid_)
    return false;
  pid_ = -1;
  return true;
}

} // namespace trellis
