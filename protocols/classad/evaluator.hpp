#pragma once
/// One evaluation in progress: its budgets, the attributes it is inside of, its random numbers.
/// For the functions and for `evaluate.cpp`; others use `evaluate.hpp`.
#include "protocols/classad/evaluate.hpp"

#include <optional>
#include <random>
#include <span>

namespace trellis::classad {

/// An ad and what encloses it. In a match the root of each side knows the other's.
struct scope {
  ad self;
  scope_ptr parent;                 // lexically enclosing; null for a root
  std::weak_ptr<const scope> other; // of a root in a match
};

/// Where a name was found: its expression and the scope of the ad that owns it.
struct found_name {
  const expr* what = nullptr;
  scope_ptr where;
};

class evaluator {
public:
  explicit evaluator(const evaluation_context& context) : context_(context) {}

  /// The value of `x` as if it stood in the ad of `in`.
  value evaluate(const expr& x, const scope_ptr& in);

  /// Evaluates an attribute's expression in its owner's scope; entering it twice is a cycle.
  value enter(const expr& x, const scope_ptr& in);

  found_name find(const expr& reference, const scope_ptr& in);
  found_name find(std::string_view folded, const scope_ptr& in);

  /// The special names: self, parent, root, other, CurrentTime.
  value special(std::uint16_t name, const scope_ptr& in) const;

  /// `x.name`; over a list, of each of its items.
  value select(const value& x, const expr& reference);
  value subscript(const value& x, const value& index);

  /// Ends the whole evaluation with an error: nothing may catch it.
  value stop() {
    stopped_ = true;
    return value::error();
  }

  bool stopped() const { return stopped_; }

  /// Counts work done outside of nodes, such as characters copied.
  bool spend(std::size_t steps) {
    steps_ += steps;
    if (steps_ > context_.limits.steps)
      stopped_ = true;
    return !stopped_;
  }

  /// A string within the size budget, or the end of the evaluation.
  value sized(std::string s) {
    return s.size() > context_.limits.result_bytes || !spend(s.size() / 16)
               ? stop()
               : value::of(std::move(s));
  }

  const evaluation_context& context() const { return context_; }

  std::uint64_t random_bits() {
    if (!random_)
      random_.emplace(context_.random_seed);
    return (*random_)();
  }

  static const scope& root_of(const scope& x);
  static scope_ptr other_of(const scope& x);

private:
  value evaluate_node(const expr& x, const scope_ptr& in);
  value reference(const expr& x, const scope_ptr& in);
  value operation(const expr& x, const scope_ptr& in);
  value chain(const expr& x, const scope_ptr& in);
  value fold(const expr& x, value left, const scope_ptr& in);

  struct entered {
    const expr* what;
    const scope* root;
  };

  const evaluation_context& context_;
  std::optional<std::mt19937_64> random_; // made when it is asked for: it is large
  std::vector<entered> inside_;
  std::size_t steps_ = 0;
  std::uint32_t depth_ = 0;
  bool stopped_ = false;
};

/// A call under evaluation: arguments are evaluated when asked for.
struct call_frame {
  evaluator& e;
  const expr& x;
  const scope_ptr& in;
  int tag; // tells apart the names that share one function

  std::size_t size() const { return x.args.size(); }

  value arg(std::size_t i) { return e.evaluate(*x.args[i], in); }
};

struct function_row {
  std::string_view name; // in lower case
  std::uint8_t least;    // arguments
  std::uint8_t most;     // arguments; 255: any number
  bool pure;             // the same answer for the same arguments; lazy ones are not
  int tag;
  value (*run)(call_frame&);
};

const function_row& function_at(std::uint16_t row);
std::span<const function_row> all_functions();

/// Scopes for ads that stand alone and for the two sides of a match.
scope_ptr root_scope(const ad& x);
std::pair<scope_ptr, scope_ptr> match_scopes(const ad& left, const ad& right);

} // namespace trellis::classad
