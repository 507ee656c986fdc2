#include "bin/replay/processes.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace trellis::real {

using namespace std::chrono_literals;

void processes::add(host_name host, std::string directory) {
  auto& x = all_.emplace_back();
  x.host = std::move(host);
  x.directory = std::move(directory);
}

node_process& processes::at(const host_name& host) {
  return *std::ranges::find(all_, host, &node_process::host);
}

void processes::start(node_process& x) {
  if (x.wanted)
    return;
  x.wanted = true;
  x.answers = false;
  x.starts_at = {};
  x.still_ends = x.pid != 0;
  if (x.pid == 0)
    spawn(x);
}

void processes::spawn(node_process& x) {
  auto config = x.directory + "/node.toml", log = x.directory + ".log";
  const char* arguments[] = {settings_.binary.c_str(), "--config", config.c_str(), nullptr};
  x.pid = ::fork();
  if (x.pid != 0) {
    x.pid = std::max(x.pid, 0); // no process: the next look tries again
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0); // an interrupt at the terminal is ours to deal with
  auto to = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  auto from = ::open("/dev/null", O_RDONLY);
  ::dup2(from, 0);
  ::dup2(to, 1);
  ::dup2(to, 2);
  ::execv(arguments[0], const_cast<char**>(arguments));
  ::_exit(127);
}

void processes::kill(node_process& x) {
  x.wanted = x.answers = false;
  if (x.pid == 0)
    return;
  ::kill(x.pid, SIGKILL);
  ::waitpid(x.pid, nullptr, 0);
  x.pid = 0;
}

void processes::stop(node_process& x) {
  x.wanted = x.answers = false;
  if (x.pid != 0)
    ::kill(x.pid, SIGTERM);
}

/// Also what came to us because its parent has ended.
void processes::reap() {
  int status = 0;
  for (pid_t gone = 0; (gone = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    auto x = std::ranges::find(all_, gone, &node_process::pid);
    if (x == all_.end())
      continue;
    x->pid = 0;
    if (!x->wanted)
      continue;
    x->answers = false;
    if (std::exchange(x->still_ends, false)) // its stop was asked for; now it may start
      continue;
    x->starts_at = clock::now() + settings_.restart_pause;
    if (settings_.fell)
      settings_.fell(*x, status);
  }
}

void processes::look() {
  reap();
  auto now = clock::now();
  for (auto& x : all_) {
    if (!x.wanted || x.answers)
      continue;
    if (x.pid == 0 && now >= x.starts_at)
      spawn(x);
    else if (x.pid != 0 && !x.still_ends)
      x.answers = bool{link::control_client::connect(x.socket(), 200ms)};
  }
}

bool processes::anything_starts() const {
  return std::ranges::any_of(all_, [](const auto& x) { return x.wanted && !x.answers; });
}

void processes::end_all() {
  for (auto& x : all_)
    stop(x);
  for (auto until = clock::now() + 12s; clock::now() < until;) {
    reap();
    if (std::ranges::all_of(all_, [](const auto& x) { return x.pid == 0; }))
      return;
    std::this_thread::sleep_for(20ms);
  }
  for (auto& x : all_)
    kill(x);
}

} // namespace trellis::real
