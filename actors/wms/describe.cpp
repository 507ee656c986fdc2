#include "actors/wms/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::wms {

namespace {

template <class To>
To at_least_0(auto x) {
  return x > 0 ? static_cast<To>(x) : To{};
}

ce::resources resources_of(const jdl::job_description& x) {
  ce::resources out;
  out.cpus = std::max(1u, at_least_0<std::uint32_t>(x.cpus));
  out.memory_mib = at_least_0<std::uint64_t>(x.memory_mib);
  out.disk_mib = at_least_0<std::uint64_t>(x.disk_mib);
  out.wall_time = std::chrono::seconds{std::max<std::int64_t>(0, x.wall_time_s)};
  out.gpus = at_least_0<std::uint32_t>(x.gpus);
  out.gpu_model = x.gpu_model;
  out.container_image = x.container_image;
  return out;
}

ce::work work_of(const jdl::job_description& x) {
  ce::work out;
  out.executable = x.executable;
  out.arguments = x.arguments;
  out.std_input = x.std_input;
  out.std_output = x.std_output;
  out.std_error = x.std_error;
  for (const auto& [name, value] : x.environment)
    out.environment.push_back(name + '=' + value);
  out.output = x.output_sandbox;
  out.prologue = x.prologue;
  out.prologue_arguments = x.prologue_arguments;
  out.epilogue = x.epilogue;
  out.epilogue_arguments = x.epilogue_arguments;
  return out;
}

/// Valid JDL that would change what happens to the job, and that nobody here carries out.
std::vector<std::pair<std::string, std::string>> not_served() {
  return {
      {"InputSandboxBaseURI",
       "is not served: the files of InputSandbox come from your machine only"                },
      {"OutputSandboxDestURI",
       "is not served: fetch the output from the WMS, with `trellis job output`"             },
      {"OutputSandboxBaseDestURI",
       "is not served: fetch the output from the WMS, with `trellis job output`"             },
      {"PerusalFilesDestURI",
       "is not served: read a running job's output with `trellis job output`"                },
      {"OutputData",               "is not served: no file is registered in a catalogue here"},
  };
}

} // namespace

bool may_name_vo(const principal& who) {
  auto vouched_for = who.kind == principal_kind::x509 || who.kind == principal_kind::token;
  return !vouched_for || !who.vo.empty();
}

std::string group_of(const principal& who) {
  if (who.fqans.empty())
    return '/' + who.vo;
  const auto& primary = who.fqans.front();
  return primary.substr(0, primary.find("/Role="));
}

result<jdl::job_request> read_jdl(const wms_config& config, const principal& who,
                                  std::string_view text, ce::moment now,
                                  std::vector<std::string>& warnings) {
  auto settings = config.jdl;
  settings.not_served = not_served();
  settings.remote_input = false;
  settings.compound = false;
  settings.proxy_vo = who.vo;
  settings.now_s = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  auto parsed = jdl::parse_job(text, settings);
  for (const auto& x : parsed.warnings)
    warnings.push_back(jdl::to_string(x));
  if (!parsed) {
    std::string all;
    for (const auto& x : parsed.problems)
      all += (all.empty() ? "" : "\n") + jdl::to_string(x);
    return error{errc::usage, std::move(all)};
  }
  return std::move(*parsed.request);
}

result<job_terms> describe(const wms_config& config, const principal& who,
                           const jdl::job_description& x, ce::moment now) {
  job_terms out;
  out.who = who;
  out.vo = x.virtual_organisation.empty() ? who.vo : x.virtual_organisation;
  out.group = group_of(who);
  out.user = who.subject;
  out.retry_count = x.retry_count;
  out.max_retry_count = config.jdl.max_retry_count;
  out.shallow_retry_count = x.shallow_retry_count;
  out.max_shallow_retry_count = config.jdl.max_shallow_retry_count;
  out.accepted = now;
  out.expires = ce::moment{std::chrono::seconds{x.expiry_s}};
  auto lease = x.lease_s > 0 ? std::chrono::seconds{x.lease_s} : config.lease;
  out.lease = std::clamp(lease, config.min_lease, config.max_lease);
  out.idempotent = x.idempotent;
  out.fuzzy_rank = x.fuzzy_rank;
  out.jdl = x.text;
  out.requirements = fmt::format("({}) && {}", x.requirements, policy_requirements(who, out.vo));
  out.rank = x.rank;
  out.work = work_of(x);
  out.work.max_output_bytes = config.max_output_bytes;
  out.needs = resources_of(x);
  for (std::size_t i = 0; i < x.input_sandbox.size(); ++i) {
    const auto& entry = x.input_sandbox[i];
    auto leaf = i < x.input_sandbox_names.size() ? x.input_sandbox_names[i]
                                                 : entry.substr(entry.rfind('/') + 1);
    if (!is_leaf_name(leaf))
      return error{errc::usage, fmt::format("InputSandbox: '{}' names no file", entry)};
    out.upload.push_back(std::move(leaf));
  }
  return out;
}

match_request request_of(const job_terms& terms, const std::vector<host_name>& avoid) {
  return {terms.jdl, terms.requirements, terms.rank, avoid, terms.needs.cpus, terms.fuzzy_rank};
}

job_state first_state(const job_terms& terms, ce::moment now) {
  job_state out;
  out.token = terms.shallow_retry_count < 0 ? token_state::none : token_state::free;
  out.seqcode.raise(lb::counter::ns);
  out.since = now;
  return out;
}

} // namespace trellis::wms
