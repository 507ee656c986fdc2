#include "actors/shell/console.hpp"
#include "actors/shell/line_editor.hpp"
#include "actors/shell/parse.hpp"
#include "protocols/json/value.hpp"
#include "tests/actors/shell/fake_world.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::shell;

namespace {

struct shell_world {
  fake_world world;
  console shell{world, ""};

  shell_world() {
    world.nodes.on<lb::get_status>([](const lb::get_status& x) -> result<lb::job_status> {
      if (x.job.text() == first_id)
        return done_job();
      return error{errc::not_found, "no such job"};
    });
    world.nodes.on<lb::list_jobs>([](const lb::list_jobs&) {
      return lb::job_list{
          {done_job(), done_job(second_id)},
          ""
      };
    });
    world.nodes.on<node::list_actors>([](const node::list_actors& x) {
      return node::actor_rows{{{"node/" + x.subtree, "running", 3, 1}}};
    });
    BOOST_REQUIRE(shell.attach() == 0);
  }

  int script(std::string text) {
    world.output.str("");
    world.errors.str("");
    std::istringstream lines{std::move(text)};
    return shell.run_script(lines, "s.trellis", false);
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(the_commands_are_those_of_trellis_over_one_connection, shell_world) {
  BOOST_TEST(shell.run_line("job list -o id") == 0);
  BOOST_TEST(world.out_text() == first_id + "\n" + second_id + "\n");
  BOOST_TEST(shell.run_line("job status " + second_id) == 5);
  BOOST_TEST(world.err_text().find("TRL-0005: no such job") != std::string::npos);
  BOOST_TEST(world.attached.size() == 1u);
  BOOST_TEST(shell.run_line("nonsense") == 2);
  BOOST_TEST(shell.run_line("  # a comment") == 0);
  BOOST_TEST(shell.prompt() == "trellis cern.example> ");
}

BOOST_FIXTURE_TEST_CASE(short_names_stand_for_looks_into_a_node, shell_world) {
  BOOST_TEST(shell.run_line("actors wms") == 0);
  BOOST_TEST(world.out_text()
             == "ACTOR     STATE    MAILBOX  RESTARTS\n"
                "node/wms  running        3         1\n");
  BOOST_TEST(shell.run_line("help") == 0);
  BOOST_TEST(world.out_text().find("expect exit N") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_last_job_has_a_name, shell_world) {
  shell.run_line("job list -o id --limit 2");
  BOOST_TEST(shell.run_line("job status -o id $job") == 5);
  BOOST_TEST(world.nodes.asked<lb::get_status>().back().job.text() == second_id);
  shell.run_line("job status nonsense://x https://lb.example:9000/ZZZZZZZZZZZZZZZZZZZZZZ");
  shell.run_line("job status -o id $job"); // errors name no job
  BOOST_TEST(world.nodes.asked<lb::get_status>().back().job.text() == second_id);
}

BOOST_FIXTURE_TEST_CASE(a_script_stops_at_the_first_expect_that_does_not_hold, shell_world) {
  BOOST_TEST(script("job status AAA\nexpect 'Done (Success)'\nexpect '/Exit code: +0/'\n"
                    "expect not Aborted\nexpect exit 0\n")
             == 0);
  BOOST_TEST(script("job status AAA\nexpect Aborted\njob list -o id\n") == 1);
  BOOST_TEST(world.err_text().find("expected 'Aborted'; the command ended with 0 and printed:\n"
                                   "    ****")
             != std::string::npos);
  BOOST_TEST(world.err_text().ends_with("s.trellis:2: the script stops here\n"));
  BOOST_TEST(world.out_text().find(second_id) == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_failure_that_nobody_expects_stops_a_script, shell_world) {
  BOOST_TEST(script("job status " + second_id + "\nexpect exit 5\nexpect TRL-0005\n") == 0);
  BOOST_TEST(script("job status " + second_id + "\njob list\n") == 5);
  BOOST_TEST(world.err_text().ends_with("s.trellis:1: the script stops here\n"));
  BOOST_TEST(world.out_text() == "");
  BOOST_TEST(script("job status " + second_id) == 5);
  BOOST_TEST(script("expect x in\n") == 2);
  BOOST_TEST(script("exit\njob status " + second_id) == 0);
}

BOOST_FIXTURE_TEST_CASE(an_expect_may_wait_for_its_command, shell_world) {
  int asked = 0;
  world.nodes.on<lb::get_status>([&](const lb::get_status&) {
    return ++asked < 3 ? job_in(lb::job_state::running) : done_job();
  });
  BOOST_TEST(script("expect 'Done (Success)' within 10s in job status " + first_id) == 0);
  BOOST_TEST(asked == 3);
  BOOST_TEST(world.out_text() == "");
  BOOST_TEST(script("expect Aborted within 2s in job status " + first_id) == 1);
  BOOST_TEST(asked == 3 + 5);
}

BOOST_AUTO_TEST_CASE(what_is_expected_is_read_strictly) {
  for (auto bad : {"", "not", "/(/", "exit x", "a b", "''", "a within soon in x", "a within 1s"})
    BOOST_TEST(!parse_expectation(*split_line(bad)), bad);
  auto x = parse_expectation(*split_line("not /a+b/ within 1s in job list"));
  BOOST_REQUIRE(x);
  BOOST_TEST(x->holds("ccc", 0));
  BOOST_TEST(!x->holds("xaab", 0));
  BOOST_TEST(x->command.size() == 2u);
  BOOST_TEST(x->print() == "not /a+b/");
}

BOOST_FIXTURE_TEST_CASE(words_are_completed, shell_world) {
  using words = std::vector<std::string>;
  auto complete = [&](std::string_view line) { return shell.completions(line); };
  BOOST_TEST(complete("jo") == words{"job"}, boost::test_tools::per_element());
  BOOST_TEST(complete("job lis") == (words{"list", "list-match"}),
             boost::test_tools::per_element());
  BOOST_TEST(complete("job status A") == (words{first_id.substr(24), second_id.substr(24)}),
             boost::test_tools::per_element());
  BOOST_TEST(complete("job status AB") == words{second_id.substr(24)},
             boost::test_tools::per_element());
  BOOST_TEST(complete("job submit --dry") == words{"--dry-run"}, boost::test_tools::per_element());
  BOOST_TEST(complete("ac") == words{"actors"}, boost::test_tools::per_element());
  BOOST_TEST(complete("zz").empty());
  BOOST_TEST(common_beginning({"list", "list-match"}) == "list");
  BOOST_TEST(common_beginning({}) == "");
}

BOOST_FIXTURE_TEST_CASE(any_message_is_sent_as_json, shell_world) {
  world.nodes.on<lb::count_jobs>([](const lb::count_jobs& x) {
    BOOST_TEST(x.vo == "dteam");
    return lb::job_counts{{{lb::job_state::done, 2}}};
  });
  BOOST_TEST(shell.run_line("send lb@ral.example lb.count_jobs '{\"vo\": \"dteam\"}'") == 0);
  BOOST_TEST(world.out_text() == "{\"by_state\": [[\"Done\", 2]]}\n");
  BOOST_TEST(text(world.nodes.calls.back().to) == "lb@ral.example");
  auto refused = [&](std::string_view line, std::string_view why) {
    world.errors.str("");
    auto code = shell.run_line(line);
    return code == 2 && world.err_text().find(why) != std::string::npos;
  };
  BOOST_TEST(refused("send lb lb.count_jbs '{}'", "did you mean 'lb.count_jobs'?"));
  BOOST_TEST(refused("send lb lb.count_jobs '{\"v\": 1}'", "there is no field 'v'"));
  BOOST_TEST(refused("send lb lb.count_jobs '{\"vo\": 1}'", "vo: expected a string"));
  BOOST_TEST(refused("send xx lb.count_jobs", "'xx' is no address"));
  BOOST_TEST(shell.run_line("send lb lb.count_jobs '{\"vo\": '") == 1);
  world.output.str("");
  BOOST_TEST(shell.run_line("send") == 0);
  BOOST_TEST(world.out_text().find("wms.submit") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_written_as_json_reads_back) {
  lb::log x;
  lb::event e;
  e.job = job(first_id);
  e.from = lb::source::application;
  e.what = lb::user_tag{"colour", "r\"e\xc3\xa9"};
  x.events = {e};
  auto y = from_json<lb::log>(
      R"({"events": [{"job": ")" + first_id
      + R"(", "from": "Application", "what": {"event": "UserTag", "name": "colour", )"
        R"("value": "r\"e\u00e9"}}]})");
  BOOST_REQUIRE(y);
  BOOST_TEST(wire::encode(*y) == wire::encode(x));
  auto z = from_json<lb::watch>(R"({"jobs": [], "after": 18, "wait": 1.5})");
  BOOST_REQUIRE(z);
  BOOST_TEST((z->wait == std::chrono::milliseconds{1'500}));
}

BOOST_AUTO_TEST_CASE(json_is_read_strictly) {
  for (auto bad : {"", "{", "{\"a\"}", "{\"a\": 1,}", "[1,]", "01", "1.", "+1", "nul", "\"\x01\"",
                   "\"\\x\"", "\"\\ud800\"", "\"\xff\"", "{} {}", "{\"a\": 1, \"a\": 2}", "'a'"})
    BOOST_TEST(!parse_json(bad), bad);
  BOOST_TEST(!parse_json(std::string(1'000, '[')));
  for (auto good : {"null", " [1, -0.5e+3, true, {\"a\": [], \"b\": {}}] ", "\"\\ud83d\\ude00\""})
    BOOST_TEST(!!parse_json(good), good);
  BOOST_TEST(parse_json("\"\\ud83d\\ude00\"")->text == "\xf0\x9f\x98\x80");
  BOOST_TEST(!from_json<lb::watch>(R"({"after": -1})"));
  BOOST_TEST(!from_json<lb::watch>(R"({"after": 1.5})"));
  BOOST_TEST(!from_json<lb::watch>(R"({"jobs": ["x"]})"));
  BOOST_TEST(!from_json<lb::list_jobs>(R"({"states": ["Sleeping"]})"));
  BOOST_TEST(!from_json<lb::watch>("[]"));
}
