#pragma once
/// The trellis-node processes of a run: started, killed, stopped, started again, and seen to end.
/// One thread. A node that ends by itself is started again after a while, as a service manager
/// does.
#include "protocols/names/host_name.hpp"
#include "runtime/link/control_client.hpp"

#include <functional>
#include <sys/types.h>

namespace trellis::real {

using clock = std::chrono::steady_clock;

struct node_process {
  host_name host;
  std::string directory;   // its log is beside it: directory.log
  pid_t pid = 0;           // 0: none
  bool wanted = false;     // it is to run
  bool answers = false;    // at its control socket, since this start
  bool still_ends = false; // it was stopped and is wanted again
  bool draining = false;
  clock::time_point starts_at{}; // when it is wanted and does not run

  bool up() const { return wanted && answers; }

  std::string socket() const { return directory + "/node.sock"; }
};

class processes {
public:
  struct settings {
    std::string binary;
    std::chrono::milliseconds restart_pause{250};
    /// A node ended that nobody asked to.
    std::function<void(const node_process&, int status)> fell;
  };

  explicit processes(settings s) : settings_(std::move(s)) {}

  ~processes() { end_all(); }

  processes(const processes&) = delete;
  processes& operator=(const processes&) = delete;

  void add(host_name host, std::string directory);

  std::vector<node_process>& all() { return all_; }

  node_process& at(const host_name& host);

  void start(node_process& x); // once the last one has ended
  void kill(node_process& x);  // SIGKILL, and waits for the end
  void stop(node_process& x);  // SIGTERM

  /// What has ended, what is due to start, and who answers by now.
  void look();

  /// A node that is wanted and does not answer.
  bool anything_starts() const;

  /// SIGTERM to all, later SIGKILL: nothing of it is left.
  void end_all();

private:
  void spawn(node_process& x);
  void reap();

  settings settings_;
  std::vector<node_process> all_;
};

} // namespace trellis::real
