#pragma once
/// What the function files share. Each function takes its call and gives a value; `functions.cpp`
/// is the table that names them.
#include "protocols/classad/evaluator.hpp"

#include <optional>
#include <string>
#include <vector>

namespace trellis::classad::functions {

// Types, conversion and numbers (functions_numbers.cpp). Tags are value kinds or small numbers.
value is_type(call_frame&);
value to_integer(call_frame&);
value to_real(call_frame&);
value to_string(call_frame&);
value to_boolean(call_frame&);
value round_number(call_frame&); // tag 0 floor, 1 ceiling, 2 round
value power(call_frame&);
value quantize(call_frame&);
value random_number(call_frame&);
value if_then_else(call_frame&);

// Lists (functions_lists.cpp).
value member(call_frame&); // tag 1: identical
value size(call_frame&);
value sum(call_frame&);     // tag 1: average
value extreme(call_frame&); // tag 0 min, 1 max
value compare_all(call_frame&);
value fqan_member(call_frame&);

// Strings (functions_strings.cpp).
value concatenate(call_frame&);
value join(call_frame&);
value change_case(call_frame&); // tag 1: upper
value substring(call_frame&);
value compare_strings(call_frame&);  // tag 1: ignoring case
value compare_versions(call_frame&); // tag: 0 the order itself, then LT LE EQ GE GT
value version_in_range(call_frame&);
value split(call_frame&);
value split_at(call_frame&); // tag 0 user name, 1 slot name
value environment_v1_to_v2(call_frame&);
value merge_environment(call_frame&);
value string_list_size(call_frame&);
value string_list_fold(call_frame&);   // tag 0 sum, 1 average, 2 min, 3 max
value string_list_member(call_frame&); // tag 1: ignoring case
value string_lists_intersect(call_frame&);
value string_list_subset(call_frame&); // tag 1: ignoring case

// Patterns (functions_patterns.cpp).
value regexp(call_frame&);
value regexp_member(call_frame&);
value substitute(call_frame&); // tag 0 regexps, 1 replace, 2 replaceAll
value string_list_regexp_member(call_frame&);
value list_attributes_matching(call_frame&);

// Times (functions_times.cpp).
value epoch_time(call_frame&);
value current_time(call_frame&);
value zone_offset(call_frame&);
value day_time(call_frame&);
value time_field(call_frame&);
value split_time(call_frame&);
value format_time(call_frame&);
value interval(call_frame&);
value to_absolute_time(call_frame&);
value to_relative_time(call_frame&);

// Expressions and other ads (functions_contexts.cpp).
value eval(call_frame&);
value unparse(call_frame&);
value unresolved(call_frame&);
value eval_in_each_context(call_frame&); // tag 1: count the true ones
value debug(call_frame&);
value user_home(call_frame&);
value user_map(call_frame&);
value match_ads(call_frame&); // tag 0 any, 1 all, 2 which
value close_storage(call_frame&);
value success_fraction(call_frame&);
value response_time(call_frame&);

/// string() of a value: undefined and error stay what they are.
value as_string(const value& x);
/// real() of a value: an error unless it is a number, a boolean, a time or text of a number.
value as_real(const value& x);
/// A string that is all number, with blanks around it allowed.
std::optional<double> read_number(const std::string& s);
/// Truncates toward zero; an error outside of 64 bits.
value truncated(double x);

/// Items between any of the delimiters, trimmed, empty ones left out.
std::vector<std::string> tokens(std::string_view s, std::string_view delimiters);

/// The value of every item of a list, or nothing when the evaluation has ended.
std::optional<std::vector<value>> items(call_frame& f, const list_value& x);

/// Evaluates all arguments. The first error is what the call gives, then the first undefined.
struct arguments {
  explicit arguments(call_frame& f);

  std::vector<value> v;
  std::optional<value> early; // set when the call is decided already
};

/// Whether a pattern is found in a text. Nothing when the pattern is bad or its budget ran out.
std::optional<bool> pattern_found(evaluator& e, const std::string& pattern, const std::string& text,
                                  const std::string& options);

} // namespace trellis::classad::functions
