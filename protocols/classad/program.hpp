#pragma once
/// The compiled form of an expression: a flat array of nodes over 16-byte words. For `match.cpp`.
///
/// Strings are pointers to texts that the target or the program owns, each with its lower-case
/// form beside it, so that `==` is a length and a memcmp. A value that does not fit a word (a time,
/// an ad, an expression of the target's own) is `other`: the node that meets one is evaluated by
/// the general evaluator instead.
#include "protocols/classad/match.hpp"
#include "protocols/classad/operate.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace trellis::classad {

struct text {
  std::string original;
  std::string folded;
};

struct plain_list;

enum class word_kind : std::uint8_t {
  undefined,
  error,
  boolean,
  integer,
  real,
  string,
  list,
  other
};

struct word {
  word_kind kind = word_kind::undefined;

  union {
    std::int64_t integer = 0; // booleans too
    double real;
    const text* string;
    const plain_list* list;
  };

  static word of(bool x) { return make(word_kind::boolean, x); }

  static word of(std::int64_t x) { return make(word_kind::integer, x); }

  static word of(double x) {
    word w;
    w.kind = word_kind::real;
    w.real = x;
    return w;
  }

  static word error() { return make(word_kind::error, 0); }

  static word elsewhere() { return make(word_kind::other, 0); }

private:
  static word make(word_kind kind, std::int64_t x) {
    word w;
    w.kind = kind;
    w.integer = x;
    return w;
  }
};

/// A list of plain values.
struct plain_list {
  std::vector<word> items;
};

/// Owner of the texts and lists that words point to; addresses stay.
class word_store {
public:
  word from(const value& x);
  /// `other` unless every item is a plain value.
  word from(const expr& x);

  void clear() {
    texts_.clear();
    lists_.clear();
  }

private:
  std::deque<text> texts_;
  std::deque<plain_list> lists_;
};

enum class code : std::uint8_t {
  constant,
  slot,       // attribute `slot` of the other ad
  compare,    // what: slot/constant operands are read in place
  arithmetic, // what
  both,       // && over all operands
  either,     // || over all operands
  negate,     // !
  minus,
  choose, // c ? a : b
  elvis,
  kind_test, // isUndefined and its like; `tag` the value kind
  member,    // `tag` 1: identical
  matches,   // regexp with a constant pattern
  general,   // the general evaluator
};

struct compiled_pattern;

struct program_node {
  code what = code::general;
  op operation = op::parentheses;
  std::uint8_t tag = 0;
  std::uint32_t first = 0; // operands in `program::operands`
  std::uint32_t count = 0;
  std::uint32_t slot = 0xffffffff;
  word constant;
  std::shared_ptr<const compiled_pattern> pattern;
};

struct program {
  std::vector<program_node> nodes;
  std::vector<std::uint32_t> operands;
  std::vector<expr_ptr> sources; // of each node, for the general evaluator
  std::uint32_t root = 0;
  expr_ptr whole;
};

struct compiled_target_body {
  ad source;
  word_store store;
  std::vector<word> slots; // by name id
  bool complete = true;    // false when a name had no id: such names are looked up slowly
};

struct compiled_job_body {
  ad source;
  evaluation_context context;
  expr_ptr requirements; // flattened, or as written where that was impossible
  expr_ptr rank;
  std::vector<expr_ptr> clauses; // of the Requirements as written
  word_store store;
  program match;
  program order;
  std::string key;
  std::vector<std::string> other_names;
  word_store scratch; // of values the general evaluator gave, for one evaluation
};

/// Compiles a flattened expression into the program; gives the node. What it does not know stays
/// general.
std::uint32_t add_to_program(program& out, const expr_ptr& x, compiled_job_body& job,
                             name_table& names);

/// Runs a program against a target. Words of it may live in the job's scratch until the next run.
word run(const program& p, compiled_job_body& job, const compiled_target_body& target);

truth truth_of(word x);
word compare_words(op what, word a, word b);
word calculate_words(op what, word a, word b);

/// Finds a pattern compiled once; a negative answer other than no match is an error.
std::shared_ptr<const compiled_pattern>
compile_pattern(const std::string& pattern, const std::string& options, const budgets& limits);
word find_pattern(const compiled_pattern& pattern, const std::string& text);

} // namespace trellis::classad
