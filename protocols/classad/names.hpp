#pragma once
/// Names that mean something by themselves, and the rows of the function table, as small numbers
/// that are looked up once, when an expression is made.
#include <cstdint>
#include <string_view>

namespace trellis::classad {

/// Checked only after ordinary lookup has failed, so that an attribute called `self` wins.
enum class special_name : std::uint16_t { none, self, parent, root, other, current_time };

special_name special_name_of(std::string_view folded);

/// Index into the function table plus one; 0 for an unknown function.
std::uint16_t function_row_of(std::string_view folded);

} // namespace trellis::classad
