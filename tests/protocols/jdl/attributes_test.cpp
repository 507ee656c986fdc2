/// The JDL table: what is read, filled in, joined and refused. It would catch a row with the wrong
/// type, a check that no longer refuses, an error without its attribute or place, and a default
/// that changed.
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/attributes.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace trellis::jdl {
namespace {

jdl_settings settings() {
  jdl_settings s;
  s.now_s = 1'132'000'000;
  return s;
}

parsed_job with_program(const std::string& rest, const jdl_settings& s = settings()) {
  return parse_job("[ Executable = \"/bin/true\"; " + rest + " ]", s);
}

std::string all(const std::vector<jdl_problem>& problems) {
  std::string out;
  for (const auto& p : problems)
    out += to_string(p) + "\n";
  return out;
}

bool names(const std::vector<jdl_problem>& problems, std::string_view attribute) {
  return std::any_of(problems.begin(), problems.end(),
                     [&](const auto& p) { return p.attribute == attribute; });
}

struct refusal {
  const char* jdl; // beside Executable = "/bin/true"
  const char* attribute;
};

/// What stands beside a good Executable, and the attribute that must be named.
// clang-format off
const refusal refusals[] = {
    {R"(Type = "Batch")", "Type"},
    {R"(Type = 5)", "Type"},
    {R"(JobType = "Checkpointable")", "JobType"},
    {R"(JobType = "Partitionable")", "JobType"},
    {R"(JobType = "Fast")", "JobType"},
    {R"(JobType = { "Parametric", "Partitionable" })", "JobType"},
    {R"(StdInput = "in")", "StdInput"},
    {R"(StdInput = "a/in"; InputSandbox = "a/in")", "StdInput"},
    {R"(StdOutput = "../out")", "StdOutput"},
    {R"(StdError = "..")", "StdError"},
    {R"(StdOutput = "a/log"; StdError = "b/log")", "StdError"},
    {R"(InputSandbox = { "/a/x", "/b/x" })", "InputSandbox"},
    {R"(InputSandbox = { "1","2","3","4","5","6","7","8","9","10","11" })", "InputSandbox"},
    {R"(InputSandbox = { 1 })", "InputSandbox"},
    {R"(InputSandboxBaseURI = "/tmp")", "InputSandboxBaseURI"},
    {R"(InputSandbox = { "/a/x" };)"
     R"( InputSandboxDestFileName = { "p", "q" })", "InputSandboxDestFileName"},
    {R"(OutputSandbox = { "a/x", "b/x" })", "OutputSandbox"},
    {R"(OutputSandbox = "a";)"
     R"( OutputSandboxDestURI = { "gsiftp://h/a", "gsiftp://h/b" })", "OutputSandboxDestURI"},
    {R"(OutputSandbox = "*.log"; OutputSandboxDestURI = "gsiftp://h/a")", "OutputSandboxDestURI"},
    {R"(OutputSandbox = "a"; OutputSandboxDestURI = "gsiftp://h/a";)"
     R"( OutputSandboxBaseDestURI = "gsiftp://h")", "OutputSandboxDestURI"},
    {R"(Environment = "A")", "Environment"},
    {R"(Environment = { "A=1", "=2" })", "Environment"},
    {R"(Environment = [ A = 1 ])", "Environment"},
    {R"(Requirements = "other.x")", "Requirements"},
    {R"(Requirements = Requirements)", "Requirements"},
    {R"(Rank = { 1 })", "Rank"},
    {R"(FuzzyRank = 1)", "FuzzyRank"},
    {R"(RetryCount = -1)", "RetryCount"},
    {R"(RetryCount = "3")", "RetryCount"},
    {R"(RetryCount = { 3 })", "RetryCount"},
    {R"(ShallowRetryCount = -2)", "ShallowRetryCount"},
    {R"(InputData = "file:/x"; DataAccessProtocol = "gsiftp")", "InputData"},
    {R"(InputData = "lfn:/x")", "InputData"},
    {R"(InputData = "lfn:/x"; DataAccessProtocol = "gsiftp";)"
     R"( DataRequirements = { [ InputData = { "lfn:/x" }; DataCatalogType = "SI" ] })",
     "InputData"},
    {R"(DataAccessProtocol = "gsiftp";)"
     R"( DataRequirements = { [ DataCatalogType = "SI" ] })", "DataRequirements"},
    {R"(DataAccessProtocol = "gsiftp";)"
     R"( DataRequirements = [ InputData = "lfn:/x" ])", "DataRequirements"},
    {R"(DataAccessProtocol = "gsiftp"; DataRequirements = [ InputData = "lfn:/x";)"
     R"( DataCatalogType = "LFC" ])", "DataRequirements"},
    {R"(DataRequirements = [ InputData = "lfn:/x"; DataCatalogType = "DLI" ])", "DataRequirements"},
    {R"(OutputData = [ LogicalFileName = "lfn:/x" ])", "OutputData"},
    {R"(OutputData = [ OutputFile = "o"; LogicalFileName = "/x" ])", "OutputData"},
    {R"(OutputData = "o")", "OutputData"},
    {R"(CpuNumber = 0)", "CpuNumber"},
    {R"(CpuNumber = 2.5)", "CpuNumber"},
    {R"(NodeNumber = 0)", "NodeNumber"},
    {R"(NodeNumber = 2; CpuNumber = 3)", "NodeNumber"},
    {R"(SMPGranularity = 2; HostNumber = 2)", "SMPGranularity"},
    {R"(HostNumber = 0)", "HostNumber"},
    {R"(Memory = 0)", "Memory"},
    {R"(Memory = "lots")", "Memory"},
    {R"(Disk = -5)", "Disk"},
    {R"(MaxWallTime = "2 weeks")", "MaxWallTime"},
    {R"(GPUNumber = -1)", "GPUNumber"},
    {R"(GPUNumber = 0; GPUModel = "A100")", "GPUModel"},
    {R"(ContainerImage = 1)", "ContainerImage"},
    {R"(LeaseTime = 0)", "LeaseTime"},
    {R"(Idempotent = "yes")", "Idempotent"},
    {R"(Prologue = "p.sh")", "Prologue"},
    {R"(PrologueArguments = "a")", "PrologueArguments"},
    {R"(EpilogueArguments = "a")", "EpilogueArguments"},
    {R"(Epilogue = "dir/e.sh")", "Epilogue"},
    {R"(UserTags = { 1 })", "UserTags"},
    {R"(SubmitTo = "ce1")", "SubmitTo"},
    {R"(ListenerPort = 5000)", "ListenerPort"},
    {R"(ListenerHost = "ui")", "ListenerHost"},
    {R"(JobType = "Interactive"; ListenerPort = 70000)", "ListenerPort"},
    {R"(Rank = other.DataAccessCost)", "Rank"},
    {R"(Rank = other.DataAccessCost + other.x; InputData = "lfn:/x";)"
     R"( DataAccessProtocol = "gsiftp")", "Rank"},
    {R"(ExpiryTime = -1)", "ExpiryTime"},
    {R"(VirtualOrganisation = 1)", "VirtualOrganisation"},
    {R"(Arguments = missing)", "Arguments"},
};
// clang-format on

} // namespace

BOOST_AUTO_TEST_CASE(a_hello_job_gets_its_defaults) {
  auto x = with_program("Arguments = \"-f\"; StdOutput = \"out\"; StdError = \"out\"");
  BOOST_REQUIRE_MESSAGE(bool(x), all(x.problems));
  BOOST_TEST(x.warnings.empty());
  const auto& j = x.request->job;
  BOOST_TEST(j.executable == "/bin/true");
  BOOST_TEST(j.arguments == "-f");
  BOOST_TEST(j.std_output == "out");
  BOOST_TEST(j.retry_count == 3);
  BOOST_TEST(j.shallow_retry_count == 3);
  BOOST_TEST(j.expiry_s == 1'132'086'400);
  BOOST_TEST(j.cpus == 1);
  BOOST_TEST(!j.fuzzy_rank);
  BOOST_TEST(!j.idempotent);
  BOOST_TEST(j.lease_s == 0);
  BOOST_TEST(j.requirements == "other.GlueCEStateStatus == \"Production\"");
  BOOST_TEST(j.rank == " -other.GlueCEStateEstimatedResponseTime");
  // The text is JDL again, complete.
  auto again = parse_job(j.text, settings());
  BOOST_REQUIRE(bool(again));
  auto ad = classad::parse_ad(j.text);
  BOOST_REQUIRE(bool(ad));
  BOOST_TEST(classad::print(ad->lookup("requirements")) == j.requirements);
  BOOST_TEST(classad::print(ad->lookup("retrycount")) == "3");
}

BOOST_AUTO_TEST_CASE(every_field_is_read) {
  auto s = settings();
  s.max_retry_count = 20;
  auto x = with_program(R"(
    Environment = { "A=1", "B=x=y" }; InputSandbox = { "in.dat", "/home/a/run.sh" };
    OutputSandbox = { "out", "log" }; OutputSandboxDestURI = { "gsiftp://h/a", "gsiftp://h/b" };
    InputSandboxBaseURI = "gsiftp://h/base"; StdInput = "in.dat"; RetryCount = 12;
    ShallowRetryCount = -1; ExpiryTime = 1132000500; FuzzyRank = true; CpuNumber = 4;
    Memory = "4 GiB"; Disk = 100; MaxWallTime = "90 min"; GPUNumber = 2; GPUModel = "A100";
    ContainerImage = "docker://debian:12"; LeaseTime = "10 min"; Idempotent = true;
    VirtualOrganisation = "biomed"; SubmitTo = "ce1.example:2119/jobmanager-pbs-long";
    InputData = "lfn:/grid/a"; DataAccessProtocol = { "gsiftp", "https" };
    OutputSE = "se1.example"; OutputData = [ OutputFile = "o"; LogicalFileName = "lfn:/o" ];
    Prologue = "run.sh"; PrologueArguments = "a"; Epilogue = "/bin/e"; EpilogueArguments = "b";
    PerusalFileEnable = true; PerusalTimeInterval = 5; AllowZippedISB = true;
    MyProxyServer = "px"; HLRLocation = "hlr"; UserTags = [ run = 7; who = "me" ];
    SignificantAttributes = { "Owner" }; NodeName = "n"; ShortDeadlineJob = true; WholeNodes = true;
    SMPGranularity = 2; HostNumber = 2; Rank = other.x; Requirements = other.y > 1; Mine = 5)",
                        s);
  BOOST_REQUIRE_MESSAGE(bool(x), all(x.problems));
  const auto& j = x.request->job;
  BOOST_TEST(j.environment[1].first == "B");
  BOOST_TEST(j.environment[1].second == "x=y");
  BOOST_TEST((j.input_sandbox_names == std::vector<std::string>{"in.dat", "run.sh"}));
  BOOST_TEST(j.output_sandbox_dest_uri.size() == 2u);
  BOOST_TEST(j.retry_count == 12);
  BOOST_TEST(j.shallow_retry_count == -1);
  BOOST_TEST(j.expiry_s == 1'132'000'500);
  BOOST_TEST(j.memory_mib == 4'096);
  BOOST_TEST(j.disk_mib == 100);
  BOOST_TEST(j.wall_time_s == 5'400);
  BOOST_TEST(j.gpus == 2);
  BOOST_TEST(j.gpu_model == "A100");
  BOOST_TEST(j.container_image == "docker://debian:12");
  BOOST_TEST(j.lease_s == 600);
  BOOST_TEST(j.idempotent);
  BOOST_TEST(j.output_data[0].lfn == "lfn:/o");
  BOOST_TEST(j.prologue == "run.sh");
  BOOST_TEST(j.epilogue_arguments == "b");
  BOOST_TEST(j.perusal_interval_s == 1'000); // raised to the server's minimum
  BOOST_TEST(j.user_tags[0].second == "7");
  BOOST_TEST(j.user_tags[1].second == "\"me\"");
  BOOST_TEST(j.submit_to == "ce1.example:2119/jobmanager-pbs-long");
  BOOST_TEST(j.input_sandbox_base_uri == "gsiftp://h/base");
  BOOST_TEST(j.significant_attributes[0] == "Owner");
  BOOST_TEST(j.data_access_protocol.size() == 2u);
  BOOST_TEST(j.rank == "other.x");
}

BOOST_AUTO_TEST_CASE(what_the_table_rejects) {
  for (const auto& row : refusals) {
    auto x = with_program(row.jdl);
    BOOST_CHECK_MESSAGE(!x, row.jdl << " is taken");
    BOOST_CHECK_MESSAGE(names(x.problems, row.attribute), row.jdl << " gives no problem of "
                                                                  << row.attribute << " but\n"
                                                                  << all(x.problems));
  }
}

BOOST_AUTO_TEST_CASE(executables) {
  auto refused = [](const std::string& jdl) {
    auto x = parse_job(jdl, settings());
    return !x && names(x.problems, "Executable");
  };
  BOOST_TEST(refused("[ Arguments = \"x\" ]"));
  BOOST_TEST(refused("[ Executable = \"run.sh\" ]"));
  BOOST_TEST(refused("[ Executable = \"bin/run.sh\"; InputSandbox = { \"bin/run.sh\" } ]"));
  BOOST_TEST(refused("[ Executable = \"/bin/*\" ]"));
  BOOST_TEST(refused("[ Executable = \"\" ]"));
  for (auto c : {"*", "{", "}", "[", "]", "?"})
    BOOST_TEST(refused("[ Executable = \"/a" + std::string{c} + "\" ]"));
  for (auto good : {"[ Executable = \"/bin/true\" ]", "[ Executable = \"$HOME/run\" ]",
                    "[ Executable = \"run.sh\"; InputSandbox = \"/home/me/run.sh\" ]",
                    "[ Executable = \"run\"; InputSandbox = { \"gsiftp://h/d/run\" } ]",
                    "[ Executable = \"new\"; InputSandbox = \"/a/old\";"
                    " InputSandboxDestFileName = \"new\" ]",
                    "Executable = \"/bin/true\";", "# hello\nExecutable = \"/bin/true\""})
    BOOST_CHECK_MESSAGE(bool(parse_job(good, settings())), good);
}

BOOST_AUTO_TEST_CASE(all_problems_come_at_once_with_their_places) {
  auto x = parse_job("[\n  Executable = \"a*\";\n  RetryCount = -2;\n  Rank = \"x\";\n"
                     "  Environment = { \"A\" };\n]",
                     settings());
  BOOST_REQUIRE(x.problems.size() == 4u);
  BOOST_TEST(to_string(x.problems[0])
             == "line 2, column 16: Executable: must not hold the wildcard '*'");
  BOOST_TEST(to_string(x.problems[1]) == "line 3, column 16: RetryCount: must not be negative");
  BOOST_TEST(x.problems[2].attribute == "Rank");
  BOOST_TEST(x.problems[3].line == 5u);
  auto broken = parse_job("[ Executable = ; ]", settings());
  BOOST_REQUIRE(broken.problems.size() == 1u);
  BOOST_TEST(broken.problems[0].line == 1u);
  BOOST_TEST(broken.problems[0].column == 16u);
}

BOOST_AUTO_TEST_CASE(requirements_are_joined) {
  // clang-format off
  const std::pair<const char*, const char*> rows[] = {
      {"Requirements = other.x > 1 || other.y",
       "(other.x > 1 || other.y) && (other.GlueCEStateStatus == \"Production\")"},
      {"CpuNumber = 4",
       "other.GlueCEStateStatus == \"Production\" && other.GlueCEInfoTotalCPUs >= 4"},
      {"NodeNumber = 4",
       "other.GlueCEStateStatus == \"Production\" && other.GlueCEInfoTotalCPUs >= 4"},
      {"SMPGranularity = 8",
       "other.GlueCEStateStatus == \"Production\" && other.GlueHostArchitectureSMPSize >= 8"},
      {"HostNumber = 3; CpuNumber = 8",
       "other.GlueCEStateStatus == \"Production\" && other.GlueCEInfoTotalCPUs >= 8"
       " && other.GlueHostArchitectureSMPSize >= 3"},
      {"OutputSE = \"se1\"",                    "other.GlueCEStateStatus == \"Production\""
                             " && member(\"se1\",other.GlueCESEBindGroupSEUniqueID)"},
      {"JobType = \"Interactive\"",
       "other.GlueCEStateStatus == \"Production\" && other.GlueHostNetworkAdapterOutboundIP"},
      {"Memory = 2000",
       "other.GlueCEStateStatus == \"Production\" && (other.GlueHostMainMemoryRAMSize is undefined"
       " || other.GlueHostMainMemoryRAMSize >= 2000)"},
      {"GPUModel = \"A100\"",
       "other.GlueCEStateStatus == \"Production\" && other.GlueHostGPUNumber >= 1"
       " && other.GlueHostGPUModel == \"A100\""},
  };
  // clang-format on
  for (auto [jdl, wanted] : rows) {
    auto x = with_program(jdl);
    BOOST_REQUIRE_MESSAGE(bool(x), all(x.problems));
    BOOST_TEST(x.request->job.requirements == wanted);
  }
  auto walled = with_program("MaxWallTime = 90");
  auto job = *classad::parse_ad(walled.request->job.text);
  auto match
      = [&](const char* ce) { return classad::left_matches_right(*classad::parse_ad(ce), job); };
  BOOST_TEST(match("[ GlueCEStateStatus = \"production\" ]"));
  BOOST_TEST(match("[ GlueCEStateStatus = \"Production\"; GlueCEPolicyMaxWallClockTime = 90 ]"));
  BOOST_TEST(match("[ GlueCEStateStatus = \"Production\"; GlueCEPolicyMaxWallClockTime = 0 ]"));
  BOOST_TEST(!match("[ GlueCEStateStatus = \"Production\"; GlueCEPolicyMaxWallClockTime = 60 ]"));
}

BOOST_AUTO_TEST_CASE(defaults_come_from_the_settings) {
  auto s = settings();
  s.default_requirements = "";
  auto x = with_program("", s);
  BOOST_TEST(names(x.problems, "Requirements"));
  BOOST_TEST(bool(with_program("Requirements = true", s)));
  s = settings();
  s.default_rank = "";
  BOOST_TEST(names(with_program("", s).problems, "Rank"));
  BOOST_TEST(bool(with_program("Rank = 1", s)));
  s = settings();
  BOOST_TEST(with_program("JobType = \"MPICH\"; CpuNumber = 2", s).request->job.rank
             == "other.GlueCEStateFreeCPUs");
  s.vo_required = true;
  BOOST_TEST(names(with_program("", s).problems, "VirtualOrganisation"));
  s.default_vo = "atlas";
  BOOST_TEST(with_program("", s).request->job.virtual_organisation == "atlas");
  BOOST_TEST(with_program("VirtualOrganisation = \"cms\"", s).request->job.virtual_organisation
             == "cms");
  s.proxy_vo = "biomed"; // the proxy knows better
  BOOST_TEST(with_program("VirtualOrganisation = \"cms\"", s).request->job.virtual_organisation
             == "biomed");
  s.default_lease_s = 900;
  s.default_wall_time_s = 3'600;
  BOOST_TEST(with_program("", s).request->job.lease_s == 900);
  BOOST_TEST(with_program("", s).request->job.wall_time_s == 3'600);
}

BOOST_AUTO_TEST_CASE(limits_of_the_server_are_kept) {
  auto x = with_program("RetryCount = 99; ShallowRetryCount = 50; OutputSandbox = { \"1\", \"2\","
                        "\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\" }");
  BOOST_REQUIRE(bool(x));
  BOOST_TEST(x.request->job.retry_count == 10);
  BOOST_TEST(x.request->job.shallow_retry_count == 10);
  BOOST_TEST(x.request->job.output_sandbox.size() == 10u);
  BOOST_TEST(names(x.warnings, "RetryCount"));
  BOOST_TEST(names(x.warnings, "OutputSandbox"));
  auto s = settings();
  s.max_input_sandbox_files = 0;
  BOOST_TEST(bool(with_program("InputSandbox = { \"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
                               "\"9\",\"10\",\"11\" }",
                               s)));
  s.max_text_bytes = 10;
  BOOST_TEST(!with_program("", s));
}

BOOST_AUTO_TEST_CASE(what_the_system_adds_is_discarded) {
  for (auto name : {"edg_jobid", "LB_sequence_code", "X509UserProxy", "CertificateSubject",
                    "VOMS_FQAN", "WMPInputSandboxBaseURI", "InputSandboxPath", "OutputSandboxPath",
                    "edg_previous_matches", "ce_id", "GlobusResourceContactString", "QueueName",
                    "lrms_type", "CEInfoHostName", "edg_dagid", "DefaultRank"}) {
    auto x = with_program(std::string{name} + " = \"forged\"");
    BOOST_REQUIRE(bool(x));
    BOOST_CHECK_MESSAGE(x.request->job.text.find("forged") == std::string::npos, name);
    BOOST_CHECK_MESSAGE(names(x.warnings, name), name);
  }
}

BOOST_AUTO_TEST_CASE(unknown_and_historical_attributes_pass) {
  auto x = with_program("MyOwn = { 1, [ a = 2 ] }; NotificationType = 5; JobSteps = {};"
                        "UserContact = \"me\"; CurrentStep = 1; Prejob = \"x\"");
  BOOST_REQUIRE_MESSAGE(bool(x), all(x.problems));
  BOOST_TEST(x.request->job.text.find("MyOwn = { 1,[ a = 2 ] }") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_may_be_expressions_of_the_ad) {
  auto x = with_program("n = 2; CpuNumber = n * 2; Arguments = strcat(\"-n \", CpuNumber);"
                        "Environment = split(\"A=1 B=2\")");
  BOOST_REQUIRE_MESSAGE(bool(x), all(x.problems));
  BOOST_TEST(x.request->job.cpus == 4);
  BOOST_TEST(x.request->job.arguments == "-n 4");
  BOOST_TEST(x.request->job.environment.size() == 2u);
}

BOOST_AUTO_TEST_CASE(rows_are_well_formed) {
  for (const auto& row : attributes()) {
    BOOST_CHECK_MESSAGE(find_attribute(row.name) == &row, row.name << " stands twice");
    BOOST_CHECK_MESSAGE(!is_reserved(row.name), row.name << " is the system's");
    BOOST_CHECK_MESSAGE(row.fallback.empty() || classad::parse_expression(row.fallback),
                        row.name << "'s default does not read");
    BOOST_CHECK_MESSAGE(row.limits.least <= row.limits.most, row.name << " has no room");
  }
}

} // namespace trellis::jdl
