#include "protocols/classad/evaluator.hpp"
#include "protocols/classad/program.hpp"

namespace trellis::classad {
namespace {

/// One run of a program against a target.
class runner {
public:
  runner(const program& p, compiled_job_body& job, const compiled_target_body& target)
      : p_(p), job_(job), target_(target) {}

  /// A cycle or a budget ends the whole evaluation, whatever stands around it.
  word run_whole() {
    auto w = run(p_.root);
    return stopped_ ? word::error() : w;
  }

private:
  word run(std::uint32_t i) {
    const auto& n = p_.nodes[i];
    auto operand = [&](std::uint32_t k) { return run(p_.operands[n.first + k]); };
    word w;
    switch (n.what) {
    case code::constant:
      return n.constant;
    case code::slot:
      return slot(i, n);
    case code::compare:
      w = compare_words(n.operation, operand(0), operand(1));
      break;
    case code::arithmetic:
      w = calculate_words(n.operation, operand(0), operand(1));
      break;
    case code::both:
      return both(n);
    case code::either:
      return either(n);
    case code::negate:
      return negated(operand(0));
    case code::minus:
      w = minus(operand(0));
      break;
    case code::choose:
      return choose(n);
    case code::elvis:
      w = operand(0);
      return w.kind == word_kind::undefined ? operand(1) : w;
    case code::kind_test:
      return kind_test(n, operand(0));
    case code::member:
      w = member(n.tag == 1, operand(0), operand(1));
      break;
    case code::matches:
      w = found(*n.pattern, operand(0));
      break;
    case code::general:
      return general(i);
    }
    return w.kind == word_kind::other ? general(i) : w;
  }

  static word from(truth x) {
    switch (x) {
    case truth::yes:
    case truth::no:
      return word::of(x == truth::yes);
    case truth::undefined:
      return {};
    default:
      return word::error();
    }
  }

  /// A slot that holds an expression is evaluated; the result may still be `other`.
  word slot(std::uint32_t i, const program_node& n) {
    if (n.slot < target_.slots.size() && target_.slots[n.slot].kind != word_kind::other)
      return target_.slots[n.slot];
    if (n.slot >= target_.slots.size() && target_.complete)
      return {};
    return general(i);
  }

  word both(const program_node& n) {
    auto t = truth::yes;
    for (std::uint32_t k = 0; k < n.count && !and_settled(t); ++k) {
      auto right = truth_of(run(p_.operands[n.first + k]));
      t = k == 0 ? right : logical_and(t, right);
    }
    return from(t);
  }

  word either(const program_node& n) {
    auto t = truth::no;
    for (std::uint32_t k = 0; k < n.count && !or_settled(t); ++k) {
      auto right = truth_of(run(p_.operands[n.first + k]));
      t = k == 0 ? right : logical_or(t, right);
    }
    return from(t);
  }

  static word negated(word x) {
    auto t = truth_of(x);
    return t == truth::yes || t == truth::no ? word::of(t == truth::no) : from(t);
  }

  static word minus(word x) {
    if (x.kind == word_kind::integer)
      return calculate_words(op::subtract, word::of(std::int64_t{0}), x);
    if (x.kind == word_kind::real)
      return word::of(-x.real);
    bool passes = x.kind == word_kind::undefined || x.kind == word_kind::other;
    return passes ? x : word::error();
  }

  word choose(const program_node& n) {
    switch (truth_of(run(p_.operands[n.first]))) {
    case truth::yes:
      return run(p_.operands[n.first + 1]);
    case truth::no:
      return run(p_.operands[n.first + 2]);
    case truth::undefined:
      return {};
    default:
      return word::error();
    }
  }

  static word kind_test(const program_node& n, word x) {
    auto wanted = n.tag == static_cast<std::uint8_t>(value_kind::undefined) ? word_kind::undefined
                                                                            : word_kind::error;
    return word::of(x.kind == wanted);
  }

  static word member(bool identical, word x, word list) {
    if (x.kind == word_kind::other || list.kind == word_kind::other)
      return word::elsewhere();
    if (list.kind == word_kind::undefined || (!identical && x.kind == word_kind::undefined))
      return {};
    if (list.kind != word_kind::list || x.kind == word_kind::list
        || (!identical && x.kind == word_kind::error))
      return word::error();
    for (auto item : list.list->items) {
      auto hit = compare_words(identical ? op::is : op::equal, item, x);
      if (hit.kind == word_kind::boolean && hit.integer != 0)
        return hit;
    }
    return word::of(false);
  }

  static word found(const compiled_pattern& p, word x) {
    if (x.kind == word_kind::other || x.kind == word_kind::undefined)
      return x;
    return x.kind == word_kind::string ? find_pattern(p, x.string->original) : word::error();
  }

  word general(std::uint32_t i) {
    evaluator e{job_.context};
    auto [mine, theirs] = match_scopes(job_.source, target_.source);
    auto v = e.enter(*p_.sources[i], mine);
    stopped_ = stopped_ || e.stopped();
    auto w = job_.scratch.from(v);
    if (w.kind != word_kind::other || !v.list())
      return w;
    return job_.scratch.from(*make_list(evaluate_items(v, job_.context).list()->items));
  }

  const program& p_;
  compiled_job_body& job_;
  const compiled_target_body& target_;
  bool stopped_ = false;
};

} // namespace

word run(const program& p, compiled_job_body& job, const compiled_target_body& target) {
  job.scratch.clear();
  return runner{p, job, target}.run_whole();
}

truth truth_of(word x) {
  switch (x.kind) {
  case word_kind::boolean:
  case word_kind::integer:
    return x.integer != 0 ? truth::yes : truth::no;
  case word_kind::real:
    return x.real != 0 ? truth::yes : truth::no;
  case word_kind::undefined:
    return truth::undefined;
  default:
    return truth::error;
  }
}

} // namespace trellis::classad
