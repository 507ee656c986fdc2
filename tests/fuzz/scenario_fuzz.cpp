/// Scenario files and workload logs of any kind. What is taken must print to a file that is the
/// same story, and what is refused must say where.
#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/swf.hpp"
#include "protocols/scenario/text.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

using namespace trellis::scenario;

void must(bool holds, const char* what, const std::string& text) {
  if (holds)
    return;
  std::fprintf(stderr, "%s:\n%s\n", what, text.c_str());
  std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  auto x = parse(text, "fuzz");
  for (const auto& p : x.problems)
    must(p.at.line > 0 && p.at.column > 0 && !p.text.empty(), "a problem without place", text);
  if (x) {
    auto printed = print(x.value);
    auto again = parse(printed, "fuzz");
    must(bool(again), "its own canonical form is refused", printed);
    must(again.value == x.value, "its own canonical form is another story", printed);
    for (const auto& j : x.value.jobs)
      must(!jdl_of(x.value, j).empty(), "a job without JDL", printed);
    for (const auto& t : x.value.traces)
      must(bool(replace_trace(text, t, {"Done OK"})), "a trace that cannot be rewritten", text);
  }
  if (auto log = read_swf(text, {.max_bytes = 1u << 20, .most = 10'000}))
    must(log->size() <= size * 1'000, "more jobs than bytes allow", text);
  return 0;
}
