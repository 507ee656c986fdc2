#include "protocols/wire/codec.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/joining.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <sys/stat.h>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

const gsi::instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};

host_name host(std::string_view name) { return *host_name::parse(name); }

bool says(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

unsigned mode_of(const std::string& path) {
  struct stat x {};

  BOOST_REQUIRE_EQUAL(::stat(path.c_str(), &x), 0);
  return x.st_mode & 0777;
}

/// cern, which invites, and ral, which is invited. The exchange is a function call.
struct two_sites : temporary_directory {
  std::string cern_dir = path + "/cern", ral_dir = path + "/ral";
  gsi::instant at = now;
  int exchanges = 0;

  new_node cern() const {
    new_node x;
    x.directory = cern_dir;
    x.host = host("cern.example");
    x.roles = {role::wms, role::lb, role::info};
    x.listen = {
        {"127.0.0.2", 9443}
    };
    x.user = "alice";
    x.uid = 1000;
    return x;
  }

  new_node ral() const {
    auto x = cern();
    x.directory = ral_dir;
    x.host = host("ral.example");
    x.roles = {role::ce};
    x.listen = {};
    return x;
  }

  two_sites() {
    auto r = init_node(cern(), now);
    BOOST_REQUIRE_MESSAGE(r, (r ? "" : r.why().text));
  }

  config::node cern_config() const { return *config::load(cern_dir); }

  invite_token invited(std::vector<role> roles = {}) const {
    invitation x{host("ral.example"), std::move(roles), {"biomed"}, now + 1h};
    return *invite(cern_config(), x, {1, 2, 3, 4});
  }

  join_exchange over_a_call() {
    return [this](const invite_token&, const std::string& request) -> result<std::string> {
      ++exchanges;
      bool joined = false;
      return accept_join(cern_config(), request, at, joined);
    };
  }

  result<std::string> join(const invite_token& token) {
    return join_node(ral(), token, at, over_a_call());
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(init_makes_a_whole_node, two_sites) {
  auto config = config::load(cern_dir);
  BOOST_REQUIRE_MESSAGE(config, (config ? "" : config.why().text));
  BOOST_TEST((config->roles == std::vector{role::wms, role::lb, role::info}));
  BOOST_TEST(*config->local_users.at(0).uid == 1000u);
  for (auto key : {"/host.key", "/test-ca.key"})
    BOOST_TEST(mode_of(cern_dir + key) == 0600u, key);
  BOOST_TEST(mode_of(cern_dir) == 0711u);
  auto chain = *load_certificates(config->path(config->cert));
  auto anchors = *load_certificates(config->path(config->ca));
  BOOST_TEST(chain.size() == 2u); // the CA's too: who joins knows it by its fingerprint
  BOOST_TEST(bool{gsi::verify(chain, anchors, now)});
  BOOST_TEST((chain[0].hosts() == std::vector{host("cern.example")}));
}

BOOST_FIXTURE_TEST_CASE(init_refuses_what_is_there, two_sites) {
  BOOST_TEST((init_node(cern(), now).why().code == errc::exists));
  auto deep = cern();
  deep.directory = path + "/" + std::string(100, 'x');
  BOOST_TEST(says(init_node(deep, now).why().text, "--socket PATH"));
  BOOST_TEST(!is_there(deep.directory));
}

BOOST_FIXTURE_TEST_CASE(init_takes_given_certificates_that_fit, two_sites) {
  auto x = cern();
  x.directory = path + "/other";
  x.cert = cern_dir + "/host.pem";
  BOOST_TEST(says(init_node(x, now).why().text, "all three or none"));
  x.key = cern_dir + "/host.key";
  x.ca = cern_dir + "/ca.pem";
  auto wrong = x;
  wrong.key = cern_dir + "/test-ca.key";
  BOOST_TEST(says(init_node(wrong, now).why().text, "does not belong to the certificate"));
  wrong = x;
  wrong.host = host("ral.example");
  BOOST_TEST(says(init_node(wrong, now).why().text, "is not for the host ral.example"));
  BOOST_TEST((init_node(x, now + host_certificate_days + 1h).why().code == errc::expired));
  BOOST_REQUIRE(init_node(x, now));
  BOOST_TEST(config::load(x.directory)->cert == x.cert);
  BOOST_TEST((load_test_ca(x.directory).why().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(tokens_read_back_or_are_refused) {
  invite_token x{
      "[::1]:9443", host("cern.example"), std::string(64, 'a'), std::string{"\x01\xff\0secret", 9},
      now
  };
  auto token = text(x);
  auto back = *parse_token(token);
  BOOST_TEST(back.secret == x.secret);
  BOOST_TEST(back.connect == x.connect);
  BOOST_TEST((back.expires == x.expires));
  for (std::size_t i = 0; i + 2 < token.size(); ++i)
    BOOST_TEST(!parse_token(token.substr(0, i)), "cut at " << i);
  BOOST_TEST(!parse_token(token + "!"));
}

BOOST_FIXTURE_TEST_CASE(a_node_joins_and_both_know_each_other, two_sites) {
  auto r = join(invited());
  BOOST_REQUIRE_MESSAGE(r, (r ? "" : r.why().text));
  auto here = config::load(ral_dir);
  BOOST_REQUIRE_MESSAGE(here, (here ? "" : here.why().text));
  auto there = cern_config();
  BOOST_REQUIRE(here->peer_of(there.host));
  BOOST_REQUIRE(there.peer_of(here->host));
  BOOST_TEST((here->peers[0].connect == endpoint{"cern.example", 9443}));
  BOOST_TEST((here->peers[0].roles == there.roles));
  BOOST_TEST((there.peers[0].roles == std::vector{role::ce}));
  BOOST_TEST(!there.peers[0].connect); // ral listens nowhere
  BOOST_TEST((there.peers[0].vos == std::vector<std::string>{"biomed"}));
  BOOST_TEST(mode_of(ral_dir + "/host.key") == 0600u);
  BOOST_TEST(bool{gsi::verify(*load_certificates(ral_dir + "/host.pem"),
                              *load_certificates(cern_dir + "/ca.pem"), now)});
}

BOOST_FIXTURE_TEST_CASE(a_token_serves_once, two_sites) {
  auto token = invited();
  BOOST_REQUIRE(join(token));
  std::filesystem::remove_all(ral_dir);
  auto again = join(token);
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.why().code == errc::denied));
  BOOST_TEST(says(again.why().text, "was used already"));
}

BOOST_FIXTURE_TEST_CASE(a_lost_answer_costs_nothing, two_sites) {
  auto token = invited();
  auto lost = [&](const invite_token& t, const std::string& request) -> result<std::string> {
    (void)over_a_call()(t, request);
    return error{errc::site_unreachable, "the line broke"};
  };
  BOOST_TEST((join_node(ral(), token, at, lost).why().code == errc::site_unreachable));
  auto r = join(token);
  BOOST_TEST(bool{r}, (r ? "" : r.why().text));
  BOOST_TEST(exchanges == 2);
  BOOST_TEST(cern_config().peers.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_invitation_has_bounds, two_sites) {
  auto token = invited({role::lb});
  BOOST_TEST(says(join(token).why().text, "does not allow the role ce"));
  at = now + 2h;
  BOOST_TEST((join(token).why().code == errc::expired));
  // A node that ignores its clock is refused by the other end.
  auto late = [&](const invite_token&, const std::string& request) -> result<std::string> {
    bool joined = false;
    return accept_join(cern_config(), request, at, joined);
  };
  BOOST_TEST((join_node(ral(), token, now, late).why().code == errc::expired));
  BOOST_TEST(cern_config().peers.empty());
}

BOOST_FIXTURE_TEST_CASE(a_stolen_token_of_another_host_is_refused, two_sites) {
  auto x = ral();
  x.host = host("evil.example");
  auto r = join_node(x, invited(), at, over_a_call());
  BOOST_TEST(says(r.why().text, "is for ral.example, not for evil.example"));
}

BOOST_FIXTURE_TEST_CASE(an_answer_of_another_ca_is_refused, two_sites) {
  auto token = invited();
  token.ca = std::string(64, '0');
  BOOST_TEST((join(token).why().code == errc::unauthenticated));
  BOOST_TEST(!is_there(ral_dir + "/node.toml"));
}

BOOST_FIXTURE_TEST_CASE(any_bytes_get_an_answer, two_sites) {
  auto token = invited();
  join_request x;
  x.secret = token.secret;
  x.host = host("ral.example");
  x.request = "no request";
  auto whole = wire::encode(x);
  for (std::size_t i = 0; i <= whole.size(); ++i) {
    bool joined = true;
    auto answer = wire::decode<join_answer>(
        accept_join(cern_config(), std::string_view{whole}.substr(0, i), now, joined));
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->refused, "cut at " << i);
    BOOST_TEST(!joined);
  }
}

BOOST_FIXTURE_TEST_CASE(who_listens_nowhere_cannot_invite, two_sites) {
  auto config = cern_config();
  config.listen.clear();
  invitation x{host("ral.example"), {}, {}, now + 1h};
  BOOST_TEST(says(invite(config, x, {}).why().text, "listens nowhere"));
}

BOOST_FIXTURE_TEST_CASE(files_are_written_whole, temporary_directory) {
  auto file = path + "/x";
  BOOST_TEST((read_file(file).why().code == errc::not_found));
  BOOST_REQUIRE(create_file(file, "one", 0600));
  BOOST_TEST((create_file(file, "two", 0600).why().code == errc::exists));
  BOOST_TEST(*read_file(file) == "one");
  BOOST_REQUIRE(write_file(file, "three", 0644));
  BOOST_TEST(*read_file(file) == "three");
  BOOST_TEST(mode_of(file) == 0644u);
  BOOST_TEST(!read_file(file, 4));
  BOOST_TEST(!is_there(file + ".new"));
  BOOST_REQUIRE(make_directory(path + "/a/b/c", 0700));
  BOOST_TEST(bool{make_directory(path + "/a/b/c", 0700)});
  BOOST_TEST(!make_directory(file + "/d", 0700));
}
