#include "tests/bench/processes.hpp"

#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace trellis::bench {

std::string beside(const char* program) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / program).string();
}

pid_t spawn(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> arguments;
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  for (int fd : {1, 2})
    ::posix_spawn_file_actions_addopen(&files, fd, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                       0644);
  pid_t pid = -1;
  if (::posix_spawn(&pid, arguments[0], &files, nullptr, arguments.data(), environ) != 0)
    pid = -1;
  ::posix_spawn_file_actions_destroy(&files);
  return pid;
}

bool ends_well(pid_t pid) {
  int status = 1;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

} // namespace trellis::bench
