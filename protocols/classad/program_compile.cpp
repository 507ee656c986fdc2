#include "protocols/classad/evaluator.hpp"
#include "protocols/classad/names.hpp"
#include "protocols/classad/program.hpp"

#include <algorithm>

namespace trellis::classad {
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

} // namespace

std::uint32_t add_to_program(program& out, const expr_ptr& x, compiled_job_body& job,
                             name_table& names) {
  return compiler{out, job.store, names, job}.add(x);
}

} // namespace trellis::classad
