/// trellis-shell: the commands of trellis over one connection, for people and scripts.
#include "actors/shell/console.hpp"
#include "actors/shell/line_editor.hpp"
#include "bin/user/surroundings.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

using namespace trellis;

/// $XDG_STATE_HOME/trellis/history, made when missing; empty when it cannot be.
std::string history_file(const shell::surroundings& world) {
  auto state = world.environment("XDG_STATE_HOME");
  auto home = world.environment("HOME");
  if (!state && !home)
    return {};
  auto dir = std::filesystem::path{state ? *state : *home + "/.local/state"} / "trellis";
  std::error_code ec;
  std::filesystem::create_directories(dir, ec);
  return ec ? std::string{} : (dir / "history").string();
}

int talk(shell::surroundings& world, shell::console& console) {
  bin::catch_interrupts();
  shell::line_editor editor{history_file(world),
                            [&](std::string_view line) { return console.completions(line); }};
  int code = 0;
  while (!console.finished()) {
    auto line = editor.read(console.prompt());
    bin::forget_interrupt();
    if (!line)
      break;
    code = console.run_line(*line);
    bin::forget_interrupt();
  }
  return code;
}

int run(int argc, char** argv) {
  CLI::App app{"The shell of a Trellis grid: the commands of trellis without its name.\n"
               "Inside, help lists them."};
  std::string node, script;
  app.add_option("--node", node, "The node's directory; its control socket is DIR/node.sock");
  app.add_option("--script", script,
                 "Run the lines of FILE (-: standard input) and stop at the "
                 "first expect that does not hold");
  app.footer("Example:\n  trellis-shell --script acceptance.trellis");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_code(errc::usage);
  }
  auto world = bin::real_surroundings();
  std::ifstream file;
  if (!script.empty() && script != "-") {
    file.open(script);
    if (!file) {
      std::cerr << "trellis-shell: TRL-0005: cannot read the script " << script << '\n'
                << "  next: trellis-shell --help\n";
      return exit_code(errc::not_found);
    }
  }
  shell::console console{*world, node};
  if (auto code = console.attach(); code != 0)
    return code;
  if (!script.empty())
    return console.run_script(script == "-" ? std::cin : file, script, true);
  if (!world->in_is_terminal())
    return console.run_script(std::cin, "standard input", false);
  return talk(*world, console);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "trellis-shell: TRL-0021: " << e.what() << '\n';
    return exit_code(errc::internal);
  }
}
