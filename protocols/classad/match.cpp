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

program compiled(const expr_ptr& written, expr_ptr& flat, compiled_job_body& job,
                 name_table& names) {
  program p;
  p.whole = written;
  flat = written ? flatten(written, job.source, job.context) : make_literal(value{});
  if (flat) {
    p.root = add_to_program(p, flat, job, names);
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
  auto listed = evaluate_items(evaluate_attribute(job.source, "significantattributes", job.context),
                               job.context);
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
  return truth_of(run(job.body->match, *job.body, *target.body)) == truth::yes;
}

std::optional<double> rank(const compiled_job& job, const compiled_target& target) {
  auto w = run(job.body->order, *job.body, *target.body);
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
