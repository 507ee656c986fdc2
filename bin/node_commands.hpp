#pragma once
/// The commands of trellis-node beside running: init, invite, join, sign, check, config explain.
#include <CLI/CLI.hpp>

#include <functional>

namespace trellis {

/// Adds them to `app`; the chosen one puts what it does into `run`, which returns the exit code.
void add_node_commands(CLI::App& app, std::function<int()>& run);

} // namespace trellis
