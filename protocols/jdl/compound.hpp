#pragma once
/// Compound jobs as rules over ads: which nodes there are, what they inherit, in what order they
/// run. Each gives plain data and notes problems; reading the nodes as jobs comes after.
#include "protocols/jdl/attributes.hpp"

namespace trellis::jdl {

/// A node before it is read as a job.
struct node_source {
  std::string name;
  classad::ad ad;
};

using texts_by_name = std::vector<std::pair<std::string, std::string>>;
using edge_list = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// One node for each value of the parameter, with `_PARAM_` put in place everywhere.
std::vector<node_source> expand_parametric(draft& parent, std::vector<std::string>& shared_files);

/// The nodes of a collection; `files` holds the texts of `File` attributes.
std::vector<node_source> expand_collection(draft& parent, const texts_by_name& files);

/// The nodes of a DAG and its edges as indices into them.
std::vector<node_source> expand_dag(draft& parent, const texts_by_name& files, edge_list& edges);

/// Values of the parameter: `Parameters` is an exclusive bound for an index, or a list; the index
/// starts at `start` and moves by `step`.
std::vector<std::int64_t> parameter_indices(std::int64_t bound, std::int64_t start,
                                            std::int64_t step, std::size_t most);

/// A cycle through the edges as node indices, empty when there is none.
std::vector<std::uint32_t> find_cycle(std::uint32_t nodes, const edge_list& edges);

} // namespace trellis::jdl
