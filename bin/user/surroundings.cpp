#include "bin/user/surroundings.hpp"

#include "actors/shell/endpoint_grid.hpp"
#include "actors/shell/node_grid.hpp"
#include "bin/user/profile.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <pwd.h>
#include <random>
#include <sys/ioctl.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace trellis::bin {
namespace {

std::atomic<int> interrupts{0};

void note_interrupt(int) {
  if (interrupts.fetch_add(1) > 0)
    _exit(130); // asked twice: whoever waits does not want to wait
}

/// Nothing without a terminal.
std::optional<std::string> getpass_at_terminal(const std::string& question) {
  auto terminal = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0)
    return std::nullopt;
  termios before{};
  tcgetattr(terminal, &before);
  auto silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(terminal, TCSAFLUSH, &silent);
  std::string answer;
  bool asked = ::write(terminal, question.data(), question.size()) > 0;
  for (char c = 0; asked && ::read(terminal, &c, 1) == 1 && c != '\n';)
    answer += c;
  tcsetattr(terminal, TCSAFLUSH, &before);
  asked = ::write(terminal, "\n", 1) == 1;
  ::close(terminal);
  return answer;
}

class real_world : public shell::surroundings {
public:
  std::istream& in() override { return std::cin; }

  std::ostream& out() override { return std::cout; }

  std::ostream& err() override { return std::cerr; }

  bool in_is_terminal() const override { return isatty(STDIN_FILENO) == 1; }

  bool out_is_terminal() const override { return isatty(STDOUT_FILENO) == 1; }

  bool err_is_terminal() const override { return isatty(STDERR_FILENO) == 1; }

  unsigned width() const override {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  }

  bool interrupted() const override { return interrupts > 0; }

  shell::moment now() override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }

  void pause(std::chrono::milliseconds d) override { std::this_thread::sleep_for(d); }

  std::string new_request_id() override {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device chance;
    std::string id;
    for (int i = 0; i < 32; ++i)
      id += digits[chance() % digits.size()];
    return id;
  }

  std::optional<std::string> environment(std::string_view name) const override {
    auto value = std::getenv(std::string{name}.c_str());
    return value ? std::optional<std::string>{value} : std::nullopt;
  }

  std::string user_name() const override {
    auto entry = getpwuid(getuid());
    return entry ? entry->pw_name : std::to_string(getuid());
  }

  bool exists(const std::string& path) const override {
    std::error_code ec;
    return std::filesystem::exists(path, ec);
  }

  unsigned user_id() const override { return geteuid(); }

  result<std::string> ask_secret(const std::string& question) override {
    auto given = getpass_at_terminal(question);
    if (!given)
      return error{errc::unauthenticated, "a passphrase is needed and there is no terminal to ask "
                                          "at: give it with --pwstdin"};
    return *std::move(given);
  }

  std::tm calendar(std::chrono::sys_seconds at) const override {
    auto seconds = static_cast<std::time_t>(at.time_since_epoch().count());
    std::tm out{};
    localtime_r(&seconds, &out);
    return out;
  }

  result<std::unique_ptr<shell::grid>> attach(const std::string& socket) override {
    return shell::attach_to_node(socket);
  }

  result<std::unique_ptr<shell::grid>> attach_to_endpoint(const std::string& url) override {
    auto profile = read_profile(profile_path());
    if (!profile)
      return profile.why();
    auto env = [this](std::string_view name) { return environment(name); };
    auto config = client_of(url, *profile, env, geteuid());
    if (!config)
      return config.why();
    return shell::attach_to_front(*std::move(config));
  }

  result<edge::user_files> credential_files() const override {
    auto profile = read_profile(profile_path());
    if (!profile)
      return profile.why();
    return files_of(
        *profile, [this](std::string_view name) { return environment(name); }, geteuid());
  }

  result<std::string> profile_endpoint() const override {
    auto profile = read_profile(profile_path());
    return profile ? profile->endpoint : result<std::string>{profile.why()};
  }

private:
  std::string profile_path() const {
    if (auto config = environment("XDG_CONFIG_HOME"))
      return *config + "/trellis/profile.toml";
    return environment("HOME").value_or("") + "/.config/trellis/profile.toml";
  }
};

} // namespace

std::unique_ptr<shell::surroundings> real_surroundings() { return std::make_unique<real_world>(); }

void catch_interrupts() {
  struct sigaction act {};

  act.sa_handler = note_interrupt;
  sigaction(SIGINT, &act, nullptr); // no SA_RESTART: a wait for an answer ends
}

void forget_interrupt() { interrupts = 0; }

} // namespace trellis::bin
