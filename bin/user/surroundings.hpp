#pragma once
/// The real world of the user's programs: standard streams, terminal, clock, environment, and the
/// control socket of a node.
#include "actors/shell/surroundings.hpp"

#include <memory>

namespace trellis::bin {

/// The one of this process. After `catch_interrupts` the first ^C is told by `interrupted()`, and a
/// second one before `forget_interrupt()` ends the program.
std::unique_ptr<shell::surroundings> real_surroundings();

/// From now on ^C is noted, not deadly; for the shell.
void catch_interrupts();
void forget_interrupt();

} // namespace trellis::bin
