#include "runtime/process/command.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trellis::process {
namespace {

using namespace std::chrono;

struct pipe_ends {
  int read = -1, write = -1;
  bool ok = false;

  pipe_ends() {
    std::array<int, 2> fds{};
    if ((ok = ::pipe2(fds.data(), O_CLOEXEC) == 0))
      read = fds[0], write = fds[1];
  }

  ~pipe_ends() { close_read(), close_write(); }

  void close_read() {
    if (read >= 0)
      ::close(std::exchange(read, -1));
  }

  void close_write() {
    if (write >= 0)
      ::close(std::exchange(write, -1));
  }
};

/// Texts as the system wants them; the texts must outlive this.
class pointers {
public:
  explicit pointers(const std::vector<std::string>& texts) {
    for (const auto& x : texts)
      list_.push_back(const_cast<char*>(x.c_str()));
    list_.push_back(nullptr);
  }

  char** get() { return list_.data(); }

private:
  std::vector<char*> list_;
};

std::vector<std::string> environment_of(const command& x) {
  std::vector<std::string> out{"LANG=C.UTF-8"};
  auto named = [&](std::string_view name) {
    for (const auto& [key, value] : x.environment)
      if (key == name)
        return true;
    return false;
  };
  auto keep = [&](const char* name, const char* otherwise) {
    const auto* value = ::getenv(name);
    if (!named(name))
      out.push_back(fmt::format("{}={}", name, value ? value : otherwise));
  };
  keep("PATH", "/usr/local/bin:/usr/bin:/bin");
  keep("HOME", "/");
  for (const auto& name : x.inherited)
    if (!named(name) && ::getenv(name.c_str()))
      keep(name.c_str(), "");
  for (const auto& [key, value] : x.environment)
    out.push_back(key + "=" + value);
  return out;
}

/// Standard streams as given (-1: /dev/null), a session of its own, no signal blocked or ignored.
result<int> spawn(const command& x, int in, int out, int err) {
  if (x.arguments.empty())
    return error{errc::internal, "a command without a program"};
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  const std::array<int, 3> streams{in, out, err};
  for (int fd = 0; fd < 3; ++fd)
    if (streams[static_cast<std::size_t>(fd)] >= 0)
      ::posix_spawn_file_actions_adddup2(&files, streams[static_cast<std::size_t>(fd)], fd);
    else
      ::posix_spawn_file_actions_addopen(&files, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  auto variables = environment_of(x);
  int pid = 0;
  auto problem = ::posix_spawnp(&pid, x.arguments[0].c_str(), &files, &attributes,
                                pointers{x.arguments}.get(), pointers{variables}.get());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (problem)
    return error{problem == ENOENT ? errc::not_found : errc::internal,
                 fmt::format("cannot start {}: {}", x.arguments[0], std::strerror(problem))};
  return pid;
}

/// Reads what there is; false at the end of the stream.
bool drain(int fd, std::string& to, std::size_t limit, bool& cut) {
  std::array<char, 65'536> piece;
  auto n = ::read(fd, piece.data(), piece.size());
  if (n <= 0)
    return n < 0 && (errno == EINTR || errno == EAGAIN);
  auto room = limit - std::min(limit, to.size());
  to.append(piece.data(), std::min(room, static_cast<std::size_t>(n)));
  cut = cut || static_cast<std::size_t>(n) > room;
  return true;
}

/// Talks to the child until both its outputs end or the time is over.
void converse(const command& x, pipe_ends& in, pipe_ends& out, pipe_ends& err, finished& to) {
  auto until = steady_clock::now() + x.time_limit;
  ::fcntl(in.write, F_SETFL, O_NONBLOCK);
  std::string_view input = x.input;
  while (out.read >= 0 || err.read >= 0) {
    if (input.empty())
      in.close_write();
    auto left = duration_cast<milliseconds>(until - steady_clock::now()).count();
    if (left <= 0) {
      to.timed_out = true;
      return;
    }
    std::array<pollfd, 3> fds{
        pollfd{out.read, POLLIN,  0},
        pollfd{err.read, POLLIN,  0},
        pollfd{in.write, POLLOUT, 0}
    };
    if (::poll(fds.data(), fds.size(), static_cast<int>(left)) <= 0)
      continue;
    if (fds[0].revents && !drain(out.read, to.output, x.output_limit, to.cut))
      out.close_read();
    if (fds[1].revents && !drain(err.read, to.errors, x.output_limit, to.cut))
      err.close_read();
    if (fds[2].revents) {
      auto n = ::write(in.write, input.data(), input.size());
      if (n < 0 && errno != EAGAIN && errno != EINTR)
        input = {}; // it reads no more
      else if (n > 0)
        input.remove_prefix(static_cast<std::size_t>(n));
    }
  }
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

result<finished> run(const command& x) {
  pipe_ends in, out, err;
  if (!in.ok || !out.ok || !err.ok)
    return error{errc::internal, fmt::format("cannot make a pipe: {}", std::strerror(errno))};
  auto pid = spawn(x, in.read, out.write, err.write);
  if (!pid)
    return pid.why();
  in.close_read(), out.close_write(), err.close_write();
  finished to;
  converse(x, in, out, err, to);
  if (to.timed_out)
    ::kill(-*pid, SIGKILL);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  to.exit_code = exit_code_of(status);
  return to;
}

result<process_id> start(const command& x, int input) {
  auto pid = spawn(x, input, -1, -1);
  if (!pid)
    return pid.why();
  process_id out{*pid, 0};
  std::ifstream in{fmt::format("/proc/{}/stat", *pid)};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (auto stat = read_stat(text))
    out.born = stat->born;
  return out;
}

bool reap(int pid) {
  int status = 0;
  return pid > 0 && ::waitpid(pid, &status, WNOHANG) == pid;
}

std::optional<process_stat> read_stat(std::string_view text) {
  auto name_end = text.rfind(") ");
  if (name_end == text.npos)
    return std::nullopt;
  text.remove_prefix(name_end + 2);
  process_stat out;
  out.zombie = text.starts_with('Z') || text.starts_with('X');
  for (int field = 3; field < 22; ++field) {
    auto blank = text.find(' ');
    if (blank == text.npos)
      return std::nullopt;
    text.remove_prefix(blank + 1);
  }
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out.born);
  // A number at the very end may be half a number.
  if (problem != std::errc{} || end == text.data() + text.size())
    return std::nullopt;
  return out;
}

bool alive(const process_id& x) {
  if (x.pid <= 0)
    return false;
  std::ifstream in{fmt::format("/proc/{}/stat", x.pid)};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto now = read_stat(text);
  return now && !now->zombie && (x.born == 0 || now->born == x.born);
}

bool signal_group(const process_id& x, int signal) {
  return alive(x) && ::kill(-x.pid, signal) == 0;
}

} // namespace trellis::process
