/// ClassAd text of any kind: reading, printing, evaluating, matching. Besides crashes and hangs it
/// looks for text that does not print back, and for a match that depends on how it is evaluated.
#include "protocols/classad/match.hpp"
#include "protocols/classad/text.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace trellis::classad;

void must(bool holds, const char* what, const std::string& text) {
  if (holds)
    return;
  std::fprintf(stderr, "%s: %s\n", what, text.c_str());
  std::abort();
}

evaluation_context small() {
  evaluation_context c;
  c.now_s = 1'132'000'000;
  c.limits.steps = 20'000;
  c.limits.result_bytes = 64 * 1024;
  c.limits.match_limit = 5'000;
  return c;
}

void expression(const std::string& text) {
  auto x = parse_expression(text);
  if (!x)
    return;
  auto printed = print(*x);
  auto back = parse_expression(printed);
  must(bool(back), "does not read back", printed);
  must(print(*back) == printed, "prints otherwise the second time", printed);
  auto context = small();
  auto value = print(evaluate_items(evaluate(*x, {}, context), context));
  must(bool(parse_expression(value)), "the value does not read back", value);
}

/// What is read after another ad is what is read alone.
void again(const std::string& before, const std::string& text) {
  std::vector<statement> places, now;
  auto first = parse_ad_again(before, {{}, ad{}, {}}, places);
  auto second = parse_ad_again(text, {before, *first, places}, now);
  must(print(*second) == print(*parse_ad(text)), "reads otherwise after another", text);
}

void two_ads(const std::string& text) {
  auto cut = text.find('\n');
  auto job = parse_ad(text.substr(0, cut));
  auto ce = cut == text.npos ? trellis::result<ad>{ad{}} : parse_ad(text.substr(cut + 1));
  if (!job || !ce)
    return;
  again(text.substr(0, cut), text.substr(cut + 1));
  auto context = small();
  context.limits.steps = 1'000'000; // programs share no step counter with the evaluator
  name_table names;
  auto target = compile_target(*ce, names);
  auto compiled = compile_job(*job, names, context);
  auto general = left_matches_right(*ce, *job, context);
  must(matches(compiled, target) == general, "matches otherwise when compiled", text);
  rank(compiled, target);
  explain(compiled, target);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  expression(text);
  two_ads(text);
  read_options old;
  old.form = syntax::old_style;
  (void)parse_ad(text, old);
  return 0;
}
