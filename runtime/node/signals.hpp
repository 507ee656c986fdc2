#pragma once

/// Signals of the process, waited for by its main thread. Handlers (not a mask) catch them, so that
/// children start with the usual behaviour. One of it a process.
namespace trellis {

class signal_waiter {
public:
  /// Catches TERM, INT and HUP; PIPE is swallowed.
  signal_waiter();

  /// The next signal. Blocks.
  int wait();

  /// Makes `wait` return SIGTERM. From any thread.
  void end();
};

/// For every other thread of ours, as the first thing it does.
void leave_signals_to_main();

} // namespace trellis
