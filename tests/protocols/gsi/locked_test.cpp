/// Keys behind passphrases, and what a proxy says of itself. It would catch a wrong passphrase that
/// is not noticed, a root certificate that travels along, and facts of the wrong certificate.
#include "protocols/gsi/locked.hpp"
#include "protocols/gsi/openssl.hpp"
#include "protocols/gsi/proxy_facts.hpp"
#include "tests/protocols/gsi/forge_ac.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

struct world {
  credential ca = forge::make_ca("/C=XX/O=Grid/CN=CA");
  credential alice = forge::below({{}, ca.key}, forge::user_recipe(ca, "/C=XX/O=Grid/CN=Alice"));

  std::string locked(bool old_form) const {
    bio out{BIO_new(BIO_s_mem())};
    auto secret = reinterpret_cast<const unsigned char*>("secret");
    if (old_form)
      PEM_write_bio_PrivateKey_traditional(out.get(), alice.key.handle(), EVP_aes_128_cbc(), secret,
                                           6, nullptr, nullptr);
    else
      PEM_write_bio_PKCS8PrivateKey(out.get(), alice.key.handle(), EVP_aes_256_cbc(), "secret", 6,
                                    nullptr, nullptr);
    return contents(out.get());
  }

  std::string p12(const certificate& cert) const {
    auto others = sk_X509_new_null();
    sk_X509_push(others, ca.leaf().handle());
    owned<PKCS12, PKCS12_free> file{
        PKCS12_create("secret", "alice", alice.key.handle(), cert.handle(), others, 0, 0, 0, 0, 0)};
    sk_X509_free(others);
    bio out{BIO_new(BIO_s_mem())};
    i2d_PKCS12_bio(out.get(), file.get());
    return contents(out.get());
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_locked_key_opens_by_its_passphrase_alone, world) {
  BOOST_TEST(!is_locked(alice.key.pem()));
  BOOST_TEST(!is_locked(alice.leaf().pem()));
  for (bool old_form : {false, true}) {
    auto pem = locked(old_form);
    BOOST_TEST(is_locked(pem));
    BOOST_TEST(is_locked("text before\n" + alice.leaf().pem() + pem));
    BOOST_TEST(!private_key::parse(pem));
    auto key = unlock(pem, "secret");
    BOOST_REQUIRE(bool{key});
    BOOST_TEST(alice.leaf().belongs_to(*key));
    BOOST_TEST((unlock(pem, "Secret").why().code == errc::unauthenticated));
    BOOST_TEST((unlock(pem, "").why().code == errc::unauthenticated));
    BOOST_TEST((unlock(pem, std::string(5000, 'x')).why().code == errc::unauthenticated));
  }
}

BOOST_FIXTURE_TEST_CASE(pkcs12_gives_certificate_and_key, world) {
  auto bytes = p12(alice.leaf());
  auto x = open_pkcs12(bytes, "secret");
  BOOST_REQUIRE_MESSAGE(x, (x ? "" : x.why().text));
  BOOST_TEST(x->leaf().fingerprint() == alice.leaf().fingerprint());
  BOOST_TEST(x->chain.size() == 1u); // without the root
  BOOST_TEST(x->leaf().belongs_to(x->key));
  BOOST_TEST((open_pkcs12(bytes, "wrong").why().code == errc::unauthenticated));
  BOOST_TEST((open_pkcs12("nonsense", "secret").why().code == errc::malformed));
  for (std::size_t n : {0, 1, 40, 200})
    BOOST_TEST(!open_pkcs12(std::string_view{bytes}.substr(0, n), "secret"));
}

BOOST_FIXTURE_TEST_CASE(facts_are_those_of_the_whole_chain, world) {
  auto server = forge::below({{}, ca.key}, forge::user_recipe(ca, "/C=XX/O=Grid/CN=voms.example"));
  new_ac ac;
  ac.vo = "testvo";
  ac.host = "voms.example";
  ac.port = 15000;
  ac.fqans = {*fqan::parse("/testvo/Role=x"), *fqan::parse("/testvo")};
  ac.not_before = now;
  ac.not_after = now + 1h;
  new_proxy wish;
  wish.acs = ac_sequence({*issue_ac(server, alice.leaf(), ac)});
  wish.lifetime = 2h;
  auto first = *make_proxy(alice, wish, now);
  new_proxy limited;
  limited.policy = proxy_policy::limited;
  auto second = *make_proxy(*make_proxy(first, limited, now), {}, now);
  auto x = facts_of(second.chain);
  BOOST_TEST(x.identity == "/C=XX/O=Grid/CN=Alice");
  BOOST_TEST(x.subject.starts_with("/C=XX/O=Grid/CN=Alice/CN="));
  BOOST_TEST(x.issuer.starts_with("/C=XX/O=Grid/CN=Alice/CN="));
  BOOST_TEST(x.type == "limited RFC 3820 proxy");
  BOOST_TEST(x.limited);
  BOOST_TEST(x.strength == "EC 256");
  BOOST_TEST((x.ends == now + 2h));
  BOOST_REQUIRE(x.attributes.size() == 1u);
  BOOST_TEST(x.attributes[0].fqans.at(0).text() == "/testvo/Role=x");
  BOOST_TEST(x.trouble == "");
  auto plain = facts_of(alice.chain);
  BOOST_TEST(plain.type == "certificate");
  BOOST_TEST(plain.identity == "/C=XX/O=Grid/CN=Alice");
  wish.acs = "rubbish";
  BOOST_TEST(facts_of(make_proxy(alice, wish, now)->chain).trouble != "");
}
