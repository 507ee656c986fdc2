#include "actors/shell/commands.hpp"
#include "actors/shell/help.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

int run(session& s, const arguments& given) {
  const auto& words = given.operands();
  auto topic = words.empty() ? std::string{} : words[0];
  auto detail = words.size() < 2 ? std::string{} : words[1];
  if (topic.empty())
    s.out() << help_for_all(commands());
  else if (topic == "man")
    s.out() << manual(commands(), version);
  else if (topic == "completion" && detail == "bash")
    s.out() << bash_completion(commands());
  else if (topic == "completion" && detail == "zsh")
    s.out() << zsh_completion(commands());
  else if (topic == "completion" && detail == "fish")
    s.out() << fish_completion(commands());
  else {
    auto help = words;
    help.push_back("--help");
    return run_words(s.world(), help);
  }
  return 0;
}

} // namespace

const command help_command{
    .noun = "help",
    .verb = "",
    .operands = "[TOPIC...]",
    .least = 0,
    .most = 2,
    .summary = "Explain a command; man prints the manual page, completion bash|zsh|fish the "
               "completion of a shell.",
    .example = "trellis help completion bash > ~/.local/share/bash-completion/completions/trellis",
    .options = {},
    .run = run,
    .more = {},
};

} // namespace trellis::shell
