/// One job: its attributes by the table, then the rules over several of them, then the final
/// Requirements and Rank.
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/attributes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::jdl {
namespace {

using classad::value;

classad::expr_ptr literal(std::string s) { return classad::make_literal(value::of(std::move(s))); }

classad::expr_ptr literal(std::int64_t x) { return classad::make_literal(value::of(x)); }

/// What the system adds is not the user's to say.
void drop_reserved(draft& d) {
  for (const auto& [name, what] : std::vector{d.source.attributes()})
    if (is_reserved(name)) {
      d.warn(name, "is set by the system; the value given is discarded");
      d.source.erase(name);
    }
}

/// NodeNumber is the old name of CpuNumber.
void rename_node_number(draft& d) {
  auto old = d.source.lookup("NodeNumber");
  if (!old)
    return;
  if (auto now = d.source.lookup("CpuNumber")) {
    if (!classad::same(old, now))
      d.refuse("NodeNumber", "is the old name of CpuNumber, which has another value");
    return;
  }
  d.warn("NodeNumber", "is deprecated: use CpuNumber");
  d.source.insert("CpuNumber", old);
}

void fill_defaults(draft& d) {
  for (const auto& row : attributes())
    if (!row.fallback.empty() && !d.has(row.name))
      d.source.insert(row.name, *classad::parse_expression(row.fallback));
  const auto& s = d.settings;
  auto put = [&](std::string_view name, std::int64_t x, bool wanted = true) {
    if (wanted && !d.has(name))
      d.source.insert(name, literal(x));
  };
  put("RetryCount", s.default_retry_count);
  put("ShallowRetryCount", s.default_shallow_retry_count);
  put("ExpiryTime", s.now_s + s.expiry_period_s);
  put("LeaseTime", s.default_lease_s, s.default_lease_s > 0);
  put("MaxWallTime", s.default_wall_time_s / 60, s.default_wall_time_s >= 60);
  if (!s.proxy_vo.empty())
    d.source.insert("VirtualOrganisation", literal(s.proxy_vo));
  else if (!d.has("VirtualOrganisation") && !s.default_vo.empty())
    d.source.insert("VirtualOrganisation", literal(s.default_vo));
}

/// A count above what the server allows is lowered to it.
void cap(draft& d, std::string_view name, std::int32_t& count, std::int32_t most) {
  if (count <= most)
    return;
  d.warn(name, fmt::format("is lowered from {} to the server's limit {}", count, most));
  count = most;
  d.source.insert(name, literal(std::int64_t{most}));
}

void apply_limits(draft& d) {
  auto& j = d.job;
  cap(d, "RetryCount", j.retry_count, d.settings.max_retry_count);
  cap(d, "ShallowRetryCount", j.shallow_retry_count, d.settings.max_shallow_retry_count);
  if (j.perusal && j.perusal_interval_s < d.settings.min_perusal_interval_s) {
    j.perusal_interval_s = d.settings.min_perusal_interval_s;
    d.source.insert("PerusalTimeInterval", literal(j.perusal_interval_s));
  }
  auto most = d.settings.max_output_sandbox_files;
  if (most > 0 && j.output_sandbox.size() > static_cast<std::size_t>(most)) {
    d.warn("OutputSandbox", fmt::format("names {} files; those after the first {} are dropped",
                                        j.output_sandbox.size(), most));
    j.output_sandbox.resize(static_cast<std::size_t>(most));
  }
  if (j.gpus == 0 && !j.gpu_model.empty() && !d.has("GPUNumber"))
    j.gpus = 1;
}

void name_sandbox_files(draft& d) {
  auto& j = d.job;
  if (j.input_sandbox_names.empty())
    for (const auto& file : j.input_sandbox)
      j.input_sandbox_names.emplace_back(leaf(file));
}

void refuse_not_served(draft& d) {
  for (const auto& [name, why] : d.settings.not_served)
    if (d.has(name))
      d.refuse(name, why);
  if (d.settings.remote_input)
    return;
  for (const auto& file : d.job.input_sandbox)
    if (file.find("://") != file.npos && !file.starts_with("file://"))
      d.refuse("InputSandbox",
               fmt::format("'{}' is not on your machine; files come from there only", file));
}

} // namespace

void read_job(draft& d) {
  drop_reserved(d);
  rename_node_number(d);
  fill_defaults(d);
  if (!d.has("Executable"))
    d.refuse("Executable", "is missing: a job must say what to run");
  auto before = d.problems.size();
  for (const auto& row : attributes()) {
    if (!d.has(row.name))
      continue;
    auto x = read_attribute(d, row);
    if (x && row.store)
      row.store(d.job, *x);
  }
  // Rules over values that could not be read would only repeat what was said.
  if (d.problems.size() == before)
    check_together(d);
  refuse_not_served(d);
  settle_requirements(d);
  apply_limits(d);
  name_sandbox_files(d);
  d.job.text = classad::print(d.source);
}

} // namespace trellis::jdl
