#include "actors/shell/commands.hpp"
#include "actors/shell/files.hpp"
#include "protocols/jdl/commands.hpp"

#include <istream>
#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--ad", "FILE", "The ad that the expression stands in."),
    option("--target", "FILE", "The other ad of a match."),
};

int say(session& s, const jdl::outcome& x) {
  s.out() << x.out;
  s.out().flush();
  s.err() << x.err;
  return x.exit_code;
}

int run(session& s, const arguments& given) {
  classad::evaluation_context context;
  auto now = s.world().now().time_since_epoch();
  context.now_s = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  context.random_seed = static_cast<std::uint64_t>(now.count());
  std::optional<std::string> texts[2];
  const char* names[] = {"--ad", "--target"};
  for (int i = 0; i < 2; ++i)
    if (auto path = given.text(names[i])) {
      auto text = read_text(s, *path);
      if (!text)
        return s.fail(text.why());
      texts[i] = std::move(*text);
    }
  std::optional<std::string_view> ad = texts[0], target = texts[1];
  if (!given.operands().empty() && given.operands()[0] != "-")
    return say(s, jdl::eval(ad, target, given.operands()[0], context));
  auto opened = jdl::open_session(ad, target, context);
  if (auto failed = std::get_if<jdl::outcome>(&opened))
    return say(s, *failed);
  return jdl::eval_lines(std::get<jdl::eval_session>(std::move(opened)), s.world().in(), s.out(),
                         s.err());
}

} // namespace

const command jdl_eval{
    .noun = "jdl",
    .verb = "eval",
    .operands = "[EXPR | -]",
    .least = 0,
    .most = 1,
    .summary = "Print the value of a ClassAd expression; - reads one a line.",
    .example = "trellis jdl eval --ad job.jdl 'Requirements'",
    .options = options,
    .run = run,
    .more = "On standard input a line 'name = expr' adds to the ad and prints nothing. An "
            "expression that begins with a minus sign stands behind --.",
};

} // namespace trellis::shell
