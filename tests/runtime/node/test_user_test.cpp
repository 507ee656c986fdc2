/// A user of the test CA: what is made holds where it will be read, and is made once.
#include "protocols/gsi/verify.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/test_user.hpp"
#include "runtime/node/trust_files.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

const gsi::instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};

struct a_node : temporary_directory {
  std::string node_dir = path + "/n1";

  a_node() {
    new_node x;
    x.directory = node_dir;
    x.host = *host_name::parse("cern.example");
    x.roles = {role::wms, role::lb};
    x.listen = {
        {"127.0.0.2", 9443}
    };
    x.user = "root";
    auto made = init_node(x, now);
    BOOST_REQUIRE_MESSAGE(made, (made ? "" : made.why().text));
  }

  config::node configured() const {
    auto x = config::load(node_dir);
    BOOST_REQUIRE_MESSAGE(x, (x ? "" : x.why().text));
    return *x;
  }

  result<std::string> make(const std::string& name, const std::string& dir = {}) const {
    return make_test_user(configured(), node_dir, {name, "biomed", dir}, now);
  }

  std::string text(const std::string& file) const { return *read_file(file); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(a_test_user)

BOOST_FIXTURE_TEST_CASE(the_node_knows_the_user_and_the_user_the_node, a_node) {
  auto said = make("alice");
  BOOST_REQUIRE_MESSAGE(said, (said ? "" : said.why().text));
  auto home = node_dir + "/users/alice";
  auto chain = *gsi::certificate::parse_all(text(home + "/usercert.pem"));
  BOOST_TEST(chain.front().belongs_to(*gsi::private_key::parse(text(home + "/userkey.pem"))));

  auto edge = configured().edge;
  auto anchors = load_trust_anchors(edge.anchors, {});
  BOOST_REQUIRE(anchors);
  BOOST_TEST(anchors->problems.empty());
  auto known = gsi::verify_chain(chain, anchors->anchors, now + 1h);
  BOOST_REQUIRE_MESSAGE(known, (known ? "" : known.why().text));
  BOOST_TEST(known->identity.slash() == "/DC=trellis/O=test/CN=alice");
  // Not for a server: nobody can stand in for a node with it.
  BOOST_TEST(!gsi::verify_chain(chain, anchors->anchors, now + 1h, gsi::chain_use::server));

  auto theirs = load_trust_anchors(home + "/certificates", {});
  auto host = *gsi::certificate::parse_all(text(node_dir + "/host.pem"));
  BOOST_TEST(bool(gsi::verify_chain(host, theirs->anchors, now + 1h, gsi::chain_use::server)));
  for (const auto& dir : {home + "/vomsdir", edge.vomsdir})
    BOOST_TEST(text(dir + "/biomed/cern.example.lsc") == gsi::lsc_text(host));
  BOOST_TEST(text(home + "/vomses")
             == "\"biomed\" \"cern.example\" \"9443\" \"/DC=trellis/O=test/CN=cern.example\" "
                "\"biomed\"\n");
  BOOST_TEST(text(home + "/profile").ends_with("TRELLIS_ENDPOINT=https://cern.example:9443\n"));
}

BOOST_FIXTURE_TEST_CASE(keys_are_for_their_owner, a_node) {
  BOOST_REQUIRE(make("alice"));
  for (const auto* name : {"/userkey.pem", "/vomses"}) {
    struct stat x {};

    BOOST_REQUIRE_EQUAL(::stat((node_dir + "/users/alice" + name).c_str(), &x), 0);
    BOOST_TEST((x.st_mode & 0777) == 0600u);
  }
}

BOOST_FIXTURE_TEST_CASE(a_second_user_changes_no_setting, a_node) {
  BOOST_REQUIRE(make("alice"));
  auto before = text(node_dir + "/node.toml");
  BOOST_REQUIRE(make("bob", path + "/carried"));
  BOOST_TEST(text(node_dir + "/node.toml") == before);
  BOOST_TEST(is_there(path + "/carried/usercert.pem"));
}

BOOST_FIXTURE_TEST_CASE(what_does_not_go_is_refused, a_node) {
  BOOST_REQUIRE(make("alice"));
  auto key = text(node_dir + "/users/alice/userkey.pem");
  BOOST_TEST((make("alice").why().code == errc::exists));
  BOOST_TEST(text(node_dir + "/users/alice/userkey.pem") == key);
  for (const auto* name : {"", "../eve", "a b", "a\"b"})
    BOOST_TEST((make(name).why().code == errc::usage), name);
  std::filesystem::remove(node_dir + "/test-ca.key");
  BOOST_TEST((make("carol").why().code == errc::not_found));
}

/// A second [edge] would be no TOML: the node would not start any more.
BOOST_FIXTURE_TEST_CASE(an_edge_without_anchors_is_the_operators_to_write, a_node) {
  auto file = node_dir + "/node.toml";
  auto with_edge = text(file) + "\n[edge]\nrequests = 10\n";
  BOOST_REQUIRE(write_file(file, with_edge, 0644));
  auto said = make("alice");
  BOOST_REQUIRE(!said);
  BOOST_TEST(said.why().text.find("anchors") != std::string::npos);
  BOOST_TEST(text(file) == with_edge);
}

BOOST_AUTO_TEST_SUITE_END()
