/// What the jdl commands print and end with. It would catch an assignment taken for a comparison,
/// a value missing its line, and a warning lost.
#include "protocols/jdl/commands.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace trellis::jdl {
namespace {

classad::evaluation_context context() {
  classad::evaluation_context c;
  c.now_s = 1'132'000'000;
  return c;
}

struct said {
  std::string out, err;
  int exit_code = 0;
};

said session(const std::string& lines) {
  std::istringstream in{lines};
  std::ostringstream out, err;
  auto code = eval_lines(std::get<eval_session>(open_session({}, {}, context())), in, out, err);
  return {out.str(), err.str(), code};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(one_value_a_line) {
  auto x = session("1 + 1\n\n  \n// comment\n# comment\n\"a\" // more\n{ 1, 1+1 }\n[ a = 1+1 ]\n"
                   "undefined\nerror\n1.5\nabsTime(\"2004-01-01\")\n2;\n");
  BOOST_TEST(x.out
             == "2\n\"a\"\n{ 1,2 }\n[ a = 1 + 1 ]\nundefined\nerror\n"
                "1.500000000000000E+00\nabsTime(\"2004-01-01T00:00:00+0000\")\n2\n");
  BOOST_TEST(x.err == "");
  BOOST_TEST(x.exit_code == 0);
}

BOOST_AUTO_TEST_CASE(assignments_add_to_the_ad_and_say_nothing) {
  auto x = session("x = 5\nx\nX == 5\nx =?= 5\nx =!= 5\nx= 6;\nx\ny =!true\ny\n'a b' = x + 1\n"
                   "'a b'\nz = [ q = x ]\nz.q\nx==6\n'a b'==7\nx1=2\nx1 <= 2\n");
  BOOST_TEST(x.out == "5\ntrue\ntrue\nfalse\n6\nfalse\n7\n6\ntrue\ntrue\ntrue\n");
  BOOST_TEST(x.err == "");
}

BOOST_AUTO_TEST_CASE(what_does_not_read_is_an_error_with_its_line) {
  auto x = session("1 +\nx = \n3\ntrue = 1\n");
  BOOST_TEST(x.out == "error\n3\n");
  BOOST_TEST(
      x.err
      == "input line 1: line 1, column 4: expected an expression, found the end of the text\n"
         "input line 2: line 1, column 4: expected an expression, found the end of the text\n"
         "input line 4: line 1, column 1: 'true' is a keyword; as a name it must be written "
         "'true' in single quotes\n");
  BOOST_TEST(x.exit_code == 1);
}

BOOST_AUTO_TEST_CASE(eval_takes_files_for_the_ad_and_the_target) {
  auto x = eval("# job\nMemory = 5;", "[ Memory = 7 ]", "other.Memory - Memory", context());
  BOOST_TEST(x.out == "2\n");
  BOOST_TEST(x.exit_code == 0);
  BOOST_TEST(eval({}, {}, "other.Memory", context()).out == "undefined\n");
  auto broken = eval("[ a = ]", {}, "1", context());
  BOOST_TEST(broken.exit_code == 1);
  BOOST_TEST(broken.out == "");
  BOOST_TEST(broken.err == "reading the ad: line 1, column 7: expected an expression, found ']'\n");
  BOOST_TEST(contains(eval({}, "[", "1", context()).err, "reading the target: "));
  auto bad = eval({}, {}, "1 +", context());
  BOOST_TEST(bad.exit_code == 1);
  BOOST_TEST(bad.out == "");
  BOOST_TEST(contains(bad.err, "reading the expression: "));
}

BOOST_AUTO_TEST_CASE(check_says_what_it_found) {
  auto good = check("a.jdl", "Executable = \"/bin/true\";");
  BOOST_TEST(good.exit_code == 0);
  BOOST_TEST(good.out == "a.jdl: ok, a job\n");
  auto bad = check("a.jdl", "[ Executable = \"/bin/true\"; RetryCount = -1 ]");
  BOOST_TEST(bad.exit_code == 1);
  BOOST_TEST(bad.out == "");
  BOOST_TEST(bad.err
             == "a.jdl: line 1, column 42: RetryCount: must not be negative\n"
                "a.jdl: 1 problem found\n");
  auto dag = check("d", R"([ Type = "dag"; Nodes = [ node_type = "edg-jdl";
    A = [ description = [ Executable = "/a" ] ]; B = [ description = [ Executable = "/b" ] ] ];
    Dependencies = { { A, B } } ])");
  BOOST_TEST(dag.out == "d: ok, a DAG of 2 nodes and 1 dependency\n");
}

BOOST_AUTO_TEST_CASE(print_shows_what_will_be_sent) {
  auto x = print("a", "[ Executable = \"/bin/true\"; CpuNumber = 2 ]");
  BOOST_TEST(x.exit_code == 0);
  BOOST_TEST(contains(x.out, "[\n  Executable = \"/bin/true\";\n  CpuNumber = 2;\n"));
  BOOST_TEST(contains(x.out, "  Requirements = other.GlueCEStateStatus == \"Production\""
                             " && other.GlueCEInfoTotalCPUs >= 2;\n"));
  BOOST_TEST(contains(x.out, "  RetryCount = 3;\n"));
  auto many = print("p", "[ JobType = \"Parametric\"; Executable = \"/bin/e\"; Parameters = 2 ]");
  BOOST_TEST(contains(many.out, "// a parametric job of 2 nodes\n// node Node_0\n[\n"));
  BOOST_TEST(contains(many.out, "// node Node_1\n"));
  BOOST_TEST(print("a", "[").exit_code == 1);
}

BOOST_AUTO_TEST_CASE(lint_knows_the_traps) {
  const std::pair<const char*, const char*> rows[] = {
      {"x = other.a - other.b is undefined ? 1 : 2", "'is' binds looser than arithmetic"},
      {"Requirements = other.a < other.b < 3",       "a < b < c"                        },
      {"Requirements = other.a == undefined",        "write 'is undefined'"             },
      {"Requirements = other.a != undefined",        "write 'isnt undefined'"           },
      {"Requirements = GlueCEInfoTotalCPUs > 2",     "write other.GlueCEInfoTotalCPUs"  },
      {"Requirements = false",                       "the job will never match"         },
      {"Requirements = Memroy > 5",                  "the job will never match"         },
      {"Rank = \"x\" == \"y\"",                      "ranks none"                       },
      {"x = lenght(\"a\")",                          "lenght() is no ClassAd function"  },
      {"x = 1 is 1.0",                               "never 'is' a real"                },
      {"Enviroment = \"A=1\"",                       "did you mean Environment?"        },
      {"RetryCuont = 1",                             "did you mean RetryCount?"         },
      {"NodeNumber = 2",                             "use CpuNumber"                    },
      {"ce_id = 1",                                  "discarded"                        },
  };
  for (auto [jdl, wanted] : rows) {
    auto x = lint("a", std::string{"[ Executable = \"/bin/true\"; "} + jdl + " ]");
    BOOST_CHECK_MESSAGE(contains(x.out, wanted), jdl << " gives\n" << x.out);
  }
  auto clean
      = lint("a", "[ Executable = \"/bin/true\"; Requirements = other.a - (other.b ?: 0) > 1;"
                  " MyOwn = 1 ]");
  BOOST_TEST(clean.out == "a: nothing to remark\n");
  BOOST_TEST(clean.exit_code == 0);
  BOOST_TEST(lint("a", "[ RetryCount = 1 ]").exit_code == 1);
}

} // namespace trellis::jdl
