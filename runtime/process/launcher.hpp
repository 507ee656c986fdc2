#pragma once
/// Starts many programs that nobody waits for, each as the leader of a session of its own and with
/// nothing of ours, through a small process that does only that (bin/starter/serve.cpp): it makes
/// processes far cheaper than a large program, and it may change users where we need not. It is
/// started when first needed, and again after its end. What it started outlives it, and us.
///
/// Blocking, but briefly: for a thread of its own.
#include "runtime/process/command.hpp"

namespace trellis::process {

class launcher {
public:
  /// `server` runs trellis-starter with `serve`.
  explicit launcher(command server) : server_(std::move(server)) {}

  ~launcher();
  launcher(const launcher&) = delete;
  launcher& operator=(const launcher&) = delete;

  /// Starts `words` (a path, then arguments); its output goes to the end of the file `log`, which
  /// is made where it is missing and begins anew above 1 MiB. `text`, unless empty, it can read as
  /// `text_path`. When the small process dies meanwhile the program may be started twice: only one
  /// of them must go on (the claim of a session sees to that). That the program cannot be executed
  /// is seen from its early end and its log.
  /// Errors: `malformed` when all that is longer than `request_limit`, or a zero byte is in it;
  /// `internal` when no process can be made.
  result<process_id> start(const std::string& log, const std::string& text,
                           const std::vector<std::string>& words);

  static constexpr std::size_t request_limit = 65'536;
  static constexpr const char* text_path = "/proc/self/fd/3";

private:
  result<done> open();
  void close();

  command server_;
  int socket_ = -1;
  int pid_ = 0;
};

} // namespace trellis::process
