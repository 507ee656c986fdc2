#pragma once
/// `--help` at each level, the manual page and the completions, all from the rows of commands.
#include "actors/shell/command.hpp"

#include <span>
#include <string>

namespace trellis::shell {

inline constexpr std::string_view version = "0.1.0";

using command_list = std::span<const command* const>;

std::string help_for_all(command_list commands);
std::string help_for_noun(command_list commands, std::string_view noun);
std::string help_for(const command& what);

/// The manual as roff for man(1): one page with all commands.
std::string manual(command_list commands, std::string_view of_version);
std::string bash_completion(command_list commands);
std::string zsh_completion(command_list commands);
std::string fish_completion(command_list commands);

/// The known word nearest to a mistyped one; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string_view>& known);

/// Text broken at blanks into lines of at most `width`, each behind `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

} // namespace trellis::shell
