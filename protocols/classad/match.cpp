#include "protocols/classad/match.hpp"

#include "protocols/classad/evaluator.hpp"
#include "protocols/classad/names.hpp"
#include "protocols/classad/operate.hpp"
#include "protocols/classad/program.hpp"
#include "protocols/classad/text.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace trellis::classad {

struct name_table::body {
  std::unordered_map<std::string, std::uint32_t> ids;
};

name_table::name_table() : body_(std::make_unique<body>()) {}

name_table::~name_table() = default;
name_table::name_table(name_table&&) noexcept = default;
name_table& name_table::operator=(name_table&&) noexcept = default;

std::uint32_t name_table::intern(std::string_view name) {
  auto folded = fold_case(name);
  if (auto it = body_->ids.find(folded); it != body_->ids.end())
    return it->second;
  if (full())
    return none;
  auto id = size();
  body_->ids.emplace(std::move(folded), id);
  return id;
}

std::uint32_t name_table::find(std::string_view name) const {
  auto it = body_->ids.find(fold_case(name));
  return it == body_->ids.end() ? none : it->second;
}

std::uint32_t name_table::size() const { return static_cast<std::uint32_t>(body_->ids.size()); }

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

const ad& compiled_target::source() const { return body->source; }

const ad& compiled_job::source() const { return body->source; }

const std::string& compiled_job::key() const { return body->key; }

const std::vector<std::string>& compiled_job::other_names() const { return body->other_names; }

compiled_target compile_target(const ad& target, name_table& names) {
  auto body = std::make_shared<compiled_target_body>();
  body->source = target;
  for (const auto& [name, what] : target.attributes()) {
    auto id = names.intern(name);
    if (id == name_table::none) {
      body->complete = false;
      continue;
    }
    if (body->slots.size() <= id)
      body->slots.resize(id + 1);
    auto flat = flatten(what, target);
    body->slots[id] = flat ? body->store.from(*flat) : word::elsewhere();
  }
  return {std::move(body)};
}

namespace {

constexpr int max_compile_depth = 200;

/// Turns a flattened expression into a program. What it does not know stays general.
class compiler {
public:
  compiler(program& out, word_store& store, name_table& names, const compiled_job_body& job)
      : out_(out), store_(store), names_(names), job_(job) {}

  std::uint32_t add(const expr_ptr& x) {
    auto i = static_cast<std::uint32_t>(out_.nodes.size());
    out_.nodes.emplace_back();
    out_.sources.push_back(x);
    if (++depth_ < max_compile_depth)
      fill(i, x);
    --depth_;
    return i;
  }

private:
  program_node& node(std::uint32_t i) { return out_.nodes[i]; }

  void operands(std::uint32_t i, code what, const std::vector<expr_ptr>& xs) {
    std::vector<std::uint32_t> added;
    for (const auto& x : xs)
      added.push_back(add(x));
    auto& n = node(i);
    n.what = what;
    n.first = static_cast<std::uint32_t>(out_.operands.size());
    n.count = static_cast<std::uint32_t>(added.size());
    out_.operands.insert(out_.operands.end(), added.begin(), added.end());
  }

  bool constant(std::uint32_t i, const expr& x) {
    auto w = store_.from(x);
    if (w.kind == word_kind::other)
      return false;
    node(i).what = code::constant;
    node(i).constant = w;
    return true;
  }

  void fill(std::uint32_t i, const expr_ptr& x) {
    switch (x->kind) {
    case node_kind::literal:
    case node_kind::list:
      constant(i, *x);
      return;
    case node_kind::reference:
      return reference(i, *x);
    case node_kind::operation:
      return operation(i, x);
    case node_kind::call:
      return call(i, *x);
    case node_kind::record:
      return;
    }
  }

  void reference(std::uint32_t i, const expr& x) {
    bool other = x.args.size() == 1 && x.args[0]->kind == node_kind::reference
                 && x.args[0]->args.empty() && !x.args[0]->absolute
                 && x.args[0]->special == static_cast<std::uint16_t>(special_name::other)
                 && !job_.source.find_folded(x.args[0]->folded);
    // The other ad may mean one of its own special names.
    if (!other || x.special != 0)
      return;
    auto id = names_.intern(x.folded);
    if (id == name_table::none)
      return;
    node(i).what = code::slot;
    node(i).slot = id;
  }

  /// All terms of `a && b && c`.
  static std::vector<expr_ptr> terms(const expr_ptr& x, op what) {
    std::vector<expr_ptr> out;
    auto y = x;
    for (; y->kind == node_kind::operation && y->what == what; y = y->args[0])
      out.push_back(y->args[1]);
    out.push_back(y);
    std::reverse(out.begin(), out.end());
    return out;
  }

  void operation(std::uint32_t i, const expr_ptr& x) {
    node(i).operation = x->what;
    switch (x->what) {
    case op::logical_and:
      return operands(i, code::both, terms(x, op::logical_and));
    case op::logical_or:
      return operands(i, code::either, terms(x, op::logical_or));
    case op::logical_not:
      return operands(i, code::negate, x->args);
    case op::minus:
      return operands(i, code::minus, x->args);
    case op::ternary:
      return operands(i, code::choose, x->args);
    case op::elvis:
      return operands(i, code::elvis, x->args);
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::divide:
    case op::modulo:
      return operands(i, code::arithmetic, x->args);
    case op::less:
    case op::less_equal:
    case op::not_equal:
    case op::equal:
    case op::greater_equal:
    case op::greater:
    case op::is:
    case op::isnt:
      return operands(i, code::compare, x->args);
    default:
      return;
    }
  }

  void call(std::uint32_t i, const expr& x) {
    auto is = [&](std::string_view name, std::size_t least, std::size_t most) {
      return x.folded == name && x.args.size() >= least && x.args.size() <= most;
    };
    auto text_at = [&](std::size_t k) {
      auto s = k < x.args.size() && x.args[k]->kind == node_kind::literal
                   ? x.args[k]->literal.string()
                   : nullptr;
      return s;
    };
    if (is("isundefined", 1, 1) || is("iserror", 1, 1)) {
      node(i).tag = static_cast<std::uint8_t>(function_at(x.special).tag);
      return operands(i, code::kind_test, x.args);
    }
    if (is("member", 2, 2) || is("identicalmember", 2, 2)) {
      node(i).tag = x.folded == "member" ? 0 : 1;
      return operands(i, code::member, x.args);
    }
    if (is("regexp", 2, 3) && text_at(0) && (x.args.size() == 2 || text_at(2))) {
      auto p = compile_pattern(*text_at(0), x.args.size() == 3 ? *text_at(2) : "",
                               job_.context.limits);
      if (!p)
        return;
      operands(i, code::matches, {x.args[1]});
      node(i).pattern = std::move(p);
    }
  }

  program& out_;
  word_store& store_;
  name_table& names_;
  const compiled_job_body& job_;
  int depth_ = 0;
};

/// One run of a program against a target.
class runner {
public:
  runner(const program& p, compiled_job_body& job, const compiled_target_body& target)
      : p_(p), job_(job), target_(target) {}

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

  static truth truth_of(word x) {
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

private:
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
    auto v = evaluate(p_.sources[i], job_.source, target_.source, job_.context);
    auto w = job_.scratch.from(v);
    if (w.kind != word_kind::other || !v.list())
      return w;
    return job_.scratch.from(*make_list(evaluate_items(v, job_.context).list()->items));
  }

  const program& p_;
  compiled_job_body& job_;
  const compiled_target_body& target_;
};

word run(const program& p, compiled_job_body& job, const compiled_target& target) {
  job.scratch.clear();
  return runner{p, job, *target.body}.run(p.root);
}

program compiled(const expr_ptr& written, expr_ptr& flat, compiled_job_body& job,
                 name_table& names) {
  program p;
  p.whole = written;
  flat = written ? flatten(written, job.source, job.context) : make_literal(value{});
  if (flat) {
    p.root = compiler{p, job.store, names, job}.add(flat);
    return p;
  }
  // Too large or circular: left to the general evaluator as it was written.
  flat = written;
  p.nodes.emplace_back();
  p.sources.push_back(written);
  return p;
}

/// Own names that flattening left in place, and whether what stays may read any of them.
void remaining_names(const expr& x, const ad& self, std::set<std::string>& names, bool& all) {
  if (x.kind == node_kind::call && x.special != 0 && !function_at(x.special).pure)
    all = true;
  if (x.kind == node_kind::reference && self.find_folded(x.folded))
    names.insert(x.folded);
  for (const auto& y : x.args)
    remaining_names(*y, self, names, all);
  for (const auto& [name, what] : x.record.attributes())
    remaining_names(*what, self, names, all);
}

std::string key_of(const compiled_job_body& job) {
  auto key = print(*job.requirements) + "\n" + print(*job.rank) + "\n";
  std::set<std::string> names;
  bool all = false;
  for (const auto& x : {job.requirements, job.rank})
    remaining_names(*x, job.source, names, all);
  auto listed = evaluate_items(
      evaluate_attribute(job.source, "significantattributes", job.context), job.context);
  if (auto one = listed.string())
    names.insert(fold_case(*one));
  if (auto many = listed.list())
    for (const auto& x : many->items)
      if (auto s = x->literal.string())
        names.insert(fold_case(*s));
  if (all)
    return key + print(job.source);
  for (const auto& n : names)
    if (auto what = job.source.lookup(n)) {
      auto flat = flatten(what, job.source, job.context);
      key += n + " = " + print(flat ? flat : what) + "\n";
    }
  return key;
}

/// The terms of the top-level conjunction, through parentheses.
void split_clauses(const expr_ptr& x, std::vector<expr_ptr>& out) {
  std::vector<expr_ptr> todo{x};
  while (!todo.empty()) {
    auto y = todo.back();
    todo.pop_back();
    if (y->kind == node_kind::operation && y->what == op::logical_and) {
      todo.push_back(y->args[1]);
      todo.push_back(y->args[0]);
      continue;
    }
    auto inner = y;
    while (inner->kind == node_kind::operation && inner->what == op::parentheses)
      inner = inner->args[0];
    if (inner->kind == node_kind::operation && inner->what == op::logical_and)
      todo.push_back(inner);
    else
      out.push_back(y);
  }
}

} // namespace

compiled_job compile_job(const ad& job, name_table& names, const evaluation_context& context) {
  return compile_job(job, job.lookup("requirements"), job.lookup("rank"), names, context);
}

compiled_job compile_job(const ad& job, const expr_ptr& requirements, const expr_ptr& rank,
                         name_table& names, const evaluation_context& context) {
  auto body = std::make_shared<compiled_job_body>();
  body->source = job;
  body->context = context;
  body->match = compiled(requirements, body->requirements, *body, names);
  body->order = compiled(rank, body->rank, *body, names);
  if (requirements)
    split_clauses(requirements, body->clauses);
  body->key = key_of(*body);
  std::set<std::string> others;
  for (const auto& x : {requirements, rank})
    if (x)
      for (auto& n : other_references(x, job))
        others.insert(std::move(n));
  body->other_names.assign(others.begin(), others.end());
  return {std::move(body)};
}

void set_now(compiled_job& job, std::int64_t now_s) { job.body->context.now_s = now_s; }

bool matches(const compiled_job& job, const compiled_target& target) {
  return runner::truth_of(run(job.body->match, *job.body, target)) == truth::yes;
}

std::optional<double> rank(const compiled_job& job, const compiled_target& target) {
  auto w = run(job.body->order, *job.body, target);
  if (w.kind == word_kind::integer)
    return static_cast<double>(w.integer);
  return w.kind == word_kind::real ? std::optional{w.real} : std::nullopt;
}

std::vector<clause> explain(const compiled_job& job, const compiled_target& target) {
  std::vector<clause> out;
  const auto& self = job.body->source;
  const auto& other = target.body->source;
  for (const auto& x : job.body->clauses) {
    clause c;
    c.text = print(x);
    auto t = truth_of(evaluate(x, self, other, job.body->context));
    c.result = t == truth::yes         ? clause_result::yes
               : t == truth::no        ? clause_result::no
               : t == truth::undefined ? clause_result::undefined
                                       : clause_result::error;
    for (const auto& n : other_references(x, self))
      if (evaluate_attribute(other, self, n, job.body->context).is_undefined())
        c.undefined_names.push_back(n);
    out.push_back(std::move(c));
  }
  return out;
}

} // namespace trellis::classad
