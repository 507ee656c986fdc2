#include "actors/shell/event_block.hpp"

#include "actors/shell/event_text.hpp"
#include "actors/shell/times.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::shell {
namespace {

std::string line(std::string_view name, std::string_view value) {
  std::string text{value};
  // Continued lines stand under the value.
  for (std::size_t i = 0; (i = text.find('\n', i)) != text.npos; i += 31)
    text.replace(i, 1, "\n" + std::string(30, ' '));
  return fmt::format("- {:<26}=  {}\n", name, text);
}

bool is_brief(std::string_view name) {
  constexpr std::string_view names[]
      = {"result", "reason",      "status_code", "exit_code", "dest_id", "node", "dest_host",
         "queue",  "local_jobid", "id",          "text",      "name",    "value"};
  return std::ranges::find(names, name) != std::end(names);
}

} // namespace

std::string event_block(const lb::stored_event& x, int verbosity, const surroundings& world) {
  const auto& e = x.what;
  auto out = fmt::format("Event: {}\n", word(lb::kind_of(e.what)));
  if (verbosity >= 1)
    out += line("Arrived", block_time(world, x.arrived));
  out += line("Host", e.host);
  if (verbosity >= 1)
    out += line("Level", word(e.lvl));
  for (const auto& [name, value] : event_fields(e.what, verbosity >= 3))
    if (verbosity >= 1 || is_brief(name))
      out += line(name, value);
  if (verbosity >= 2) {
    out += line("Seqcode", e.seqcode.print());
    if (!e.src_instance.empty())
      out += line("Src instance", e.src_instance);
  }
  out += line("Source", word(e.from));
  out += line("Timestamp", block_time(world, e.timestamp));
  if (verbosity >= 2 && !e.user.empty())
    out += line("User", e.user);
  return out;
}

} // namespace trellis::shell
