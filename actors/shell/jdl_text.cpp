#include "actors/shell/commands.hpp"
#include "actors/shell/files.hpp"
#include "protocols/jdl/commands.hpp"

#include <ostream>

namespace trellis::shell {
namespace {

using act = jdl::outcome (*)(std::string_view name, std::string_view text,
                             const jdl::jdl_settings& settings);

/// Does it to each file; gives 0, the code of the failures, or 8 when some went well.
int run_act(session& s, const arguments& given, act what) {
  jdl::jdl_settings settings;
  settings.now_s
      = std::chrono::duration_cast<std::chrono::seconds>(s.world().now().time_since_epoch())
            .count();
  std::size_t well = 0;
  int code = 0;
  for (const auto& file : given.operands()) {
    auto text = read_text(s, file);
    if (!text) {
      code = s.fail(text.why());
      continue;
    }
    auto x = what(file == "-" ? "standard input" : file, *text, settings);
    s.out() << x.out;
    s.out().flush();
    s.err() << x.err;
    if (x.exit_code == 0)
      ++well;
    else
      code = x.exit_code;
  }
  return code != 0 && well > 0 ? exit_code(errc::partial) : code;
}

int check(session& s, const arguments& given) { return run_act(s, given, jdl::check); }

int print(session& s, const arguments& given) { return run_act(s, given, jdl::print); }

int lint(session& s, const arguments& given) { return run_act(s, given, jdl::lint); }

} // namespace

const command jdl_check{
    .noun = "jdl",
    .verb = "check",
    .operands = "FILE...",
    .least = 1,
    .most = -1,
    .summary = "Check job descriptions; every problem is shown with its place.",
    .example = "trellis jdl check hello.jdl",
    .options = {},
    .run = check,
    .more = "No node is needed.",
};

const command jdl_print{
    .noun = "jdl",
    .verb = "print",
    .operands = "FILE...",
    .least = 1,
    .most = -1,
    .summary = "Print job descriptions with defaults filled in.",
    .example = "trellis jdl print hello.jdl",
    .options = {},
    .run = print,
    .more = "No node is needed.",
};

const command jdl_lint{
    .noun = "jdl",
    .verb = "lint",
    .operands = "FILE...",
    .least = 1,
    .most = -1,
    .summary = "Show what in job descriptions may not be what was meant.",
    .example = "trellis jdl lint hello.jdl",
    .options = {},
    .run = lint,
    .more = "No node is needed.",
};

} // namespace trellis::shell
