#include "runtime/process/launcher.hpp"

#include "runtime/process/launched.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trellis::process {
namespace {

constexpr timeval answer_limit{10, 0};

error failed(const char* what) {
  return {errc::internal, fmt::format("cannot {}: {}", what, std::strerror(errno))};
}

} // namespace

launcher::~launcher() { close(); }

void launcher::close() {
  if (socket_ < 0)
    return;
  ::close(std::exchange(socket_, -1));
  ::kill(pid_, SIGKILL); // it may be what did not answer; it has no state
  ::waitpid(std::exchange(pid_, 0), nullptr, 0);
}

result<done> launcher::open() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
    return failed("make a pair of sockets");
  ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &answer_limit, sizeof answer_limit);
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &answer_limit, sizeof answer_limit);
  auto started = process::start(server_, ends[1]);
  ::close(ends[1]);
  if (!started) {
    ::close(ends[0]);
    return started.why();
  }
  socket_ = ends[0];
  pid_ = started->pid;
  return done{};
}

result<process_id> launcher::start(const std::string& log, const std::string& text,
                                   const std::vector<std::string>& words) {
  std::string request = log + '\0' + text + '\0';
  for (const auto& x : words)
    request += x + '\0';
  if (request.size() > request_limit
      || static_cast<std::size_t>(std::ranges::count(request, '\0')) != words.size() + 2)
    return error{errc::malformed,
                 fmt::format("cannot start {}: its text is too long or holds a zero "
                             "byte",
                             words[0])};
  error why;
  for (int tries = 0; tries < 2; ++tries) {
    if (socket_ < 0)
      if (auto made = open(); !made)
        return made.why();
    launched answer;
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(request.size())
        && ::recv(socket_, &answer, sizeof answer, 0) == sizeof answer) {
      if (answer.pid > 0)
        return process_id{answer.pid, answer.born};
      return error{errc::internal,
                   fmt::format("cannot start {}: {}", words[0], std::strerror(answer.problem))};
    }
    why = failed("ask for a process"); // it was killed, perhaps after it had done what was asked
    close();
  }
  return why;
}

} // namespace trellis::process
