/// trellis-node: runs a node, and makes one ready to run.
#include "bin/node_commands.hpp"
#include "bin/node_options.hpp"
#include "bin/node_roles.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/crash_point.hpp"
#include "runtime/node/signals.hpp"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdlib>

namespace {

using namespace trellis;

/// Until a signal ends it, or a part of it falls.
int run_node(const std::string& where) {
  auto config = config::load(where);
  if (!config)
    return ended(config.why());
  log::set_up(log_settings(*config));
  if (const char* at = std::getenv("TRELLIS_CRASH_AT"))
    arm_crash_point(at);
  signal_waiter signals;
  std::atomic<bool> fell = false;
  auto node = running_node::start(*config, node_roles(), TRELLIS_VERSION, [&] {
    fell = true;
    signals.end();
  });
  if (!node) {
    log::error("node-not-started", "{}", node.why().text);
    return exit_code(node.why().code);
  }
  log::info("node-ready", "{} ({}) serves", config->host.text(), config->site);
  int signal = 0;
  while ((signal = signals.wait()) == SIGHUP)
    (*node)->reload();
  log::info("node-stops", "{}", fell ? "a part of the node fell" : "asked by a signal");
  bool in_time = (*node)->stop();
  log::info("node-stopped", "{}", in_time ? "clean" : "not everything ended in time");
  if (!in_time)
    std::_Exit(exit_code(errc::internal));
  node->reset();
  return fell ? exit_code(errc::internal) : 0;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A Trellis node. Without a command it runs the node of --config or --node."};
  std::string where;
  std::function<int()> run;
  app.set_version_flag("--version", TRELLIS_VERSION);
  app.add_option("--config,--node", where, "node.toml, or the directory with it");
  app.require_subcommand(0, 1);
  app.footer("Example: trellis-node init n1 --host cern.example --listen 0.0.0.0:9443");
  add_node_commands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_code(errc::usage);
  }
  if (run)
    return run();
  if (where.empty())
    return ended(error{errc::usage, "which node? --node DIR or --config FILE; --help says more"});
  return run_node(where);
}
