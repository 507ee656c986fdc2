#include "protocols/jdl/compound.hpp"

#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace trellis::jdl {

using classad::expr;
using classad::expr_ptr;
using classad::node_kind;
using classad::value;

namespace {

/// Taken from the parent by a node that does not say otherwise.
constexpr std::string_view inherited[] = {
    "Rank",
    "Requirements",
    "PerusalFileEnable",
    "SubmitTo",
    "InputSandboxBaseURI",
    "ShortDeadlineJob",
    "ExpiryTime",
    "FuzzyRank",
    "InputSandbox",
    "OutputSandbox",
    "OutputSandboxDestURI",
    "OutputSandboxBaseDestURI",
    "RetryCount",
    "ShallowRetryCount",
    "Memory",
    "Disk",
    "MaxWallTime",
    "GPUNumber",
    "GPUModel",
    "ContainerImage",
    "LeaseTime",
    "Idempotent",
};

/// The parent's, whatever the node says.
constexpr std::string_view forced[]
    = {"HLRLocation", "MyProxyServer", "JobProvenance", "VirtualOrganisation"};

bool mentions_parent(const expr& x) {
  if (x.kind == node_kind::reference && x.args.empty()
      && (x.folded == "root" || x.folded == "parent" || x.folded == "toplevel"))
    return true;
  return std::any_of(x.args.begin(), x.args.end(),
                     [](const auto& y) { return mentions_parent(*y); });
}

/// A node leaves its parent: what it says in terms of `root` is said in full.
void settle_parent_references(const classad::ad& parent, classad::ad& node) {
  for (const auto& [name, what] : std::vector{node.attributes()}) {
    if (!mentions_parent(*what))
      continue;
    auto scratch = parent;
    scratch.insert("trellis_node", classad::make_record(node));
    auto selected = classad::make_reference(classad::make_reference(nullptr, "trellis_node"), name);
    auto v = classad::evaluate_items(classad::evaluate(selected, scratch));
    if (auto list = v.list())
      node.insert(name, classad::make_list(list->items, what->at));
    else if (!v.nested() && !v.is_undefined() && !v.is_error())
      node.insert(name, classad::make_literal(v, what->at));
  }
}

void inherit(const draft& parent, classad::ad& node) {
  settle_parent_references(parent.source, node);
  for (auto name : inherited)
    if (auto x = parent.source.lookup(name); x && !node.find(name))
      node.insert(name, x);
  for (auto name : forced)
    if (auto x = parent.source.lookup(name))
      node.insert(name, x);
}

/// The ad a `File` names, read; nothing, with a problem, when that fails.
std::optional<classad::ad> file_ad(draft& d, std::string_view where, const expr& name,
                                   const texts_by_name& files) {
  auto path = name.kind == node_kind::literal ? name.literal.string() : nullptr;
  if (!path) {
    d.refuse(where, "must name its File by a string");
    return std::nullopt;
  }
  auto it
      = std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.first == *path; });
  if (it == files.end()) {
    d.refuse(where, fmt::format("refers to the file '{}', which is not there", *path));
    return std::nullopt;
  }
  classad::read_options options;
  options.hash_comments = true;
  options.brackets_optional = true;
  auto x = classad::parse_ad(it->second, options);
  if (x)
    return *std::move(x);
  d.refuse(where, fmt::format("its file '{}' does not read: {}", *path, x.why().text));
  return std::nullopt;
}

bool check_count(draft& d, std::size_t n) {
  if (n == 0)
    d.refuse("Nodes", "has no node");
  if (n > d.settings.max_nodes)
    d.refuse("Nodes", fmt::format("has {} nodes; at most {} are taken", n, d.settings.max_nodes));
  return n > 0 && n <= d.settings.max_nodes;
}

std::string string_of(const classad::ad& x, std::string_view name) {
  auto v = classad::evaluate_attribute(x, name);
  return v.string() ? *v.string() : std::string{};
}

/// One element of a collection: an ad, or a File with nothing but a NodeName beside it.
std::optional<node_source> collection_node(draft& d, std::size_t i, const expr_ptr& x,
                                           const texts_by_name& files) {
  auto where = fmt::format("Nodes[{}]", i);
  auto y = x;
  if (y->kind == node_kind::reference && y->args.empty())
    if (auto bound = d.source.lookup(y->name))
      y = bound;
  if (y->kind != node_kind::record) {
    d.refuse(where, "must be an ad");
    return std::nullopt;
  }
  node_source node{string_of(y->record, "NodeName"), y->record};
  if (auto file = y->record.find("File")) {
    for (const auto& [name, what] : y->record.attributes())
      if (!classad::equal_ignoring_case(name, "File")
          && !classad::equal_ignoring_case(name, "NodeName"))
        d.refuse(where, fmt::format("has {} beside File; only NodeName may stand there", name));
    auto read = file_ad(d, where, *file, files);
    if (!read)
      return std::nullopt;
    node.ad = *std::move(read);
  }
  if (node.name.empty())
    node.name = fmt::format("Node_{}", i);
  return node;
}

} // namespace

std::vector<node_source> expand_collection(draft& d, const texts_by_name& files) {
  auto list = d.source.lookup("Nodes");
  if (!list || list->kind != node_kind::list) {
    d.refuse("Nodes", list ? "must be a list of ads" : "is missing: a collection needs it");
    return {};
  }
  if (!check_count(d, list->args.size()))
    return {};
  std::vector<node_source> nodes;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list->args.size(); ++i) {
    auto node = collection_node(d, i, list->args[i], files);
    if (!node)
      continue;
    if (!names.insert(classad::fold_case(node->name)).second)
      d.refuse("Nodes", fmt::format("has two nodes named {}", node->name));
    inherit(d, node->ad);
    nodes.push_back(*std::move(node));
  }
  return nodes;
}

namespace {

/// One node of a DAG: `[ node_type = "edg-jdl"; description = [...] | file = "a.jdl" ]`.
std::optional<classad::ad> dag_node(draft& d, const std::string& name, const expr& x,
                                    const std::string& default_type, const texts_by_name& files) {
  auto where = "Nodes." + name;
  if (x.kind != node_kind::record) {
    d.refuse(where, "must be an ad");
    return std::nullopt;
  }
  auto type = string_of(x.record, "node_type");
  if (type.empty())
    type = default_type;
  if (type.empty())
    d.refuse(where, "has no node_type, and the DAG gives none");
  else if (!classad::equal_ignoring_case(type, "edg-jdl"))
    d.refuse(where, fmt::format("has node_type '{}'; only edg-jdl is known", type));
  auto description = x.record.lookup("description");
  auto file = x.record.find("file");
  if (bool(description) == bool(file)) {
    d.refuse(where, "must have either a description or a file");
    return std::nullopt;
  }
  if (file)
    return file_ad(d, where, *file, files);
  if (description->kind != node_kind::record) {
    d.refuse(where, "has a description that is no ad");
    return std::nullopt;
  }
  return description->record;
}

/// Turns `Dependencies` into edges.
class dependencies {
public:
  dependencies(draft& d, const std::vector<node_source>& nodes, edge_list& edges)
      : d_(d), edges_(edges) {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      index_.emplace(classad::fold_case(nodes[i].name), static_cast<std::uint32_t>(i));
  }

  void read(const expr& x) {
    if (x.kind != node_kind::list) {
      d_.refuse("Dependencies", "must be a list of pairs");
      return;
    }
    for (const auto& pair : x.args) {
      if (pair->kind != node_kind::list || pair->args.size() != 2) {
        d_.refuse("Dependencies", fmt::format("has '{}', which is no pair {{parent, child}}",
                                              classad::print(*pair)));
        continue;
      }
      std::vector<std::uint32_t> parents, children;
      side(*pair->args[0], parents);
      side(*pair->args[1], children);
      for (auto p : parents)
        for (auto c : children)
          edges_.emplace_back(p, c);
    }
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  }

private:
  void side(const expr& x, std::vector<std::uint32_t>& out) {
    if (x.kind == node_kind::list) {
      for (const auto& y : x.args)
        side(*y, out);
      return;
    }
    std::string name;
    if (x.kind == node_kind::reference && x.args.empty())
      name = x.name;
    else if (x.kind == node_kind::literal && x.literal.string())
      name = *x.literal.string();
    auto it = index_.find(classad::fold_case(name));
    if (it != index_.end())
      out.push_back(it->second);
    else
      d_.refuse("Dependencies", fmt::format("names '{}', which is no node", classad::print(x)));
  }

  draft& d_;
  edge_list& edges_;
  std::map<std::string, std::uint32_t> index_;
};

/// A DAG's own defaults for the retries of its nodes.
void inherit_retries(const draft& d, const classad::ad& nodes, classad::ad& node) {
  constexpr std::pair<std::string_view, std::string_view> pairs[] = {
      {"RetryCount",        "DefaultNodeRetryCount"       },
      {"ShallowRetryCount", "DefaultNodeShallowRetryCount"},
  };
  for (auto [name, fallback] : pairs) {
    if (node.find(name))
      continue;
    for (const auto& x : {nodes.lookup(name), d.source.lookup(fallback)})
      if (x && !node.find(name))
        node.insert(name, x);
  }
}

bool is_setting(std::string_view name) {
  for (auto known : {"dependencies", "node_type", "retrycount", "shallowretrycount"})
    if (classad::equal_ignoring_case(known, name))
      return true;
  return false;
}

} // namespace

std::vector<node_source> expand_dag(draft& d, const texts_by_name& files, edge_list& edges) {
  auto all = d.source.lookup("Nodes");
  if (!all || all->kind != node_kind::record) {
    d.refuse("Nodes",
             all ? "must be an ad with one attribute a node" : "is missing: a DAG needs it");
    return {};
  }
  auto type = string_of(all->record, "node_type");
  if (type.empty())
    type = string_of(d.source, "node_type");
  std::vector<node_source> nodes;
  bool complete = true;
  for (const auto& [name, what] : all->record.attributes()) {
    if (is_setting(name))
      continue;
    auto x = dag_node(d, name, *what, type, files);
    // A node that does not read still counts, so that its edges are not called unknown.
    complete = complete && x.has_value();
    nodes.push_back({name, x.value_or(classad::ad{})});
    inherit_retries(d, all->record, nodes.back().ad);
    inherit(d, nodes.back().ad);
  }
  if (!check_count(d, nodes.size()))
    return {};
  auto before = d.problems.size();
  dependencies reader{d, nodes, edges};
  for (const auto& x : {d.source.lookup("Dependencies"), all->record.lookup("Dependencies")})
    if (x)
      reader.read(*x);
  if (d.problems.size() == before) {
    auto cycle = find_cycle(static_cast<std::uint32_t>(nodes.size()), edges);
    std::string path;
    for (auto i : cycle)
      path += nodes[i].name + " -> ";
    if (!cycle.empty())
      d.refuse("Dependencies", fmt::format("has a cycle: {}{}", path, nodes[cycle[0]].name));
  }
  return complete ? nodes : std::vector<node_source>{};
}

std::vector<std::uint32_t> find_cycle(std::uint32_t nodes, const edge_list& edges) {
  std::vector<std::vector<std::uint32_t>> children(nodes);
  for (auto [p, c] : edges)
    children[p].push_back(c);
  enum class colour : std::uint8_t { white, grey, black };
  std::vector<colour> seen(nodes, colour::white);
  // A path of nodes and the next child of each to look at; no recursion, DAGs may be long.
  std::vector<std::pair<std::uint32_t, std::size_t>> path;
  for (std::uint32_t start = 0; start < nodes; ++start) {
    if (seen[start] != colour::white)
      continue;
    path.emplace_back(start, 0);
    seen[start] = colour::grey;
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == children[node].size()) {
        seen[node] = colour::black;
        path.pop_back();
        continue;
      }
      auto child = children[node][next++];
      if (seen[child] == colour::grey) {
        std::vector<std::uint32_t> cycle;
        auto from = std::find_if(path.begin(), path.end(),
                                 [&](const auto& x) { return x.first == child; });
        for (; from != path.end(); ++from)
          cycle.push_back(from->first);
        return cycle;
      }
      if (seen[child] == colour::white) {
        seen[child] = colour::grey;
        path.emplace_back(child, 0);
      }
    }
  }
  return {};
}

} // namespace trellis::jdl
