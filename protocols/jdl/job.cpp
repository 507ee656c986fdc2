#include "protocols/jdl/job.hpp"

#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/attributes.hpp"
#include "protocols/jdl/compound.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::jdl {
namespace {

using classad::equal_ignoring_case;

std::vector<std::string> texts_of(const classad::ad& x, std::string_view name) {
  auto v = classad::evaluate_items(classad::evaluate_attribute(x, name));
  std::vector<std::string> out;
  if (auto s = v.string())
    out.push_back(*s);
  if (v.list())
    for (const auto& item : v.list()->items)
      if (auto s = item->literal.string())
        out.push_back(*s);
  return out;
}

bool holds(const std::vector<std::string>& texts, std::string_view word) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const auto& t) { return equal_ignoring_case(t, word); });
}

compound_type type_of(const classad::ad& x) {
  auto type = texts_of(x, "Type");
  if (holds(type, "dag"))
    return compound_type::dag;
  if (holds(type, "collection"))
    return compound_type::collection;
  return holds(texts_of(x, "JobType"), "parametric") ? compound_type::parametric
                                                     : compound_type::job;
}

bool flag_of(const classad::ad& x, std::string_view name) {
  auto v = classad::evaluate_attribute(x, name);
  return v.boolean() && *v.boolean();
}

/// A compound job's own attributes; those of its nodes are judged with the nodes.
void read_parent(draft& d) {
  for (const auto& [name, what] : std::vector{d.source.attributes()})
    if (is_reserved(name)) {
      d.warn(name, "is set by the system; the value given is discarded");
      d.source.erase(name);
    }
  for (const auto& row : attributes()) {
    bool own = row.name == "Type" || row.name == "JobType" || row.name == "VirtualOrganisation"
               || row.name == "NodesCollocation" || row.name == "MoveToCE" || row.name == "UserTags"
               || row.name == "NodeName" || row.name == "SubmitTo" || row.name == "MyProxyServer"
               || row.name == "HLRLocation" || row.name == "ExpiryTime"
               || row.name == "JobProvenance";
    if (!own || !d.has(row.name))
      continue;
    auto x = read_attribute(d, row);
    if (x && row.store)
      row.store(d.job, *x);
  }
  if (!d.settings.proxy_vo.empty())
    d.job.virtual_organisation = d.settings.proxy_vo;
  if (d.job.virtual_organisation.empty())
    d.job.virtual_organisation = d.settings.default_vo;
  if (d.job.expiry_s == 0)
    d.job.expiry_s = d.settings.now_s + d.settings.expiry_period_s;
}

/// How messages call a node: as the user would find it.
std::string prefix_of(compound_type type, const node_source& node) {
  return type == compound_type::dag ? "Nodes." + node.name + "." : node.name + ".";
}

void read_nodes(const draft& parent, compound_type type, std::vector<node_source> nodes,
                job_request& out) {
  for (auto& node : nodes) {
    bool parametric = type == compound_type::parametric;
    draft d{parent.settings, std::move(node.ad),   {}, parametric, parent.problems,
            parent.warnings, prefix_of(type, node)};
    if (type_of(d.source) != compound_type::job) {
      d.refuse(d.has("JobType") ? "JobType" : "Type", "a node must be a simple job");
      continue;
    }
    if (!d.has("NodeName"))
      d.source.insert("NodeName", classad::make_literal(classad::value::of(node.name)));
    d.source.erase("Type");
    read_job(d);
    out.nodes.push_back({node.name, std::move(d.job)});
  }
}

/// What the compound job as a whole asks for: the parent's own, and the first node's Requirements
/// and Rank where a match for the whole is wanted.
void settle_parent(draft& d, job_request& out) {
  if (!out.nodes.empty()) {
    d.job.requirements = out.nodes[0].job.requirements;
    d.job.rank = out.nodes[0].job.rank;
  }
  out.nodes_collocation = flag_of(d.source, "NodesCollocation");
  out.move_to_ce = flag_of(d.source, "MoveToCE");
  d.job.text = classad::print(d.source);
  out.job = std::move(d.job);
}

void expand(draft& d, const texts_by_name& files, job_request& out) {
  std::vector<node_source> nodes;
  read_parent(d);
  switch (out.type) {
  case compound_type::parametric:
    nodes = expand_parametric(d, out.shared_input_sandbox);
    break;
  case compound_type::collection:
    nodes = expand_collection(d, files);
    out.shared_input_sandbox = texts_of(d.source, "InputSandbox");
    break;
  default:
    nodes = expand_dag(d, files, out.edges);
    out.shared_input_sandbox = texts_of(d.source, "InputSandbox");
  }
  read_nodes(d, out.type, std::move(nodes), out);
  settle_parent(d, out);
}

} // namespace

std::string to_string(const jdl_problem& x) {
  std::string out;
  if (x.line > 0)
    out = fmt::format("line {}, column {}: ", x.line, x.column);
  if (!x.attribute.empty())
    out += x.attribute + ": ";
  return out + x.text;
}

parsed_job parse_job(std::string_view text, const jdl_settings& settings,
                     const std::vector<std::pair<std::string, std::string>>& files) {
  parsed_job out;
  if (text.size() > settings.max_text_bytes) {
    out.problems.push_back({0, 0, "",
                            fmt::format("the text has {} bytes; at most {} are read", text.size(),
                                        settings.max_text_bytes)});
    return out;
  }
  classad::read_options options;
  options.hash_comments = true;
  options.brackets_optional = true;
  classad::reader reader{options};
  auto source = reader.read_ad(text);
  if (!source) {
    out.problems.push_back(
        {reader.error().at.line, reader.error().at.column, "", reader.error().text});
    return out;
  }
  job_request request;
  draft d{settings, *std::move(source), {}, false, out.problems, out.warnings, ""};
  request.type = type_of(d.source);
  if (request.type == compound_type::job) {
    read_job(d);
    request.job = std::move(d.job);
  } else if (!settings.compound) {
    bool typed = request.type != compound_type::parametric;
    d.refuse(typed ? "Type" : "JobType",
             "asks for several jobs in one; submit its nodes one by one here");
  } else {
    expand(d, files, request);
  }
  for (auto list : {&out.problems, &out.warnings})
    std::stable_sort(list->begin(), list->end(), [](const auto& a, const auto& b) {
      return std::pair{a.line, a.column} < std::pair{b.line, b.column};
    });
  if (out.problems.empty())
    out.request = std::move(request);
  return out;
}

} // namespace trellis::jdl
