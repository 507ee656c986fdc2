#pragma once
/// A real trellis-node as a child process: started, killed, started again.
#include <string>
#include <sys/types.h>

namespace trellis {

class node_process {
public:
  /// `directory` holds node.toml and, once it runs, node.sock; its log goes to `directory`.log.
  node_process(std::string binary, std::string directory);

  /// With a crash point ("store-after-commit:3") the process ends itself there.
  void start(const std::string& crash_point = {});

  void kill_now();  // SIGKILL, and waits for the end
  bool has_ended(); // by itself

  /// Writes `to` in place of `from` in node.toml; its next start reads it.
  void configure(const std::string& from, const std::string& to);

  std::string socket() const { return directory_ + "/node.sock"; }

  const std::string& directory() const { return directory_; }

private:
  std::string binary_;
  std::string directory_;
  pid_t pid_ = -1;
};

} // namespace trellis
