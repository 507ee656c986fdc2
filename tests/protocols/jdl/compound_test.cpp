/// Parametric jobs, collections and DAGs. It would catch a bound off by one, a node that does not
/// inherit, an edge lost, a cycle taken, and node errors reported one at a time.
#include "protocols/classad/text.hpp"
#include "protocols/jdl/compound.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace trellis::jdl {
namespace {

std::string all(const std::vector<jdl_problem>& problems) {
  std::string out;
  for (const auto& p : problems)
    out += to_string(p) + "\n";
  return out;
}

job_request accepted(const std::string& text, const texts_by_name& files = {}) {
  auto x = parse_job(text, {}, files);
  BOOST_REQUIRE_MESSAGE(bool(x), all(x.problems));
  return *x.request;
}

std::string refused(const std::string& text, const jdl_settings& settings = {}) {
  auto x = parse_job(text, settings);
  return x ? "taken" : all(x.problems);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::vector<std::string> node_names(const job_request& x) {
  std::vector<std::string> out;
  for (const auto& n : x.nodes)
    out.push_back(n.name);
  return out;
}

using names = std::vector<std::string>;
using numbers = std::vector<std::int64_t>;

const char* const parametric
    = "[ JobType = \"Parametric\"; Executable = \"/bin/echo\"; Arguments = \"_PARAM_\"; ";

} // namespace

BOOST_AUTO_TEST_CASE(parameters_are_an_exclusive_bound) {
  BOOST_TEST((parameter_indices(3, 0, 1, 99) == numbers{0, 1, 2}));
  BOOST_TEST((parameter_indices(10, 2, 4, 99) == numbers{2, 6}));
  BOOST_TEST((parameter_indices(0, 0, 1, 99) == numbers{}));
  BOOST_TEST((parameter_indices(3, 3, 1, 99) == numbers{}));
  BOOST_TEST((parameter_indices(5, 4, -2, 99) == numbers{4, 2, 0}));
  BOOST_TEST(parameter_indices(1'000'000'000, 0, 1, 50).size() == 50u);
  BOOST_TEST((parameter_indices(INT64_MAX, INT64_MAX - 1, 5, 99) == numbers{INT64_MAX - 1}));
}

BOOST_AUTO_TEST_CASE(parametric_jobs_are_expanded) {
  auto x = accepted(
      std::string{parametric}
      + "Parameters = 10; ParameterStart = 2; ParameterStep = 4; StdOutput = \"o_PARAM_\";"
        "Environment = { \"A=_PARAM_\" }; Requirements = other.cpus > _PARAM_;"
        "Tag_PARAM_ = 1; Twice = \"_PARAM_+_PARAM_\" ]");
  BOOST_TEST((x.type == compound_type::parametric));
  BOOST_TEST((node_names(x) == names{"Node_2", "Node_6"}));
  const auto& n = x.nodes[1].job;
  BOOST_TEST(n.arguments == "6");
  BOOST_TEST(n.std_output == "o6");
  BOOST_TEST((n.environment
              == std::vector<std::pair<std::string, std::string>>{
                  {"A",              "6"},
                  {"ParameterValue", "6"}
  }));
  BOOST_TEST(contains(n.requirements, "other.cpus > 6"));
  BOOST_TEST(contains(n.text, "Tag6 = 1"));
  BOOST_TEST(contains(n.text, "\"6+6\""));
  BOOST_TEST((n.type == job_type::normal));
  BOOST_TEST(x.job.requirements == x.nodes[0].job.requirements);
}

BOOST_AUTO_TEST_CASE(parameters_may_be_a_list) {
  auto x = accepted(std::string{parametric}
                    + "Parameters = { \"alpha\", \"b c\", 3, \"quo\\\"te\" } ]");
  BOOST_TEST((node_names(x) == names{"Node_alpha", "Node_b_c", "Node_3", "Node_quo_te"}));
  BOOST_TEST(x.nodes[1].job.arguments == "b c");
  BOOST_TEST(x.nodes[3].job.arguments == "quo\"te");
  auto stepped = accepted(
      std::string{parametric}
      + "Parameters = { \"a\", \"b\", \"c\", \"d\" }; ParameterStart = 1; ParameterStep = 2 ]");
  BOOST_TEST((node_names(stepped) == names{"Node_b", "Node_d"}));
}

BOOST_AUTO_TEST_CASE(parametric_refusals) {
  const std::pair<const char*, const char*> rows[] = {
      {"]",                                        "Parameters: is missing" },
      {"Parameters = \"x\" ]",                     "Parameters: must be"    },
      {"Parameters = 3; ParameterStep = 0 ]",      "ParameterStep: must not"},
      {"Parameters = 3; ParameterStart = 3 ]",     "Parameters: gives no"   },
      {"Parameters = {} ]",                        "Parameters: gives no"   },
      {"Parameters = { \"a\", \"A\" } ]",          "the name Node_A"        },
      {"Parameters = { \"a b\", \"a_b\" } ]",      "the name Node_a_b"      },
      {"Parameters = { {} } ]",                    "no plain value"         },
      {"Parameters = 3; ParameterStart = \"1\" ]", "ParameterStart: must be"},
      {"Parameters = 1000000 ]",                   "more than 10000 nodes"  },
      {"Parameters = 2; RetryCount = -1 ]",        "Node_1.RetryCount"      },
      {"Parameters = 2; StdOutput = \"..\" ]",     "Node_0.StdOutput"       },
  };
  for (auto [text, wanted] : rows) {
    auto found = refused(parametric + std::string{text});
    BOOST_CHECK_MESSAGE(contains(found, wanted), text << " gives " << found);
  }
}

BOOST_AUTO_TEST_CASE(static_sandbox_files_are_stored_once) {
  auto x = accepted(std::string{parametric}
                    + "Parameters = 2; InputSandbox = { \"/a/common.dat\", \"/a/in_PARAM_.dat\","
                      " \"/dir_PARAM_/x.dat\" } ]");
  BOOST_TEST((x.shared_input_sandbox == names{"/a/common.dat", "/a/in0.dat", "/a/in1.dat"}));
  BOOST_TEST((x.nodes[1].job.input_sandbox == names{"/a/common.dat", "/a/in1.dat", "/dir1/x.dat"}));
  // A file named by the parameter need not be in the sandbox.
  accepted("[ JobType = \"Parametric\"; Executable = \"run_PARAM_\"; Parameters = 1 ]");
  auto warned
      = parse_job(std::string{parametric} + "Parameters = 2; MyProxyServer = \"p_PARAM_\" ]");
  BOOST_TEST(contains(all(warned.warnings), "MyProxyServer"));
}

BOOST_AUTO_TEST_CASE(collections_name_and_fill_their_nodes) {
  auto x = accepted(
      R"([ Type = "Collection"; VirtualOrganisation = "biomed"; Rank = other.r; RetryCount = 1;
           InputSandbox = { "/a/shared.sh" }; MyProxyServer = "px";
           Nodes = { [ Executable = "/bin/a" ], [ NodeName = "second"; Executable = "shared.sh";
             Rank = other.own; RetryCount = 2; MyProxyServer = "mine" ],
             [ Executable = "/bin/c"; InputSandbox = {} ],
             [ File = "d.jdl"; NodeName = "from_file" ], named };
           named = [ Executable = "shared.sh"; InputSandbox = { root.InputSandbox[0] } ] ])",
      {
          {"d.jdl", "# a file\nExecutable = \"/bin/d\";"}
  });
  BOOST_TEST((node_names(x) == names{"Node_0", "second", "Node_2", "from_file", "Node_4"}));
  BOOST_TEST(x.nodes[0].job.rank == "other.r");
  BOOST_TEST(x.nodes[0].job.retry_count == 1);
  BOOST_TEST(x.nodes[1].job.rank == "other.own");
  BOOST_TEST(x.nodes[1].job.retry_count == 2);
  BOOST_TEST(x.nodes[1].job.my_proxy_server == "px"); // the parent's, whatever the node says
  BOOST_TEST(x.nodes[0].job.input_sandbox.size() == 1u);
  BOOST_TEST(x.nodes[2].job.input_sandbox.empty()); // an empty list stops inheritance
  BOOST_TEST(x.nodes[3].job.executable == "/bin/d");
  BOOST_TEST((x.nodes[4].job.input_sandbox == names{"/a/shared.sh"}));
  BOOST_TEST(x.nodes[3].job.virtual_organisation == "biomed");
  BOOST_TEST(x.edges.empty());
}

BOOST_AUTO_TEST_CASE(collection_refusals_come_together) {
  auto found = refused(R"([ Type = "Collection"; Nodes = { [ Executable = "a*" ],
    [ Executable = "/bin/b"; RetryCount = -1 ], [ File = "x.jdl"; Rank = 1 ], 5,
    [ Executable = "/bin/p"; JobType = "Parametric"; Parameters = 2 ],
    [ NodeName = "n"; Executable = "/x" ], [ NodeName = "N"; Executable = "/y" ] } ])");
  for (auto part : {"Node_0.Executable", "Node_1.RetryCount", "Nodes[2]: has Rank beside File",
                    "'x.jdl', which is not there", "Nodes[3]: must be an ad", "Node_4.JobType",
                    "two nodes named N"})
    BOOST_CHECK_MESSAGE(contains(found, part), part << " is not in\n" << found);
  BOOST_TEST(contains(refused("[ Type = \"Collection\" ]"), "Nodes: is missing"));
  BOOST_TEST(contains(refused("[ Type = \"Collection\"; Nodes = {} ]"), "Nodes: has no node"));
  BOOST_TEST(contains(refused("[ Type = \"Collection\"; Nodes = [] ]"), "Nodes: must be a list"));
  jdl_settings few;
  few.max_nodes = 1;
  BOOST_TEST(contains(refused("[ Type = \"Collection\"; Nodes = { [ Executable = \"/a\" ],"
                              " [ Executable = \"/b\" ] } ]",
                              few),
                      "at most 1"));
}

BOOST_AUTO_TEST_CASE(a_diamond) {
  auto x = accepted(R"([ Type = "dag"; DefaultNodeRetryCount = 5; Requirements = other.dag;
    NodesCollocation = true;
    Nodes = [ node_type = "edg-jdl"; ShallowRetryCount = 7;
      top = [ description = [ Executable = "/bin/t" ] ];
      left = [ node_type = "edg-jdl"; description = [ Executable = "/bin/l"; RetryCount = 0 ] ];
      right = [ file = "r.jdl" ]; bottom = [ description = [ Executable = "/bin/b";
        Requirements = other.own ] ];
      Dependencies = { { left, bottom } } ];
    Dependencies = { { top, { left, "right" } }, { { left, Right }, bottom } } ])",
                    {
                        {"r.jdl", "[ Executable = \"/bin/r\" ]"}
  });
  BOOST_TEST((node_names(x) == names{"top", "left", "right", "bottom"}));
  BOOST_TEST((x.edges
              == edge_list{
                  {0, 1},
                  {0, 2},
                  {1, 3},
                  {2, 3}
  }));
  BOOST_TEST(x.nodes_collocation);
  BOOST_TEST(!x.move_to_ce);
  BOOST_TEST(x.nodes[0].job.retry_count == 5);
  BOOST_TEST(x.nodes[1].job.retry_count == 0);
  BOOST_TEST(x.nodes[2].job.shallow_retry_count == 7);
  BOOST_TEST(contains(x.nodes[0].job.requirements, "other.dag"));
  BOOST_TEST(!contains(x.nodes[3].job.requirements, "other.dag"));
}

BOOST_AUTO_TEST_CASE(dag_refusals) {
  auto dag = [](const std::string& nodes, const std::string& dependencies = "{}") {
    return refused("[ Type = \"DAG\"; node_type = \"edg-jdl\"; Nodes = [ " + nodes
                   + " ]; Dependencies = " + dependencies + " ]");
  };
  const std::string abc = "A = [ description = [ Executable = \"/a\" ] ];"
                          "B = [ description = [ Executable = \"/b\" ] ];"
                          "C = [ description = [ Executable = \"/c\" ] ];";
  BOOST_TEST(dag(abc) == "taken");
  BOOST_TEST(contains(dag(abc, "{ { A, D } }"), "names 'D', which is no node"));
  BOOST_TEST(contains(dag(abc, "{ { A } }"), "no pair"));
  BOOST_TEST(contains(dag(abc, "{ { A, B, C } }"), "no pair"));
  BOOST_TEST(contains(dag(abc, "{ A }"), "no pair"));
  BOOST_TEST(contains(dag(abc, "5"), "must be a list of pairs"));
  BOOST_TEST(contains(dag(abc, "{ { A, A } }"), "has a cycle: A -> A"));
  BOOST_TEST(contains(dag(abc, "{ { A, B }, { B, C }, { C, A } }"), "A -> B -> C -> A"));
  BOOST_TEST(contains(dag(abc, "{ { { A, B }, { B, C } } }"), "has a cycle: B -> B"));
  BOOST_TEST(contains(dag("A = [ ]"), "either a description or a file"));
  BOOST_TEST(contains(dag("A = [ description = 5 ]"), "a description that is no ad"));
  BOOST_TEST(contains(dag("A = 5"), "Nodes.A: must be an ad"));
  BOOST_TEST(contains(dag("A = [ node_type = \"x\"; description = [ Executable = \"/a\" ] ]"),
                      "only edg-jdl"));
  BOOST_TEST(contains(dag(""), "Nodes: has no node"));
  BOOST_TEST(contains(refused("[ Type = \"dag\"; Nodes = [ A = [ description ="
                              " [ Executable = \"/a\" ] ] ] ]"),
                      "has no node_type"));
  BOOST_TEST(contains(refused("[ Type = \"dag\" ]"), "Nodes: is missing"));
  auto both = dag("A = [ description = [ RetryCount = -1 ] ];"
                  "B = [ description = [ Type = \"dag\"; Executable = \"/b\" ] ]");
  for (auto part : {"Nodes.A.Executable", "Nodes.A.RetryCount", "Nodes.B.Type"})
    BOOST_CHECK_MESSAGE(contains(both, part), part << " is not in\n" << both);
}

BOOST_AUTO_TEST_CASE(long_dags_are_searched_without_recursion) {
  constexpr std::uint32_t n = 100'000;
  edge_list edges;
  for (std::uint32_t i = 0; i + 1 < n; ++i)
    edges.emplace_back(i, i + 1);
  BOOST_TEST(find_cycle(n, edges).empty());
  edges.emplace_back(n - 1, 0);
  BOOST_TEST(find_cycle(n, edges).size() == n);
}

BOOST_AUTO_TEST_CASE(ten_thousand_nodes_share_one_requirement) {
  auto x = accepted(std::string{parametric} + "Parameters = 10000; Requirements = other.x > 1 ]");
  BOOST_TEST(x.nodes.size() == 10'000u);
  BOOST_TEST(std::all_of(x.nodes.begin(), x.nodes.end(),
                         [&](const auto& n) { return n.job.requirements == x.job.requirements; }));
}

} // namespace trellis::jdl
