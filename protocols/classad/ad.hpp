#pragma once
/// ClassAds: expressions, and ads that bind names to them.
///
/// Expressions are immutable trees shared by pointer. An `ad` is a handle to a body that is copied
/// when a shared one is changed, so ads are cheap values and never alias by surprise. Attribute
/// names are compared without case; the case and order in which they were written are kept.
#include "protocols/classad/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::classad {

/// Where an expression starts in its text; both count from 1, 0 when it was not read from text.
struct place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const place&, const place&) = default;
};

enum class node_kind : std::uint8_t { literal, reference, operation, call, list, record };

enum class op : std::uint8_t {
  less,
  less_equal,
  not_equal,
  equal,
  greater_equal,
  greater,
  is,
  isnt,
  plus,  // unary
  minus, // unary
  add,
  subtract,
  multiply,
  divide,
  modulo,
  logical_not,
  logical_or,
  logical_and,
  bit_not,
  bit_or,
  bit_xor,
  bit_and,
  shift_left,
  shift_right,
  shift_right_unsigned,
  parentheses,
  subscript,
  ternary,
  elvis,
};

/// One node. Which members mean something depends on `kind`:
/// literal: `literal`. reference: `name`, `absolute`, and args[0] when it selects from an
/// expression. operation: `what` and its operands. call: `name` and arguments. list: the items.
/// record: `record`.
struct expr {
  node_kind kind = node_kind::literal;
  op what = op::parentheses;
  bool absolute = false;
  std::uint16_t height = 1;  // of the tree below, bounded by the parser
  std::uint16_t special = 0; // a well-known name or a function row, see names.hpp
  place at;
  value literal;
  std::string name;   // as written
  std::string folded; // in lower case
  std::vector<expr_ptr> args;
  ad record;
};

/// Makers. They compute `height` and what depends on the name.
expr_ptr make_literal(value x, place at = {});
expr_ptr make_reference(expr_ptr scope, std::string name, bool absolute = false, place at = {});
expr_ptr make_operation(op what, std::vector<expr_ptr> operands, place at = {});
expr_ptr make_call(std::string name, std::vector<expr_ptr> arguments, place at = {});
expr_ptr make_list(std::vector<expr_ptr> items, place at = {});
expr_ptr make_record(ad x, place at = {});

/// `a && b`, with parentheses where an operand needs them; an empty pointer is left out.
expr_ptr conjunction(const expr_ptr& a, const expr_ptr& b);

/// The same tree: names without case, places ignored, reals by value (NaN equals NaN).
bool same(const expr_ptr& a, const expr_ptr& b);

/// ASCII lower case.
std::string fold_case(std::string_view s);
bool equal_ignoring_case(std::string_view a, std::string_view b);

} // namespace trellis::classad
