/// Rules over several attributes, and what attributes ask of the CE.
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/attributes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::jdl {
namespace {

bool is_interactive(const draft& d) {
  auto types = classad::evaluate_items(classad::evaluate_attribute(d.source, "JobType"));
  auto is
      = [](const std::string* s) { return s && classad::equal_ignoring_case(*s, "interactive"); };
  if (is(types.string()))
    return true;
  return types.list()
         && std::any_of(types.list()->items.begin(), types.list()->items.end(),
                        [&](const auto& x) { return is(x->literal.string()); });
}

void check_sandboxes(draft& d) {
  const auto& j = d.job;
  if (d.has("InputSandboxDestFileName") && j.input_sandbox_names.size() != j.input_sandbox.size())
    d.refuse("InputSandboxDestFileName",
             fmt::format("has {} names for {} InputSandbox files", j.input_sandbox_names.size(),
                         j.input_sandbox.size()));
  if (!d.has("OutputSandboxDestURI"))
    return;
  if (d.has("OutputSandboxBaseDestURI"))
    d.refuse("OutputSandboxDestURI", "cannot stand beside OutputSandboxBaseDestURI");
  bool wild = std::any_of(j.output_sandbox.begin(), j.output_sandbox.end(),
                          [](const auto& f) { return f.find_first_of("*?[") != f.npos; });
  if (wild)
    d.refuse("OutputSandboxDestURI", "cannot be used when OutputSandbox has wildcards");
  else if (j.output_sandbox_dest_uri.size() != j.output_sandbox.size())
    d.refuse("OutputSandboxDestURI",
             fmt::format("has {} places for {} OutputSandbox files",
                         j.output_sandbox_dest_uri.size(), j.output_sandbox.size()));
}

void check_streams(draft& d) {
  const auto& j = d.job;
  bool clash = !j.std_output.empty() && j.std_output != j.std_error
               && leaf(j.std_output) == leaf(j.std_error);
  if (clash)
    d.refuse("StdError", fmt::format("'{}' has the same name as StdOutput '{}' in another place",
                                     j.std_error, j.std_output));
}

void check_scripts(draft& d) {
  constexpr std::pair<std::string_view, std::string_view> pairs[] = {
      {"PrologueArguments", "Prologue"},
      {"EpilogueArguments", "Epilogue"},
  };
  for (auto [arguments, script] : pairs)
    if (d.has(arguments) && !d.has(script))
      d.refuse(arguments, fmt::format("needs {}", script));
  if (is_interactive(d))
    return;
  for (auto name : {"ListenerPort", "ListenerHost", "ListenerPipeName"})
    if (d.has(name))
      d.refuse(name, "is only for JobType \"Interactive\"");
}

void check_data(draft& d) {
  bool data = d.has("InputData"), needs = d.has("DataRequirements");
  if (data && needs)
    d.refuse("InputData", "cannot stand beside DataRequirements");
  if ((data || needs) && !d.has("DataAccessProtocol"))
    d.refuse(data ? "InputData" : "DataRequirements", "needs DataAccessProtocol");
}

void check_resources(draft& d) {
  const auto& j = d.job;
  if (d.has("SMPGranularity") && d.has("HostNumber") && !j.whole_nodes)
    d.refuse("SMPGranularity", "cannot stand beside HostNumber unless WholeNodes is true");
  if (d.has("GPUModel") && d.has("GPUNumber") && j.gpus == 0)
    d.refuse("GPUModel", "is asked for while GPUNumber is 0");
  if (d.settings.vo_required && j.virtual_organisation.empty())
    d.refuse("VirtualOrganisation", "is missing, and neither proxy nor settings give one");
}

/// A Rank by data access cost stands alone and needs data.
void check_rank(draft& d) {
  auto rank = d.source.lookup("Rank");
  if (!rank)
    return;
  auto others = classad::other_references(rank, d.source);
  if (std::find(others.begin(), others.end(), "dataaccesscost") == others.end())
    return;
  if (others.size() > 1)
    d.refuse("Rank", "uses other.DataAccessCost, which must be its only other. attribute");
  bool data = d.has("InputData") || d.has("DataRequirements");
  if (!data || !d.has("DataAccessProtocol"))
    d.refuse("Rank", "uses other.DataAccessCost, which needs InputData and DataAccessProtocol");
}

/// What attributes ask of a CE, in the order of the table. A limit that a CE does not publish is
/// taken for none; CPUs and GPUs must be published.
std::vector<std::string> derived(const draft& d) {
  const auto& j = d.job;
  std::vector<std::string> out;
  if (j.cpus > 1)
    out.push_back(fmt::format("other.GlueCEInfoTotalCPUs >= {}", j.cpus));
  auto smp = j.smp_granularity;
  if (j.host_number > 0 && smp == 0)
    smp = (j.cpus + j.host_number - 1) / j.host_number;
  if (smp > 0)
    out.push_back(fmt::format("other.GlueHostArchitectureSMPSize >= {}", smp));
  auto at_least = [&](std::string_view name, std::int64_t x) {
    if (x > 0)
      out.push_back(fmt::format("(other.{0} is undefined || other.{0} >= {1})", name, x));
  };
  at_least("GlueHostMainMemoryRAMSize", j.memory_mib);
  at_least("GlueHostLocalFileSystemSize", j.disk_mib);
  if (j.wall_time_s > 0)
    out.push_back(fmt::format("(other.{0} is undefined || other.{0} <= 0 || other.{0} >= {1})",
                              "GlueCEPolicyMaxWallClockTime", (j.wall_time_s + 59) / 60));
  auto gpus = j.gpus == 0 && !j.gpu_model.empty() ? 1 : j.gpus;
  if (gpus > 0)
    out.push_back(fmt::format("other.GlueHostGPUNumber >= {}", gpus));
  if (!j.gpu_model.empty())
    out.push_back(fmt::format("other.GlueHostGPUModel == {}", classad::quote(j.gpu_model)));
  if (!j.output_se.empty())
    out.push_back(
        fmt::format("member({}, other.GlueCESEBindGroupSEUniqueID)", classad::quote(j.output_se)));
  if (is_interactive(d))
    out.push_back("other.GlueHostNetworkAdapterOutboundIP");
  return out;
}

classad::expr_ptr parenthesized(const classad::expr_ptr& x) {
  return classad::make_operation(classad::op::parentheses, {x}, x->at);
}

/// True or a number cannot be told before a CE is seen; text or a list can be told now.
void check_condition(draft& d, std::string_view name, const classad::expr_ptr& x) {
  auto flat = classad::flatten(x, d.source);
  if (!flat) {
    d.refuse(name, "refers to itself or is too large");
    return;
  }
  bool wrong = flat->kind == classad::node_kind::list || flat->kind == classad::node_kind::record
               || (flat->kind == classad::node_kind::literal && flat->literal.string());
  if (wrong)
    d.refuse(name, fmt::format("must be an expression over other., not {}", classad::print(*flat)));
}

} // namespace

void check_together(draft& d) {
  check_sandboxes(d);
  check_streams(d);
  check_scripts(d);
  check_data(d);
  check_resources(d);
  check_rank(d);
}

void settle_requirements(draft& d) {
  auto wanted = d.source.lookup("Requirements");
  if (wanted)
    check_condition(d, "Requirements", wanted);
  auto all = wanted;
  if (const auto& text = d.settings.default_requirements; !text.empty()) {
    auto site = classad::parse_expression(text);
    if (!site)
      d.refuse("Requirements", "has a default in the settings that does not read");
    else
      all = all ? classad::make_operation(classad::op::logical_and,
                                          {parenthesized(all), parenthesized(*site)}, all->at)
                : *site;
  } else if (!all) {
    d.refuse("Requirements", "is missing, and the settings have no default");
  }
  for (const auto& text : derived(d))
    all = classad::conjunction(all, *classad::parse_expression(text));
  auto rank = d.source.lookup("Rank");
  if (rank)
    check_condition(d, "Rank", rank);
  auto fallback
      = d.job.type == job_type::mpich ? d.settings.default_mpi_rank : d.settings.default_rank;
  if (!rank && fallback.empty()) {
    d.refuse("Rank", "is missing, and the settings have no default");
  } else if (!rank) {
    auto x = classad::parse_expression(fallback);
    if (x)
      d.source.insert("Rank", rank = *x);
    else
      d.refuse("Rank", "has a default in the settings that does not read");
  }
  if (all)
    d.source.insert("Requirements", all);
  d.job.requirements = all ? classad::print(all) : "";
  d.job.rank = rank ? classad::print(rank) : "";
}

} // namespace trellis::jdl
