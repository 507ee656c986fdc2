#pragma once
/// What the commands for VOs have in common: acts from operands, options and files, and one change
/// that carries them all out or none of them.
#include "actors/shell/session.hpp"

namespace trellis::shell {

inline constexpr option_row ca_option
    = option("--ca", "DN", "The CA that gave the name; needed where several know it.");
inline constexpr option_row attribute_option
    = option("--attribute", "NAME=VALUE", "Also set this attribute; an empty VALUE removes it.");
inline constexpr option_row dry_run_option = flag("--dry-run", "Say what would be done.");

/// An act on the certificate that operand `at` and --ca name, if there is one.
voms::act act_from(voms::act_kind what, const arguments& given, std::size_t at);

/// Appends what --attribute sets on the thing that `of` is about. Errors: `usage`.
result<done> add_attributes(const arguments& given, const voms::act& of,
                            std::vector<voms::act>& to);

/// Fields of RFC 4180, without empty lines, those that begin with '#', and a first line that begins
/// with `header`. Errors: `usage`, with the line.
result<std::vector<std::vector<std::string>>> read_csv(std::string_view text,
                                                       std::string_view header);

/// One DN a line in quotes, then accounts or VOs. Errors: `usage`, with the line.
result<std::vector<std::string>> read_gridmap(std::string_view text);

/// Sends them, or with --dry-run says how many; gives the exit code. `done` is said when something
/// has changed.
int carry_out(session& s, const arguments& given, std::vector<voms::act> acts,
              std::string_view done);

} // namespace trellis::shell
