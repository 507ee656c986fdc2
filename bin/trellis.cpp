/// The user's and operator's command, also by the names of the old user interface.
#include "actors/shell/commands.hpp"
#include "bin/user/surroundings.hpp"

#include <iostream>

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  auto world = trellis::bin::real_surroundings();
  try {
    return trellis::shell::run_program(*world, argc > 0 ? argv[0] : "trellis",
                                       {argv + std::min(argc, 1), argv + argc});
  } catch (const std::exception& e) {
    std::cerr << "trellis: TRL-0021: " << e.what() << '\n';
    return exit_code(trellis::errc::internal);
  }
}
