#include "actors/shell/help.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/parse.hpp"
#include "tests/actors/shell/fake_world.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::shell;

namespace {

result<parsed_words> parsed(std::vector<std::string> words) {
  std::string about;
  return parse_words(commands(), words, &about);
}

std::string refusal(std::vector<std::string> words) {
  auto x = parsed(std::move(words));
  return x ? "taken" : x.why().text;
}

using words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(options_stand_anywhere_and_repeat) {
  auto x = parsed({"job", "submit", "-e", "A=1", "f.jdl", "--set=B=2", "g.jdl", "--wait"});
  BOOST_REQUIRE(x);
  BOOST_TEST(x->what == &job_submit);
  BOOST_TEST(x->given.operands() == (words{"f.jdl", "g.jdl"}), boost::test_tools::per_element());
  BOOST_TEST(x->given.all("--set") == (words{"A=1", "B=2"}), boost::test_tools::per_element());
  BOOST_TEST(x->given.flag("--wait"));
  BOOST_TEST(!x->given.flag("--dry-run"));
}

BOOST_AUTO_TEST_CASE(an_id_that_begins_with_a_dash_is_no_option) {
  auto x = parsed({"job", "status", "-Kp5CcBwMvBAwjPjNEYLgw", "-v", "2"});
  BOOST_REQUIRE(x);
  BOOST_TEST(x->given.operands() == words{"-Kp5CcBwMvBAwjPjNEYLgw"},
             boost::test_tools::per_element());
  BOOST_TEST(*x->given.text("--verbosity") == "2");
  BOOST_TEST(refusal({"job", "list", "-Kp5CcBwMvBAwjPjNEYLgw"}) != "taken");
}

BOOST_AUTO_TEST_CASE(a_dash_is_an_operand) {
  auto x = parsed({"job", "submit", "-"});
  BOOST_REQUIRE(x);
  BOOST_TEST(x->given.operands() == words{"-"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(preferences_come_with_every_command) {
  auto x = parsed({"ce", "list", "-o", "jsonl", "--node", "/n", "--wms", "a.example"});
  BOOST_REQUIRE(x);
  BOOST_TEST((x->wanted.output == form::jsonl));
  BOOST_TEST(x->wanted.node == "/n");
  BOOST_TEST(x->wanted.wms == "a.example");
}

BOOST_AUTO_TEST_CASE(options_of_every_command_may_lead) {
  auto x = parsed({"--node", "/n", "-o", "id", "--wms=a.example", "node", "status"});
  BOOST_REQUIRE(x);
  BOOST_TEST(x->what == &node_status);
  BOOST_TEST(x->wanted.node == "/n");
  BOOST_TEST((x->wanted.output == form::id));
  BOOST_TEST(x->wanted.wms == "a.example");
  BOOST_TEST(refusal({"--zzzzzzzz", "job", "list"}) == "'--zzzzzzzz' is no command");
}

BOOST_AUTO_TEST_CASE(what_is_mistyped_is_refused_with_the_nearest_word) {
  BOOST_TEST(refusal({"jbo", "list"}) == "'jbo' is no command; did you mean 'job'?");
  BOOST_TEST(refusal({"job", "sumbit"}) == "'job sumbit' is no command; did you mean 'submit'?");
  BOOST_TEST(refusal({"zzzzzzzz"}) == "'zzzzzzzz' is no command");
  BOOST_TEST(refusal({"job", "submit", "f", "--wiat"}).find("did you mean '--wait'?")
             != std::string::npos);
  BOOST_TEST(refusal({"job", "list", "extra"}).find("'job list'") != std::string::npos);
  BOOST_TEST(refusal({"job", "submit"}) == "'job submit' expects FILE..., not 0 operands");
  BOOST_TEST(refusal({"job", "list", "-o", "xml"}).find("'xml' is no form of output")
             != std::string::npos);
  BOOST_TEST(refusal({"job", "list", "--limit"}).find("job list") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_are_split_as_a_shell_does) {
  auto split = [](std::string_view line) { return *split_line(line); };
  BOOST_TEST(split("a  'b c' \"d e\"f \\ g # rest") == (words{"a", "b c", "d ef", " g"}),
             boost::test_tools::per_element());
  BOOST_TEST(split("send x '{\"a\": 1}'") == (words{"send", "x", "{\"a\": 1}"}),
             boost::test_tools::per_element());
  BOOST_TEST(split("a#b ''") == (words{"a#b", ""}), boost::test_tools::per_element());
  BOOST_TEST(split("").empty());
  BOOST_TEST(!split_line("a 'b"));
}

BOOST_AUTO_TEST_CASE(places_are_picked) {
  using places = std::vector<std::size_t>;
  BOOST_TEST(*parse_picks("1,3-6,8,3", 8) == (places{0, 2, 3, 4, 5, 7}),
             boost::test_tools::per_element());
  for (auto bad : {"", "0", "9", "3-1", "1,", "a", "1-", "-2", "1,,2"})
    BOOST_TEST(!parse_picks(bad, 8), bad);
}

BOOST_AUTO_TEST_CASE(every_command_explains_itself) {
  auto man = manual(commands(), "1");
  auto bash = bash_completion(commands()), zsh = zsh_completion(commands()),
       fish = fish_completion(commands());
  for (auto list : {commands(), old_commands()})
    for (auto c : list) {
      BOOST_TEST_CONTEXT(c->noun << ' ' << c->verb) {
        auto help = help_for(*c);
        BOOST_TEST(help.find("Example:\n  ") != std::string::npos);
        BOOST_TEST(!c->example.empty());
        BOOST_TEST(fits_80_columns(help.substr(0, help.find("Example:"))));
        BOOST_TEST(c->summary.ends_with("."));
        for (const auto& x : c->options)
          BOOST_TEST(help.find(key_of(x)) != std::string::npos);
      }
    }
  BOOST_TEST(man.find("expect exit N") != std::string::npos);
  for (auto c : commands()) {
    BOOST_TEST_CONTEXT(c->noun << ' ' << c->verb) {
      std::string name{c->noun};
      if (!c->verb.empty())
        name += " " + std::string{c->verb};
      auto escaped = name;
      for (std::size_t i = 0; (i = escaped.find('-', i)) != escaped.npos; i += 2)
        escaped.replace(i, 1, "\\-");
      BOOST_TEST(man.find(".SS trellis " + escaped) != std::string::npos);
      BOOST_TEST(bash.find("'" + name + "'*)") != std::string::npos);
      for (const auto& x : c->options) {
        BOOST_TEST(bash.find(key_of(x)) != std::string::npos);
        BOOST_TEST(fish.find(" -l " + std::string{key_of(x).substr(2)}) != std::string::npos);
      }
      if (!c->verb.empty()) {
        BOOST_TEST(zsh.find("'" + name + "'*)") != std::string::npos);
        BOOST_TEST(fish.find("-a " + std::string{c->verb} + " -d") != std::string::npos);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(help_is_printed_at_each_level) {
  fake_world world;
  for (auto line :
       {"trellis", "trellis --help", "trellis job", "trellis job --help",
        "trellis job submit --help", "trellis help", "trellis help job submit", "trellis help man",
        "trellis help completion bash", "glite-wms-job-status --help"}) {
    BOOST_TEST(world.run(line) == 0, line);
    BOOST_TEST(world.out_text().size() > 100);
    BOOST_TEST(world.err_text() == "");
    BOOST_TEST(world.attached.empty());
  }
  world.run("trellis --help");
  BOOST_TEST(fits_80_columns(world.out_text()));
  world.run("trellis job --help");
  BOOST_TEST(fits_80_columns(world.out_text()));
}
