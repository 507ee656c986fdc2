#include "protocols/jdl/commands.hpp"

#include "protocols/classad/text.hpp"
#include "protocols/jdl/lint.hpp"

#include <fmt/format.h>

namespace trellis::jdl {
namespace {

std::string lines(std::string_view name, std::string_view kind,
                  const std::vector<jdl_problem>& problems) {
  std::string out;
  for (const auto& x : problems)
    out += fmt::format("{}: {}{}\n", name, kind, to_string(x));
  return out;
}

std::string count(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string dependencies(std::size_t n) {
  return fmt::format("{} {}", n, n == 1 ? "dependency" : "dependencies");
}

outcome refused(std::string_view name, const parsed_job& x) {
  return {1, "",
          lines(name, "", x.problems)
              + fmt::format("{}: {} found\n", name, count(x.problems.size(), "problem"))};
}

std::string_view type_name(compound_type x) {
  switch (x) {
  case compound_type::parametric:
    return "a parametric job";
  case compound_type::collection:
    return "a collection";
  case compound_type::dag:
    return "a DAG";
  default:
    return "a job";
  }
}

std::string describe(const job_request& x) {
  if (x.type == compound_type::job)
    return "a job";
  auto out = fmt::format("{} of {}", type_name(x.type), count(x.nodes.size(), "node"));
  if (x.type == compound_type::dag)
    out += fmt::format(" and {}", dependencies(x.edges.size()));
  return out;
}

std::string indented(const std::string& ad_text) {
  return classad::print_indented(*classad::parse_ad(ad_text));
}

} // namespace

outcome check(std::string_view name, std::string_view text, const jdl_settings& settings) {
  auto x = parse_job(text, settings);
  if (!x)
    return refused(name, x);
  return {0, fmt::format("{}: ok, {}\n", name, describe(*x.request)),
          lines(name, "warning: ", x.warnings)};
}

outcome print(std::string_view name, std::string_view text, const jdl_settings& settings) {
  auto x = parse_job(text, settings);
  if (!x)
    return refused(name, x);
  std::string out;
  if (x.request->type == compound_type::job)
    out = indented(x.request->job.text);
  else
    out = fmt::format("// {}\n", describe(*x.request));
  for (const auto& node : x.request->nodes)
    out += fmt::format("// node {}\n{}", node.name, indented(node.job.text));
  for (auto [parent, child] : x.request->edges)
    out += fmt::format("// {} before {}\n", x.request->nodes[parent].name,
                       x.request->nodes[child].name);
  return {0, out, lines(name, "warning: ", x.warnings)};
}

outcome lint(std::string_view name, std::string_view text, const jdl_settings& settings) {
  auto x = parse_job(text, settings);
  auto warnings = x.warnings;
  std::string problem;
  for (auto& w : lint_ad(read_file_ad(text, problem)))
    warnings.push_back(std::move(w));
  if (!x) {
    auto out = refused(name, x);
    out.out = lines(name, "warning: ", warnings);
    return out;
  }
  auto out = lines(name, "warning: ", warnings);
  out += warnings.empty() ? fmt::format("{}: nothing to remark\n", name)
                          : fmt::format("{}: {}\n", name, count(warnings.size(), "warning"));
  return {0, out, ""};
}

} // namespace trellis::jdl
