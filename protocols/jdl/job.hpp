#pragma once
/// What a JDL says, checked and with defaults filled in, as plain data for the WMS and the CE.
///
/// `parse_job` reads one job, DAG, collection or parametric job. It gives either the description or
/// every problem found, each with its place and the attribute it is about. The rules follow the JDL
/// attributes guide of gLite 3.2 (EGEE-JRA1-TEC-590869); the resources of today (`Memory`, `Disk`,
/// `MaxWallTime`, `GPUNumber`, `GPUModel`, `ContainerImage`, `LeaseTime`, `Idempotent`) are ours.
///
/// Units: `Memory` and `Disk` are MiB for the whole job, or text with a unit ("4 GB", "512 MiB");
/// `MaxWallTime` is minutes, as GLUE publishes it, or text with a unit ("90 s", "2 h");
/// `LeaseTime` is seconds, or text with a unit.
#include "protocols/wire/inspect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trellis::jdl {

/// One thing wrong with a JDL. Line and column count from 1; 0 when there is no place, as for an
/// attribute that is missing.
struct jdl_problem {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string attribute;
  std::string text; // one sentence
};

TRELLIS_INSPECT(jdl_problem, line, column, attribute, text)

/// `line 3, column 7: RetryCount: must not be negative`.
std::string to_string(const jdl_problem& x);

/// What the reader of a JDL brings along: defaults of the site and bounds of the server.
struct jdl_settings {
  /// Joined to the user's Requirements; empty leaves a JDL without Requirements refused.
  std::string default_requirements = R"(other.GlueCEStateStatus == "Production")";
  std::string default_rank = "-other.GlueCEStateEstimatedResponseTime";
  std::string default_mpi_rank = "other.GlueCEStateFreeCPUs";
  /// The VO of the proxy; it wins over VirtualOrganisation in the JDL. Empty: the JDL's own, then
  /// `default_vo`.
  std::string proxy_vo;
  std::string default_vo;
  /// A JDL without any VO is refused when this is set.
  bool vo_required = false;
  std::int32_t default_retry_count = 3;
  std::int32_t default_shallow_retry_count = 3;
  std::int32_t max_retry_count = 10;
  std::int32_t max_shallow_retry_count = 10;
  std::int32_t max_input_sandbox_files = 10;  // 0: no limit
  std::int32_t max_output_sandbox_files = 10; // 0: no limit; more are dropped with a warning
  std::int64_t expiry_period_s = 86'400;
  std::int64_t now_s = 0; // seconds since the epoch; ExpiryTime defaults to now + period
  std::int64_t min_perusal_interval_s = 1'000;
  std::int64_t default_lease_s = 0; // 0: the WMS chooses
  std::int64_t default_wall_time_s = 0;
  /// Nodes of a collection, a DAG or a parametric job.
  std::uint32_t max_nodes = 10'000;
  std::size_t max_text_bytes = 16u << 20;
  /// What is valid JDL, but not served here: attributes with the reason, files that lie elsewhere
  /// (InputSandbox), and jobs of several nodes. Refused, so that nothing is left out in silence.
  std::vector<std::pair<std::string, std::string>> not_served;
  bool remote_input = true;
  bool compound = true;
};

enum class job_type : std::uint8_t { normal, mpich, interactive, parametric };

/// Registered in a catalogue after a run that ended with 0.
struct output_file {
  std::string file;
  std::string lfn;
  std::string storage_element;
};

TRELLIS_INSPECT(output_file, file, lfn, storage_element)

/// One job as the WMS and the CE need it. Paths and names are as the user wrote them.
struct job_description {
  std::string executable;
  std::string arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string std_input;
  std::string std_output;
  std::string std_error;
  std::vector<std::string> input_sandbox;
  std::string input_sandbox_base_uri;
  std::vector<std::string> input_sandbox_names; // the leaf name each entry gets on the node
  std::vector<std::string> output_sandbox;
  std::vector<std::string> output_sandbox_dest_uri;
  std::string output_sandbox_base_dest_uri;
  std::string prologue;
  std::string prologue_arguments;
  std::string epilogue;
  std::string epilogue_arguments;

  /// The final texts: the user's, the defaults' and what other attributes add. They refer to the
  /// attributes of `text` and to `other.`.
  std::string requirements;
  std::string rank;
  bool fuzzy_rank = false;
  std::vector<std::string> significant_attributes;
  std::string submit_to;
  std::string virtual_organisation;

  std::int32_t retry_count = 0;
  std::int32_t shallow_retry_count = 0; // -1: no token
  std::int64_t expiry_s = 0;            // epoch
  std::int64_t lease_s = 0;             // 0: the WMS chooses
  bool idempotent = false;
  bool short_deadline_job = false;

  job_type type = job_type::normal;
  std::int32_t cpus = 1;
  bool whole_nodes = false;
  std::int32_t smp_granularity = 0; // 0: not asked for
  std::int32_t host_number = 0;     // 0: not asked for
  std::int64_t memory_mib = 0;      // 0: not asked for
  std::int64_t disk_mib = 0;        // 0: not asked for
  std::int64_t wall_time_s = 0;     // 0: not asked for
  std::int32_t gpus = 0;
  std::string gpu_model;
  std::string container_image;

  std::vector<std::string> input_data;
  std::vector<std::string> data_access_protocol;
  std::string output_se;
  std::vector<output_file> output_data;
  std::string my_proxy_server;
  std::string hlr_location;
  bool perusal = false;
  std::int64_t perusal_interval_s = 0;
  bool allow_zipped_isb = false;
  std::string node_name;
  std::vector<std::pair<std::string, std::string>> user_tags; // values as ClassAd text

  /// The whole checked ad as JDL, with defaults filled in and reserved names taken out. This is
  /// what matchmaking compiles.
  std::string text;
};

TRELLIS_INSPECT(job_description, executable, arguments, environment, std_input, std_output,
                std_error, input_sandbox, input_sandbox_base_uri, input_sandbox_names,
                output_sandbox, output_sandbox_dest_uri, output_sandbox_base_dest_uri, prologue,
                prologue_arguments, epilogue, epilogue_arguments, requirements, rank, fuzzy_rank,
                significant_attributes, submit_to, virtual_organisation, retry_count,
                shallow_retry_count, expiry_s, lease_s, idempotent, short_deadline_job, type, cpus,
                whole_nodes, smp_granularity, host_number, memory_mib, disk_mib, wall_time_s, gpus,
                gpu_model, container_image, input_data, data_access_protocol, output_se,
                output_data, my_proxy_server, hlr_location, perusal, perusal_interval_s,
                allow_zipped_isb, node_name, user_tags, text)

enum class compound_type : std::uint8_t { job, parametric, collection, dag };

/// A node of a compound job, complete: what it inherits from its parent is in its description.
struct job_node {
  std::string name;
  job_description job;
};

TRELLIS_INSPECT(job_node, name, job)

/// What one JDL text asks for: a single job, or nodes with an order between them.
struct job_request {
  compound_type type = compound_type::job;
  job_description job;         // of a single job; of a compound one, what its parent carries
  std::vector<job_node> nodes; // empty for a single job
  /// Of a DAG: {parent, child} as indices into `nodes`, sorted, each once, without a cycle.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  bool nodes_collocation = false;
  bool move_to_ce = false;
  /// A parametric job's or collection's files, stored once; nodes refer to them by leaf name.
  std::vector<std::string> shared_input_sandbox;
};

TRELLIS_INSPECT(job_request, type, job, nodes, edges, nodes_collocation, move_to_ce,
                shared_input_sandbox)

/// What came of reading a JDL. With problems there is no request; warnings do not stand in the way.
struct parsed_job {
  std::optional<job_request> request;
  std::vector<jdl_problem> problems;
  std::vector<jdl_problem> warnings;

  explicit operator bool() const { return request.has_value(); }
};

/// Reads, checks and expands a JDL text. `File` attributes of DAG and collection nodes are refused
/// here unless `files` holds their text: the client inlines them, the server has no such files.
parsed_job parse_job(std::string_view text, const jdl_settings& settings = {},
                     const std::vector<std::pair<std::string, std::string>>& files = {});

} // namespace trellis::jdl
