#pragma once
/// A real node for a benchmark, with every role and the CE `fork`, in a directory of its own.
#include "runtime/link/control_client.hpp"
#include "tests/bench/processes.hpp"

#include <chrono>

namespace trellis::bench {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point x);

class bench_node {
public:
  /// `base` must be there; `more` goes to the end of its configuration, `ce` into that table.
  bench_node(const std::string& base, unsigned slots, const std::string& vo = "test",
             const std::string& more = {}, const std::string& ce = {});
  ~bench_node();
  bench_node(const bench_node&) = delete;
  bench_node& operator=(const bench_node&) = delete;

  int port() const { return port_; }

  pid_t pid() const { return pid_; }

  /// Once the node answers and its CE is known.
  result<link::control_client> client() const;

private:
  std::string directory_, log_;
  int port_ = 0;
  pid_t pid_ = -1;
};

} // namespace trellis::bench
