#include "protocols/gsi/trust_anchors.hpp"
#include "protocols/gsi/verify.hpp"
#include "tests/protocols/gsi/forge.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

constexpr std::string_view alice_name = "/C=XX/O=Grid/CN=Alice";

struct directory {
  credential ca = forge::make_ca("/C=XX/O=Grid/CN=CA");
  credential alice = forge::below({{}, ca.key}, forge::user_recipe(ca, alice_name));
  std::string stem = forge::hash(ca.leaf());
  std::vector<named_bytes> files = forge::files(ca, "/C=XX/O=Grid/*");
  trust_settings settings;

  void put(const std::string& kind, const std::string& bytes) {
    files.push_back({stem + kind, bytes});
  }

  trust_anchors::loaded load() const { return trust_anchors::load(files, settings); }

  /// "accepted", or the rule that refuses alice.
  std::string alice_is() const {
    auto x = judge_chain(alice.chain, load().anchors, now);
    auto no = std::get_if<refused_chain>(&x);
    return no ? std::string{word(no->rule)} : "accepted";
  }
};

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_directory_with_ca_and_policy_is_enough, directory) {
  auto x = load();
  BOOST_TEST(x.problems.empty());
  BOOST_TEST(x.anchors.size() == 1u);
  BOOST_TEST(x.anchors.facts()[0].has_namespaces);
  BOOST_TEST(alice_is() == "accepted");
}

BOOST_FIXTURE_TEST_CASE(a_ca_without_policy_signs_nothing_unless_said, directory) {
  files.pop_back();
  BOOST_TEST(alice_is() == "name_space");
  settings.namespaces = namespace_rule::if_present;
  BOOST_TEST(alice_is() == "accepted");
}

BOOST_FIXTURE_TEST_CASE(a_policy_that_cannot_be_read_permits_nothing, directory) {
  settings.namespaces = namespace_rule::if_present;
  put(".namespaces", "TO Issuer SELF PERMIT Subject \"/C=XX/O=(Grid|Other)/.*\"");
  BOOST_TEST(alice_is() == "name_space");
  BOOST_TEST(load().problems.size() == 1u);
  BOOST_TEST(load().problems[0].text.starts_with(stem + ".namespaces: line 1: "));
}

BOOST_FIXTURE_TEST_CASE(namespaces_win_over_signing_policy, directory) {
  put(".namespaces", "TO Issuer SELF PERMIT Subject \"/C=XX/O=Other/.*\"");
  BOOST_TEST(alice_is() == "name_space");
  files.back().bytes = "TO Issuer SELF PERMIT Subject \"/C=XX/O=Grid/.*\"";
  files[1].bytes = "access_id_CA X509 '/CN=somebody else'";
  BOOST_TEST(alice_is() == "accepted");
}

BOOST_FIXTURE_TEST_CASE(a_policy_may_bear_the_name_of_the_certificate_file, directory) {
  files[0].name = "grid-ca.pem";
  files[1].name = "grid-ca.signing_policy";
  BOOST_TEST(alice_is() == "accepted");
}

BOOST_FIXTURE_TEST_CASE(revoked_is_revoked, directory) {
  auto serial = alice.leaf().serial();
  put(".r0", forge::crl(ca, {"\x55", serial}));
  BOOST_TEST(alice_is() == "revoked");
  auto proxy = *make_proxy(alice, {}, now);
  BOOST_TEST(!verify_chain(proxy.chain, load().anchors, now));
  settings.crl = crl_rule::off;
  BOOST_TEST(alice_is() == "accepted");
}

BOOST_FIXTURE_TEST_CASE(a_list_without_alice_lets_her_in, directory) {
  put(".r0", forge::crl(ca, {"\x55"}));
  settings.crl = crl_rule::require;
  BOOST_TEST(alice_is() == "accepted");
  BOOST_TEST(load().anchors.facts()[0].has_crl);
  BOOST_TEST((load().anchors.facts()[0].crl_ends == now + 24h));
}

BOOST_FIXTURE_TEST_CASE(a_list_may_be_required, directory) {
  BOOST_TEST(alice_is() == "accepted");
  settings.crl = crl_rule::require;
  BOOST_TEST(alice_is() == "revoked");
}

BOOST_FIXTURE_TEST_CASE(a_list_that_is_not_good_lets_nobody_in, directory) {
  auto other = forge::make_ca("/C=XX/O=Grid/CN=CA");
  auto ended = forge::crl(ca, {}, now - 2h, now);
  auto not_yet = forge::crl(ca, {}, now + 10min, now + 2h);
  auto by_another_key = forge::crl(other, {});
  auto partial = forge::crl(ca, {}, now - 1h, now + 24h, true);
  for (const auto& bad : {ended, not_yet, by_another_key, partial}) {
    put(".r0", bad);
    BOOST_TEST(alice_is() == "revoked", bad);
    files.pop_back();
  }
  put(".r0", "no CRL");
  BOOST_TEST(load().problems.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(the_newest_list_counts, directory) {
  put(".r0", forge::crl(ca, {}, now - 48h, now - 24h));
  BOOST_TEST(alice_is() == "revoked");
  put(".r1", forge::crl(ca, {}));
  BOOST_TEST(alice_is() == "accepted");
  put(".r2", forge::crl(ca, {alice.leaf().serial()}));
  BOOST_TEST(alice_is() == "revoked");
}

BOOST_FIXTURE_TEST_CASE(a_broken_file_does_not_stop_the_others, directory) {
  files.insert(files.begin(), {"00000000.0", "-----BEGIN CERTIFICATE-----\nAAAA\n"});
  files.push_back({"11111111.0", alice.leaf().pem()});
  auto x = load();
  BOOST_TEST(x.problems.size() == 2u);
  BOOST_TEST(x.problems[1].text == "11111111.0: /C=XX/O=Grid/CN=Alice is no CA");
  BOOST_TEST(alice_is() == "accepted");
}

BOOST_FIXTURE_TEST_CASE(each_ca_of_a_path_keeps_to_its_own_policy, directory) {
  auto recipe = forge::user_recipe(ca, "/C=XX/O=Grid/CN=Issuing CA");
  recipe.extensions = {forge::named("basicConstraints", "critical,CA:TRUE")};
  auto issuing = forge::below({{}, ca.key}, recipe);
  alice = forge::below(issuing, forge::user_recipe(issuing, alice_name));
  BOOST_TEST(alice_is() == "name_space");
  auto more = forge::files(issuing, "/C=XX/O=Grid/CN=Al*");
  files.insert(files.end(), more.begin(), more.end());
  BOOST_TEST(alice_is() == "accepted");
  // Not in the directory itself, but its policy is.
  files.erase(files.begin() + 2);
  BOOST_TEST(alice_is() == "accepted");
  files[1].bytes = "access_id_CA X509 '/C=XX/O=Grid/CN=CA'\npos_rights globus CA:sign\n"
                   "cond_subjects globus '\"/C=XX/O=Grid/CN=Other CA\"'";
  BOOST_TEST(alice_is() == "name_space");
}

/// The accredited CAs as Debian ships them (igtf-policy-classic).
BOOST_AUTO_TEST_CASE(the_anchors_of_debian_load) {
  const std::filesystem::path path = "/etc/grid-security/certificates";
  if (!std::filesystem::exists(path / "ANSPGrid.pem")) {
    BOOST_TEST_MESSAGE("not installed: igtf-policy-classic");
    return;
  }
  std::vector<named_bytes> files;
  std::size_t pems = 0;
  for (const auto& x : std::filesystem::directory_iterator{path}) {
    files.push_back({x.path().filename(), slurp(x.path())});
    pems += x.path().extension() == ".pem";
  }
  auto x = trust_anchors::load(files, {});
  for (const auto& p : x.problems)
    BOOST_TEST(false, p.text);
  BOOST_TEST(x.anchors.size() == pems);
  for (const auto& fact : x.anchors.facts())
    BOOST_TEST(fact.has_namespaces, fact.cert.subject());
}
