/// The table of JDL attributes (JDL attributes guide, gLite 3.2) and the checks its rows name.
#include "protocols/jdl/attributes.hpp"

#include "protocols/base/quantity.hpp"
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/names/ce_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace trellis::jdl {
namespace {

using classad::fold_case;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

bool one_of(std::string_view x, std::initializer_list<std::string_view> words) {
  auto folded = fold_case(x);
  return std::find(words.begin(), words.end(), folded) != words.end();
}

std::string is_type(const given& x, const draft&) {
  return one_of(x.text, {"job", "dag", "collection"})
             ? ""
             : fmt::format("must be Job, DAG or Collection, not '{}'", x.text);
}

std::string is_job_type(const given& x, const draft&) {
  for (const auto& t : x.texts) {
    if (one_of(t, {"checkpointable", "partitionable"}))
      return fmt::format("'{}' is no longer supported", t);
    if (!one_of(t, {"normal", "mpich", "interactive", "parametric"}))
      return fmt::format("must be Normal, MPICH, Interactive or Parametric, not '{}'", t);
  }
  return "";
}

std::string is_uri(const given& x, const draft&) {
  auto colon = x.text.find("://");
  bool good = colon != x.text.npos && colon > 0 && colon + 3 < x.text.size();
  return good ? "" : fmt::format("must look like protocol://place, not '{}'", x.text);
}

std::string are_assignments(const given& x, const draft&) {
  for (const auto& t : x.texts)
    if (t.find('=') == t.npos || t.front() == '=')
      return fmt::format("element '{}' must look like NAME=value", t);
  return "";
}

std::string are_logical_files(const given& x, const draft&) {
  for (const auto& t : x.texts) {
    auto f = fold_case(t);
    bool known = f.starts_with("lfn:") || f.starts_with("guid:") || f.starts_with("si-lfn:")
                 || f.starts_with("si-guid:") || f.starts_with("lds:") || f.starts_with("query:");
    if (!known)
      return fmt::format("element '{}' must start with lfn:, guid:, si-lfn: or si-guid:", t);
  }
  return "";
}

std::string is_ce(const given& x, const draft&) {
  return ce_id::parse(x.text) ? ""
                              : fmt::format("must be a CE such as host:port/jobmanager-lrms-queue, "
                                            "not '{}'",
                                            x.text);
}

std::string is_program(const given& x, const draft& d) { return check_file_name(d, x.text); }

std::string is_output_name(const given& x, const draft&) {
  return x.text.starts_with("..") ? "must not lead out of the job's directory" : "";
}

std::string have_different_leaves(const given& x, const draft&) {
  for (auto a = x.texts.begin(); a != x.texts.end(); ++a)
    for (auto b = a + 1; b != x.texts.end(); ++b)
      if (leaf(*a) == leaf(*b))
        return fmt::format("names two files '{}': '{}' and '{}'", leaf(*a), *a, *b);
  return "";
}

std::string is_input_sandbox(const given& x, const draft& d) {
  auto most = d.settings.max_input_sandbox_files;
  if (most > 0 && x.texts.size() > static_cast<std::size_t>(most))
    return fmt::format("has {} files; at most {} are taken", x.texts.size(), most);
  return have_different_leaves(x, d);
}

std::string are_data_requirements(const given& x, const draft&) {
  for (const auto& one : x.ads) {
    auto data = classad::evaluate_attribute(one, "InputData");
    if (!data.string() && !data.list())
      return "has an element without InputData";
    auto type = classad::evaluate_attribute(one, "DataCatalogType");
    if (!type.string() || !one_of(*type.string(), {"dli", "si", "rls"}))
      return "has an element whose DataCatalogType is not DLI, SI or RLS";
  }
  return "";
}

std::string are_output_data(const given& x, const draft&) {
  for (const auto& one : x.ads) {
    if (!classad::evaluate_attribute(one, "OutputFile").string())
      return "has an element without OutputFile";
    auto lfn = classad::evaluate_attribute(one, "LogicalFileName");
    if (!lfn.is_undefined() && (!lfn.string() || !lfn.string()->starts_with("lfn:")))
      return "has an element whose LogicalFileName does not start with lfn:";
  }
  return "";
}

using job = job_description;

std::int32_t narrow(std::int64_t x) { return static_cast<std::int32_t>(x); }

void set_environment(job& j, const given& x) {
  for (const auto& t : x.texts) {
    auto equals = t.find('=');
    j.environment.emplace_back(t.substr(0, equals), t.substr(equals + 1));
  }
}

void set_type(job& j, const given& x) {
  for (const auto& t : x.texts) {
    auto f = fold_case(t);
    if (f == "mpich")
      j.type = job_type::mpich;
    else if (f == "interactive" && j.type == job_type::normal)
      j.type = job_type::interactive;
  }
}

void set_output_data(job& j, const given& x) {
  auto text = [](const classad::ad& one, std::string_view name) {
    auto v = classad::evaluate_attribute(one, name);
    return v.string() ? *v.string() : std::string{};
  };
  for (const auto& one : x.ads)
    j.output_data.push_back(
        {text(one, "OutputFile"), text(one, "LogicalFileName"), text(one, "StorageElement")});
}

void set_tags(job& j, const given& x) {
  for (const auto& one : x.ads)
    for (const auto& [name, what] : one.attributes())
      j.user_tags.emplace_back(name, classad::print(*what));
}

// Where a value goes, by the member's name.
#define TEXT(member) [](job& j, const given& x) { j.member = x.text; }
#define TEXTS(member) [](job& j, const given& x) { j.member = x.texts; }
#define NUMBER(member) [](job& j, const given& x) { j.member = x.number; }
#define COUNT(member) [](job& j, const given& x) { j.member = narrow(x.number); }
#define FLAG(member) [](job& j, const given& x) { j.member = x.flag; }

using enum form;

constexpr bounds unbounded{0, 0}, natural{0, int_max}, positive{1, int_max};
constexpr bounds natural_64{0, highest}, positive_64{1, highest}, any_64{lowest, highest};
constexpr bounds minus_one_up{-1, int_max}, port{1, 65'535};

// clang-format off
const attribute_row rows[] = {
    // name                      type        goes to, check, limits, default
    {"Type",                     text,       nullptr, is_type, unbounded, "\"job\""},
    {"JobType",                  texts,      set_type, is_job_type, unbounded, "\"normal\""},
    {"Executable",               text,       TEXT(executable), is_program},
    {"Arguments",                text,       TEXT(arguments)},
    {"StdInput",                 text,       TEXT(std_input), is_program},
    {"StdOutput",                text,       TEXT(std_output), is_output_name},
    {"StdError",                 text,       TEXT(std_error), is_output_name},
    {"InputSandbox",             texts,      TEXTS(input_sandbox), is_input_sandbox},
    {"InputSandboxBaseURI",      text,       TEXT(input_sandbox_base_uri), is_uri},
    {"InputSandboxDestFileName", texts,      TEXTS(input_sandbox_names), have_different_leaves},
    {"OutputSandbox",            texts,      TEXTS(output_sandbox), have_different_leaves},
    {"OutputSandboxDestURI",     texts,      TEXTS(output_sandbox_dest_uri)},
    {"OutputSandboxBaseDestURI", text,       TEXT(output_sandbox_base_dest_uri), is_uri},
    {"Environment",              texts,      set_environment, are_assignments},
    {"Requirements",             expression},
    {"Rank",                     expression},
    {"FuzzyRank",                flag,       FLAG(fuzzy_rank), nullptr, unbounded, "false"},
    {"SignificantAttributes",    texts,      TEXTS(significant_attributes)},
    {"RetryCount",               whole,      COUNT(retry_count), nullptr, natural},
    {"ShallowRetryCount",        whole,      COUNT(shallow_retry_count), nullptr, minus_one_up},
    {"ExpiryTime",               whole,      NUMBER(expiry_s), nullptr, natural_64},
    {"LeaseTime",                seconds,    NUMBER(lease_s), nullptr, positive_64},
    {"Idempotent",               flag,       FLAG(idempotent), nullptr, unbounded, "false"},
    {"ShortDeadlineJob",         flag,       FLAG(short_deadline_job), nullptr, unbounded, "false"},
    {"SubmitTo",                 text,       TEXT(submit_to), is_ce},
    {"VirtualOrganisation",      text,       TEXT(virtual_organisation)},
    // what the job needs
    {"CpuNumber",                whole,      COUNT(cpus), nullptr, positive, "1"},
    {"NodeNumber",               whole,      nullptr, nullptr, positive},
    {"WholeNodes",               flag,       FLAG(whole_nodes), nullptr, unbounded, "false"},
    {"SMPGranularity",           whole,      COUNT(smp_granularity), nullptr, positive},
    {"HostNumber",               whole,      COUNT(host_number), nullptr, positive},
    {"Memory",                   mebibytes,  NUMBER(memory_mib), nullptr, positive_64},
    {"Disk",                     mebibytes,  NUMBER(disk_mib), nullptr, positive_64},
    {"MaxWallTime",              minutes,    NUMBER(wall_time_s), nullptr, positive_64},
    {"GPUNumber",                whole,      COUNT(gpus), nullptr, natural},
    {"GPUModel",                 text,       TEXT(gpu_model)},
    {"ContainerImage",           text,       TEXT(container_image)},
    // data
    {"InputData",                texts,      TEXTS(input_data), are_logical_files},
    {"DataRequirements",         ads,        nullptr, are_data_requirements},
    {"DataAccessProtocol",       texts,      TEXTS(data_access_protocol)},
    {"DataCatalog",              text},
    {"StorageIndex",             text},
    {"OutputSE",                 text,       TEXT(output_se)},
    {"OutputData",               ads,        set_output_data, are_output_data},
    // before, after and beside the run
    {"Prologue",                 text,       TEXT(prologue), is_program},
    {"PrologueArguments",        text,       TEXT(prologue_arguments)},
    {"Epilogue",                 text,       TEXT(epilogue), is_program},
    {"EpilogueArguments",        text,       TEXT(epilogue_arguments)},
    {"PerusalFileEnable",        flag,       FLAG(perusal), nullptr, unbounded, "false"},
    {"PerusalTimeInterval",      whole,      NUMBER(perusal_interval_s), nullptr, natural_64},
    {"PerusalFilesDestURI",      text,       nullptr, is_uri},
    {"AllowZippedISB",           flag,       FLAG(allow_zipped_isb), nullptr, unbounded, "false"},
    {"UserTags",                 one_ad,     set_tags},
    {"NodeName",                 text,       TEXT(node_name)},
    {"ListenerPort",             whole,      nullptr, nullptr, port},
    {"ListenerHost",             text},
    {"ListenerPipeName",         text},
    // services
    {"HLRLocation",              text,       TEXT(hlr_location)},
    {"MyProxyServer",            text,       TEXT(my_proxy_server)},
    {"JobProvenance",            text},
    {"LBAddress",                text},
    {"EnableWmsFeedback",        flag},
    {"FullListMatchResult",      flag},
    {"ReplicaCatalog",           text},
    {"UserContact",              texts},
    // compound jobs
    {"MoveToCE",                 flag},
    {"NodesCollocation",         flag},
    {"PartitionNumber",          whole,      nullptr, nullptr, any_64},
    // historical: read and passed on
    {"NotificationType",         any},
    {"CurrentStep",              any},
    {"JobSteps",                 any},
    {"JobState",                 any},
    {"StepWeight",               any},
    {"Prejob",                   any},
    {"Postjob",                  any},
};
// clang-format on

#undef TEXT
#undef TEXTS
#undef NUMBER
#undef COUNT
#undef FLAG

constexpr std::string_view reserved[] = {
    "edg_jobid",
    "lb_sequence_code",
    "x509userproxy",
    "certificatesubject",
    "voms_fqan",
    "wmpinputsandboxbaseuri",
    "inputsandboxpath",
    "outputsandboxpath",
    "edg_previous_matches",
    "ce_id",
    "globusresourcecontactstring",
    "queuename",
    "lrms_type",
    "ceinfohostname",
    "edg_dagid",
    "defaultrank",
};

} // namespace

std::span<const attribute_row> attributes() { return rows; }

const attribute_row* find_attribute(std::string_view name) {
  for (const auto& row : rows)
    if (classad::equal_ignoring_case(row.name, name))
      return &row;
  return nullptr;
}

bool is_reserved(std::string_view name) {
  auto folded = fold_case(name);
  return std::find(std::begin(reserved), std::end(reserved), folded) != std::end(reserved);
}

std::string_view leaf(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string check_file_name(const draft& d, std::string_view path) {
  if (path.empty())
    return "must not be empty";
  if (path.starts_with('$'))
    return "";
  if (auto i = path.find_first_of("*{}[]?"); i != path.npos)
    return fmt::format("must not hold the wildcard '{}'", path[i]);
  if (path.starts_with('/') || d.parametric)
    return "";
  if (path.find('/') != path.npos)
    return fmt::format("must be an absolute path or the name of an InputSandbox file, not '{}'",
                       path);
  auto sandbox = classad::evaluate_items(classad::evaluate_attribute(d.source, "InputSandbox"));
  auto names
      = classad::evaluate_items(classad::evaluate_attribute(d.source, "InputSandboxDestFileName"));
  for (const auto* v : {&sandbox, &names}) {
    if (v->string() && leaf(*v->string()) == path)
      return "";
    if (v->list())
      for (const auto& item : v->list()->items)
        if (item->literal.string() && leaf(*item->literal.string()) == path)
          return "";
  }
  return fmt::format("'{}' is not among the InputSandbox files", path);
}

} // namespace trellis::jdl
