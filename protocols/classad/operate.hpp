#pragma once
/// Operators on values. Pure: no names, no scopes.
#include "protocols/classad/ad.hpp"

namespace trellis::classad {

/// What a value says as a condition.
enum class truth : std::uint8_t { no, yes, undefined, error };

/// Booleans and numbers; anything else is an error.
truth truth_of(const value& x);
value to_value(truth x);

/// Three-valued logic with the left operand's error first: `false && error` is false, `error &&
/// false` is error. When the left decides alone, `settled` is true and the right is not looked at.
bool and_settled(truth left);
bool or_settled(truth left);
truth logical_and(truth left, truth right);
truth logical_or(truth left, truth right);

value unary(op what, const value& x);
/// Arithmetic, bits and comparisons.
value binary(op what, const value& left, const value& right);

/// Order of strings without case: negative, zero, positive.
int compare_ignoring_case(std::string_view a, std::string_view b);

} // namespace trellis::classad
