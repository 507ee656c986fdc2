/// JDL of any kind. A JDL that is taken must be taken again in the form it was filled in to, and
/// one that is refused must say why.
#include "protocols/jdl/commands.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace trellis::jdl;

void must(bool holds, const char* what, const std::string& text) {
  if (holds)
    return;
  std::fprintf(stderr, "%s: %s\n", what, text.c_str());
  std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  jdl_settings settings;
  settings.max_nodes = 50;
  settings.max_text_bytes = 64 * 1024;
  auto x = parse_job(text, settings);
  must(bool(x) == x.problems.empty(), "taken with problems or refused without", text);
  if (x && x.request->type == compound_type::job) {
    auto again = parse_job(x.request->job.text, settings);
    must(bool(again), "its own filled-in form is refused", x.request->job.text);
  }
  lint("fuzz", text, settings);
  print("fuzz", text, settings);
  return 0;
}
