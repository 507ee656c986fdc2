#include "protocols/gsi/verify.hpp"
#include "tests/protocols/gsi/forge.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

struct world {
  credential ca = forge::make_ca("/C=XX/O=Grid/CN=CA");
  credential alice
      = forge::below({{}, ca.key}, forge::user_recipe(ca, "/C=XX/O=Grid/OU=People/CN=Alice"));
  trust_anchors anchors = trust_anchors::of({ca.leaf()});

  result<verified_chain> check(const std::vector<certificate>& chain) const {
    return verify_chain(chain, anchors, now);
  }
};

bool says(const error& x, std::string_view part) { return x.text.find(part) != x.text.npos; }

} // namespace

BOOST_FIXTURE_TEST_CASE(a_proxy_stands_for_its_user, world) {
  auto proxy = *make_proxy(alice, {}, now);
  BOOST_TEST(proxy.chain.size() == 2u);
  BOOST_TEST(proxy.leaf().belongs_to(proxy.key));
  BOOST_TEST((proxy.leaf().not_before() == now - 5min));
  auto who = check(proxy.chain);
  BOOST_REQUIRE_MESSAGE(who, (who ? "" : who.why().text));
  BOOST_TEST(who->identity.slash() == "/C=XX/O=Grid/OU=People/CN=Alice");
  BOOST_TEST(who->issuer.slash() == "/C=XX/O=Grid/CN=CA");
  BOOST_TEST(who->proxies == 1u);
  BOOST_TEST(!who->limited);
  BOOST_TEST((who->ends == now + 12h));
  BOOST_TEST(who->path.size() == 3u);
  BOOST_TEST(who->leaf.fingerprint() == proxy.leaf().fingerprint());
  BOOST_TEST(who->end_entity.fingerprint() == alice.leaf().fingerprint());
  BOOST_TEST(forge::openssl_verdict(proxy.chain, ca.leaf(), now) == 0);
}

BOOST_FIXTURE_TEST_CASE(a_user_without_proxy_is_taken_too, world) {
  auto who = check(alice.chain);
  BOOST_REQUIRE(bool{who});
  BOOST_TEST(who->proxies == 0u);
  BOOST_TEST((who->ends == alice.leaf().not_after()));
}

BOOST_FIXTURE_TEST_CASE(a_proxy_of_a_limited_one_is_limited, world) {
  new_proxy limited;
  limited.policy = proxy_policy::limited;
  auto first = *make_proxy(alice, limited, now);
  auto second = *make_proxy(first, {}, now);
  BOOST_TEST((policy_of(*proxy_info_of(second.leaf())) == proxy_policy::limited));
  BOOST_TEST(check(second.chain)->limited);
  // Somebody else's tool could make a full one below it.
  auto full = forge::below(first, forge::proxy_recipe(first));
  BOOST_TEST(check(full.chain)->limited);
}

BOOST_FIXTURE_TEST_CASE(a_proxy_ends_no_later_than_its_chain, world) {
  new_proxy week;
  week.lifetime = std::chrono::days{7};
  auto first = *make_proxy(alice, {}, now);
  auto second = *make_proxy(first, week, now);
  BOOST_TEST((second.leaf().not_after() == now + 12h));
  BOOST_TEST(says(make_proxy(first, {}, now + 13h).why(), "has ended"));
  BOOST_TEST((make_proxy(first, {}, now + 13h).why().code == errc::expired));
}

BOOST_FIXTURE_TEST_CASE(a_path_length_is_kept, world) {
  new_proxy one;
  one.path_length = 1;
  auto first = *make_proxy(alice, one, now);
  auto second = *make_proxy(first, {}, now);
  BOOST_TEST(bool{check(second.chain)});
  BOOST_TEST((make_proxy(second, {}, now).why().code == errc::denied));
}

BOOST_FIXTURE_TEST_CASE(ten_proxies_are_made_and_no_more, world) {
  auto at = alice;
  for (int i = 0; i < max_chain_proxies; ++i)
    at = *make_proxy(at, {}, now);
  BOOST_TEST(bool{check(at.chain)});
  BOOST_TEST((make_proxy(at, {}, now).why().code == errc::denied));
}

BOOST_FIXTURE_TEST_CASE(a_delegation_needs_no_key_on_the_way, world) {
  auto proxy = *make_proxy(alice, {}, now);
  auto request = *request_delegation();
  auto chain = *sign_delegation(proxy, request.csr, {}, now);
  auto received = accept_delegation(request.key, chain_pem(chain));
  BOOST_REQUIRE(bool{received});
  BOOST_TEST(received->chain.size() == 3u);
  BOOST_TEST(check(received->chain)->identity.slash() == "/C=XX/O=Grid/OU=People/CN=Alice");
  BOOST_TEST(!accept_delegation(forge::new_key(), chain_pem(chain)));
  BOOST_TEST(!accept_delegation(alice.key, chain_pem(alice.chain)));
}

BOOST_FIXTURE_TEST_CASE(a_bad_request_for_a_delegation_is_refused, world) {
  auto csr = request_delegation()->csr;
  for (std::size_t i = 40; i < csr.size() - 40; i += 5) {
    auto bad = csr;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    if (bad != csr)
      BOOST_TEST(!sign_delegation(alice, bad, {}, now), "changed at " << i);
  }
  BOOST_TEST(!sign_delegation(alice, std::string(max_credential_bytes + 1, 'x'), {}, now));
  new_proxy none;
  none.lifetime = 0s;
  BOOST_TEST((sign_delegation(alice, csr, none, now).why().code == errc::usage));
}

BOOST_FIXTURE_TEST_CASE(a_credential_file_reads_back, world) {
  auto proxy = *make_proxy(alice, {}, now);
  auto pem = credential_pem(proxy);
  BOOST_TEST(pem.find("CERTIFICATE") < pem.find("PRIVATE KEY"));
  BOOST_TEST(pem.find("PRIVATE KEY") < pem.rfind("BEGIN CERTIFICATE"));
  auto read = parse_credential(pem);
  BOOST_REQUIRE(bool{read});
  BOOST_TEST(credential_pem(*read) == pem);
  auto other = alice.leaf().pem() + proxy.key.pem();
  BOOST_TEST(says(parse_credential(other).why(), "the key does not belong"));
  BOOST_TEST(says(parse_credential(chain_pem(proxy.chain)).why(), "no usable key"));
  BOOST_TEST(says(parse_chain(std::string(max_credential_bytes + 1, '\n')).why(), "too long"));
  std::string many;
  for (std::size_t i = 0; i <= max_chain_certificates; ++i)
    many += alice.leaf().pem();
  BOOST_TEST(says(parse_chain(many).why(), "too long"));
}

BOOST_AUTO_TEST_CASE(proxy_cert_info_is_read_strictly) {
  for (const auto& x : {
           proxy_cert_info{std::nullopt, std::string{forge::inherit_all}, std::nullopt},
           proxy_cert_info{0,            std::string{forge::limited},     std::nullopt},
           proxy_cert_info{70000,        "1.2.3.4.5",                     "policy"    },
  }) {
    auto der = to_der(x);
    BOOST_TEST((*parse_proxy_cert_info(der) == x));
    for (std::size_t i = 0; i < der.size(); ++i)
      BOOST_TEST(!parse_proxy_cert_info(der.substr(0, i)), i);
    BOOST_TEST(!parse_proxy_cert_info(der + '\0'));
  }
  BOOST_TEST(!parse_proxy_cert_info({"\x30\x07\x02\x01\xFF\x30\x02\x06\x00", 9}), "negative");
}
