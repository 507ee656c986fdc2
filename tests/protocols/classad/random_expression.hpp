#pragma once
/// Random expressions from a seed, over a few names, for properties that hold for all.
#include "protocols/classad/ad.hpp"

#include <cmath>
#include <cstring>
#include <random>

namespace trellis::classad {

class random_expression {
public:
  explicit random_expression(std::uint64_t seed) : random_(seed) {}

  /// A tree of at most `depth` levels.
  expr_ptr make(int depth) {
    switch (depth <= 1 ? random_() % 4 : random_() % 14) {
    case 0:
    case 1:
      return literal();
    case 2:
    case 3:
      return make_reference(nullptr, name());
    case 4:
      return make_reference(make_reference(nullptr, random_() % 3 ? "other" : "self"), name());
    case 5:
      return make_list(several(depth));
    case 6:
      return record(depth);
    case 7:
      return call(depth);
    case 8:
      return make_operation(op::subscript, {make(depth - 1), make(depth - 1)});
    case 9:
      return make_operation(op::ternary, {make(depth - 1), make(depth - 1), make(depth - 1)});
    case 10:
      return random_() % 2 ? make_operation(op::elvis, {make(depth - 1), make(depth - 1)})
                           : make_reference(make(depth - 1), name());
    case 11: {
      constexpr op unaries[] = {op::plus, op::minus, op::logical_not, op::bit_not};
      return make_operation(unaries[random_() % 4], {make(depth - 1)});
    }
    default:
      return make_operation(binaries[random_() % std::size(binaries)],
                            {make(depth - 1), make(depth - 1)});
    }
  }

  /// Only what a match compiles: comparisons, logic, arithmetic and the common functions.
  expr_ptr make_plain(int depth) {
    switch (depth <= 1 ? random_() % 5 : random_() % 9) {
    case 0:
      return literal();
    case 1:
      return make_reference(nullptr, name());
    case 2:
    case 3:
    case 4:
      return make_reference(make_reference(nullptr, random_() % 4 ? "other" : "target"), name());
    case 5:
      return make_call(random_() % 2 ? "isUndefined" : "isError", {make_plain(depth - 1)});
    case 6:
      return make_operation(op::logical_not, {make_plain(depth - 1)});
    case 7:
      return random_() % 2 ? make_operation(
                 op::ternary, {make_plain(depth - 1), make_plain(depth - 1), make_plain(depth - 1)})
                           : make_call("member", {make_plain(depth - 1), make_plain(depth - 1)});
    default:
      return make_operation(binaries[random_() % 13],
                            {make_plain(depth - 1), make_plain(depth - 1)});
    }
  }

  ad make_ad(int depth) {
    ad x;
    for (auto n : names)
      if (random_() % 4)
        x.insert(n, random_() % 2 ? literal() : make_plain(depth));
    return x;
  }

  expr_ptr literal() {
    switch (random_() % 12) {
    case 0:
      return make_literal(value{});
    case 1:
      return make_literal(value::error());
    case 2:
    case 3:
      return make_literal(value::of(random_() % 2 == 0));
    case 4:
      return make_literal(value::of(static_cast<std::int64_t>(random_())));
    case 5:
    case 6:
      return make_literal(value::of(static_cast<std::int64_t>(random_() % 7) - 3));
    case 7:
      return make_literal(value::of(static_cast<double>(random_() % 17) / 4 - 2));
    case 8:
      return make_literal(value::of(std::ldexp(static_cast<double>(random_()), -70)));
    case 9:
      return make_list(
          {make_literal(value::of(std::int64_t{1})), make_literal(value::of(std::string{"b"}))});
    default: {
      constexpr const char* texts[] = {"", "b", "B", "long\n\"text\"", "\x01\xff", "abc"};
      return make_literal(value::of(std::string{texts[random_() % std::size(texts)]}));
    }
    }
  }

  /// Printing may have to add parentheses; they mean nothing.
  static expr_ptr without_parentheses(const expr_ptr& x) {
    if (x->kind == node_kind::operation && x->what == op::parentheses)
      return without_parentheses(x->args[0]);
    std::vector<expr_ptr> args;
    for (const auto& y : x->args)
      args.push_back(without_parentheses(y));
    switch (x->kind) {
    case node_kind::operation:
      return make_operation(x->what, std::move(args));
    case node_kind::call:
      return make_call(x->name, std::move(args));
    case node_kind::list:
      return make_list(std::move(args));
    case node_kind::reference:
      return make_reference(args.empty() ? nullptr : args[0], x->name, x->absolute);
    case node_kind::record: {
      ad y;
      for (const auto& [name, what] : x->record.attributes())
        y.insert(name, without_parentheses(what));
      return make_record(std::move(y));
    }
    default:
      return x;
    }
  }

private:
  static constexpr const char* names[] = {"a", "b", "Cpu", "d e", "true", "rank"};

  /// The first 13 are what programs compile.
  static constexpr op binaries[] = {
      op::less,        op::less_equal,    op::not_equal,
      op::equal,       op::greater_equal, op::greater,
      op::is,          op::isnt,          op::add,
      op::subtract,    op::multiply,      op::logical_or,
      op::logical_and, op::divide,        op::modulo,
      op::bit_or,      op::bit_xor,       op::bit_and,
      op::shift_left,  op::shift_right,   op::shift_right_unsigned,
  };

  std::string name() { return names[random_() % std::size(names)]; }

  std::vector<expr_ptr> several(int depth) {
    std::vector<expr_ptr> out;
    for (auto n = random_() % 4; n > 0; --n)
      out.push_back(make(depth - 1));
    return out;
  }

  expr_ptr record(int depth) {
    ad x;
    for (auto n = random_() % 3; n > 0; --n)
      x.insert(name(), make(depth - 1));
    return make_record(std::move(x));
  }

  expr_ptr call(int depth) {
    constexpr const char* functions[] = {"size",   "strcat", "member", "sum",  "isUndefined",
                                         "substr", "eval",   "split",  "none", "ifThenElse"};
    return make_call(functions[random_() % std::size(functions)], several(depth));
  }

  std::mt19937_64 random_;
};

} // namespace trellis::classad
