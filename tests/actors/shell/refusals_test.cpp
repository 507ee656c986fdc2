/// Every command ends with the exit code of what refused it, says so on standard error alone, and
/// names its code. It would catch a command that swallows an error.
#include "tests/actors/shell/grid_of_one.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::shell;

BOOST_FIXTURE_TEST_CASE(every_command_ends_with_the_code_of_its_refusal, grid_of_one) {
  world.input.str("[ Executable = \"/bin/true\"; ]");
  std::vector<std::string> lines;
  for (auto act : {"status", "watch", "why", "logging-info", "output", "cancel", "purge"})
    lines.push_back("trellis job " + std::string{act} + " " + first_id);
  for (auto line : {"job list", "job list --count", "job stats", "job stats --watch",
                    "job submit -", "job list-match -", "ce list", "ce attempts", "ce drain",
                    "node status", "node links", "node actors", "node outbox",
                    "node forget ral.example --yes", "node send lb lb.count_jobs", "event tail"})
    lines.push_back("trellis " + std::string{line});
  for (auto act : {"status", "logging-info", "output", "cancel"})
    lines.push_back("glite-wms-job-" + std::string{act} + " --noint " + first_id);
  lines.push_back("glite-wms-job-submit -a -");
  for (const auto& x : errc_rows) {
    if (x.code == errc::none)
      continue;
    world.nodes.refusal = x.code;
    for (const auto& line : lines) {
      BOOST_TEST_CONTEXT(line << ": " << x.word) {
        world.input.clear();
        world.input.seekg(0);
        BOOST_TEST(world.run(line) == x.exit_code);
        BOOST_TEST(world.out_text() == "");
        BOOST_TEST(world.err_text().find(": TRL-") != std::string::npos);
      }
    }
  }
}
