/// What a VOMS server is asked for and what its answers mean. It would catch a group that is lost
/// on the way, an error taken for an attribute certificate, and a vomses file that anybody writes.
#include "runtime/edge/voms_client.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

BOOST_TEST_DONT_PRINT_LOG_VALUE(trellis::errc)

namespace trellis::edge {
namespace {

BOOST_AUTO_TEST_CASE(wishes_of_one_vo_are_one_request) {
  auto all = parse_voms_wishes(
      {"biomed:/biomed/prod/Role=op", "atlas", "biomed:/biomed", "biomed:/biomed/x/Role=NULL"});
  BOOST_REQUIRE(bool{all});
  std::vector<voms_wish> expected{
      {"biomed", {"/biomed/prod/Role=op", "/biomed", "/biomed/x"}},
      {"atlas",  {}                                              },
  };
  BOOST_TEST((*all == expected));
  for (auto bad : {"", "../x", "biomed:", "biomed:prod", "biomed:/biomed/a b", "bio med"})
    BOOST_TEST(parse_voms_wishes({bad}).why().code == errc::usage, bad);
}

BOOST_AUTO_TEST_CASE(answers_of_both_kinds_are_read) {
  auto rest = parse_voms_answer("<?xml version=\"1.0\"?><voms><ac>MTIz\nNA==</ac>"
                                "<warning>it is &lt;short&gt;</warning></voms>");
  BOOST_REQUIRE(bool{rest});
  BOOST_TEST(rest->ac == "1234");
  BOOST_TEST(rest->warnings == std::vector<std::string>{"it is <short>"});
  auto older
      = parse_voms_answer("<vomsans><version>3</version><error><item><number>2</number>"
                          "<message>shorter</message></item></error><ac>MTIz</ac></vomsans>");
  BOOST_REQUIRE(bool{older});
  BOOST_TEST(older->ac == "123");
  BOOST_TEST(older->warnings == std::vector<std::string>{"shorter"});
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_in_the_servers_words) {
  auto rest = parse_voms_answer("<voms><error><code>SuspendedUser</code>"
                                "<message>You are suspended\n: x</message></error></voms>");
  BOOST_TEST(rest.why().code == errc::denied);
  BOOST_TEST(rest.why().text == "You are suspended: x");
  auto older = parse_voms_answer("<vomsans><error><item><number>1001</number><message>User unknown "
                                 "to this VO.</message></item></error><ac>QQ==</ac></vomsans>");
  BOOST_TEST(older.why().text == "User unknown to this VO.");
  for (auto bad : {"", "<voms></voms>", "<voms><ac>***</ac></voms>", "<voms><ac></ac></voms>",
                   "<voms><ac>MTIz", "HTTP"})
    BOOST_TEST(parse_voms_answer(bad).why().code == errc::malformed, bad);
}

BOOST_AUTO_TEST_CASE(servers_are_found_where_others_look) {
  temporary_directory home;
  auto of = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "HOME")
      return home.path;
    if (name == "VOMS_USERCONF")
      return home.path + "/own";
    return std::nullopt;
  };
  auto write = [&](const std::string& name, const std::string& host) {
    auto path = home.path + "/" + name;
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::ofstream{path} << "\"biomed\" \"" << host << "\" \"15000\" \"/CN=" << host
                        << "\" \"biomed\"\n";
    std::filesystem::permissions(path, std::filesystem::perms{0644});
    return path;
  };
  write(".glite/vomses/b", "b.example");
  write(".glite/vomses/a", "a.example");
  write("own", "own.example");
  auto found = find_voms_servers(of, "");
  BOOST_REQUIRE(bool{found});
  BOOST_REQUIRE(found->size() >= 3u);
  BOOST_TEST(found->at(0).host == "own.example");
  BOOST_TEST(found->at(1).host == "a.example");
  BOOST_TEST(found->at(2).host == "b.example");
  auto named = write("named", "named.example");
  BOOST_TEST(find_voms_servers(of, named)->size() == 1u);
  std::filesystem::permissions(named, std::filesystem::perms{0666});
  BOOST_TEST(find_voms_servers(of, named).why().code == errc::denied);
  BOOST_TEST(find_voms_servers(of, home.path + "/none").why().code == errc::not_found);
}

} // namespace
} // namespace trellis::edge
