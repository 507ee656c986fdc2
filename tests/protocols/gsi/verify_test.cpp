#include "protocols/gsi/verify.hpp"
#include "tests/protocols/gsi/forge.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/x509_vfy.h>

#include <functional>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

using chain = std::vector<certificate>;

struct world {
  credential ca = forge::make_ca("/C=XX/O=Grid/CN=CA");
  credential alice
      = forge::below({{}, ca.key}, forge::user_recipe(ca, "/C=XX/O=Grid/OU=People/CN=Alice"));
  trust_anchors anchors = trust_anchors::of({ca.leaf()});

  credential proxy(const std::function<void(forge::recipe&)>& change) const {
    return proxy_of(alice, change);
  }

  credential proxy_of(const credential& from,
                      const std::function<void(forge::recipe&)>& change) const {
    auto x = forge::proxy_recipe(from);
    change(x);
    return forge::below(from, x);
  }

  /// A user's certificate, changed, and a proxy of it.
  credential user(const std::function<void(forge::recipe&)>& change) const {
    auto x = forge::user_recipe(ca, "/C=XX/O=Grid/OU=People/CN=Alice");
    change(x);
    return forge::below({{}, ca.key}, x);
  }
};

void unchanged(forge::recipe&) {}

void with_language(forge::recipe& x, std::string_view language,
                   std::optional<std::string> policy = std::nullopt) {
  x.extensions[0] = forge::info(true, {std::nullopt, std::string{language}, std::move(policy)});
}

void with_length(forge::recipe& x, std::uint32_t length) {
  x.extensions[0] = forge::info(true, {length, std::string{forge::inherit_all}, std::nullopt});
}

/// A defect of a chain, what we say of it, and whether OpenSSL by itself would take it.
struct row {
  std::string_view name;
  std::function<chain(const world&)> make;
  std::optional<chain_rule> refused; // nothing: it is accepted
  bool openssl_takes = false;
};

using rule = chain_rule;

// clang-format off
const row rows[] = {
    {"a user", [](const world& w) { return w.alice.chain; }, {}, true},
    {"a proxy", [](const world& w) { return w.proxy(unchanged).chain; }, {}, true},
    {"a proxy and the root",
     [](const world& w) {
       auto out = w.proxy(unchanged).chain;
       out.push_back(w.ca.leaf());
       return out;
     }, {}, true},
    {"a proxy of a proxy",
     [](const world& w) { return w.proxy_of(w.proxy(unchanged), unchanged).chain; }, {}, true},

    {"1: signed by another key",
     [](const world& w) { return w.proxy([](auto& x) { x.signer = forge::new_key(); }).chain; },
     rule::issued_by_signer},
    {"1: the signer is missing", [](const world& w) { return chain{w.proxy(unchanged).leaf()}; },
     rule::issued_by_signer},
    {"1: another user's certificate",
     [](const world& w) {
       auto bob = forge::user_recipe(w.ca, "/C=XX/O=Grid/CN=Bob");
       return chain{w.proxy(unchanged).leaf(), forge::sign(bob)};
     }, rule::issued_by_signer},
    {"2: a foreign subject",
     [](const world& w) {
       return w.proxy([](auto& x) { x.subject = forge::name("/C=XX/O=Grid/CN=Root/CN=1"); }).chain;
     }, rule::subject_adds_one_cn},
    {"2: two CNs more",
     [](const world& w) {
       return w.proxy([](auto& x) { x.subject = *x.subject.with_cn("5"); }).chain;
     }, rule::subject_adds_one_cn},
    {"2: no CN more",
     [](const world& w) { return w.proxy([](auto& x) { x.subject = x.issuer; }).chain; },
     rule::anchored},
    {"2: an OU more",
     [](const world& w) {
       return w.proxy([](auto& x) { x.subject = forge::name(x.issuer.slash() + "/OU=1"); }).chain;
     }, rule::subject_adds_one_cn},
    {"2: CN and OU in one", [](const world& w) {
       return w.proxy([](auto& x) {
         auto rdns = x.issuer.rdns();
         rdns.push_back({{"2.5.4.3", "1"}, {"2.5.4.11", "2"}});
         x.subject = *dn::from_rdns(rdns);
       }).chain;
     }, rule::subject_adds_one_cn},
    {"3: signed by a CA",
     [](const world& w) { return forge::below(w.ca, forge::proxy_recipe(w.ca)).chain; },
     rule::signer_is_no_ca},
    {"4: a subjectAltName",
     [](const world& w) {
       return w.proxy([](auto& x) {
             x.extensions.push_back(forge::alternative_name("host.example"));
           })
           .chain;
     }, rule::no_other_names},
    {"4: an issuerAltName",
     [](const world& w) {
       return w.proxy([](auto& x) {
             x.extensions.push_back(forge::named("issuerAltName", "DNS:host.example"));
           })
           .chain;
     }, rule::no_other_names},
    {"4: CA:TRUE",
     [](const world& w) {
       return w.proxy([](auto& x) {
             x.extensions.push_back(forge::named("basicConstraints", "critical,CA:TRUE"));
           })
           .chain;
     }, rule::no_other_names},
    {"5: ProxyCertInfo is not critical",
     [](const world& w) {
       return w.proxy([](auto& x) { x.extensions[0].critical = false; }).chain;
     }, rule::info_is_critical, true},
    {"5: two of them",
     [](const world& w) {
       return w.proxy([](auto& x) { x.extensions.push_back(x.extensions[0]); }).chain;
     }, rule::info_is_critical},
    {"5: one that is broken",
     [](const world& w) {
       return w.proxy([](auto& x) { x.extensions[0].der = "\x30\x01"; }).chain;
     }, rule::info_is_critical},
    {"5: a GT3 proxy",
     [](const world& w) {
       return w.proxy([](auto& x) { x.extensions[0].oid = "1.3.6.1.4.1.3536.1.222"; }).chain;
     }, rule::info_is_critical},
    {"5: a GT2 proxy",
     [](const world& w) {
       return w.proxy([](auto& x) {
             x.subject = *x.issuer.with_cn("proxy");
             x.extensions.clear();
           })
           .chain;
     }, rule::info_is_critical},
    {"5: a limited GT2 proxy below a proxy",
     [](const world& w) {
       return w
           .proxy_of(w.proxy(unchanged),
                     [](auto& x) {
                       x.subject = *x.issuer.with_cn("limited proxy");
                       x.extensions.clear();
                     })
           .chain;
     }, rule::info_is_critical},
    {"6: path length 0 and one below",
     [](const world& w) {
       return w.proxy_of(w.proxy([](auto& x) { with_length(x, 0); }), unchanged).chain;
     }, rule::path_length},
    {"6: path length 1 and one below",
     [](const world& w) {
       return w.proxy_of(w.proxy([](auto& x) { with_length(x, 1); }), unchanged).chain;
     }, {}, true},
    {"6: path length 0 of the last",
     [](const world& w) { return w.proxy([](auto& x) { with_length(x, 0); }).chain; }, {}, true},
    {"7: a user who may not sign",
     [](const world& w) {
       auto u = w.user([](auto& x) { x.extensions[1] = forge::key_usage(true, 0x20); });
       return w.proxy_of(u, unchanged).chain;
     }, rule::signer_may_sign},
    {"7: a user without keyUsage",
     [](const world& w) {
       auto u = w.user([](auto& x) { x.extensions.pop_back(); });
       return w.proxy_of(u, unchanged).chain;
     }, {}, true},
    {"7: a proxy that may not sign",
     [](const world& w) {
       auto p = w.proxy([](auto& x) { x.extensions[1] = forge::key_usage(true, 0x20); });
       return w.proxy_of(p, unchanged).chain;
     }, rule::signer_may_sign},
    {"8: independent",
     [](const world& w) {
       return w.proxy([](auto& x) { with_language(x, forge::independent); }).chain;
     }, rule::known_language,true},
    {"8: a full one below an independent one",
     [](const world& w) {
       auto p = w.proxy([](auto& x) { with_language(x, forge::independent); });
       return w.proxy_of(p, unchanged).chain;
     }, rule::known_language, true},
    {"8: any language",
     [](const world& w) {
       return w.proxy([](auto& x) { with_language(x, "1.3.6.1.5.5.7.21.0"); }).chain;
     }, rule::known_language, true},
    {"8: an unknown language",
     [](const world& w) {
       return w.proxy([](auto& x) { with_language(x, "1.2.3.4.5", "allow"); }).chain;
     }, rule::known_language, true},
    {"9: inheritAll with a policy",
     [](const world& w) {
       return w.proxy([](auto& x) { with_language(x, forge::inherit_all, "allow"); }).chain;
     }, rule::no_policy, true},
    {"9: limited with a policy",
     [](const world& w) {
       return w.proxy([](auto& x) { with_language(x, forge::limited, ""); }).chain;
     }, rule::no_policy, true},
    {"12: eleven proxies",
     [](const world& w) {
       auto at = w.alice;
       for (int i = 0; i < 11; ++i)
         at = w.proxy_of(at, unchanged);
       return at.chain;
     }, rule::bounds, true},
    {"12: twenty-one certificates", [](const world& w) { return chain(21, w.alice.leaf()); },
     rule::bounds, true},
    {"12: 64 KiB",
     [](const world& w) {
       return w.proxy([](auto& x) {
             x.extensions.push_back({"1.2.3.4", false, std::string(65'000, 'x')});
           })
           .chain;
     }, rule::bounds, true},
    {"12: nothing", [](const world&) { return chain{}; }, rule::bounds},
    {"13: a CA", [](const world& w) { return w.ca.chain; }, rule::identity_is_no_ca},
    {"14: RSA with 1024 bits",
     [](const world& w) { return w.proxy([](auto& x) { x.key = forge::rsa_key(1024); }).chain; },
     rule::strength, true},
    {"14: RSA with 2048 bits",
     [](const world& w) { return w.proxy([](auto& x) { x.key = forge::rsa_key(2048); }).chain; },
     {}, true},
    {"14: a short curve",
     [](const world& w) {
       return w.user([](auto& x) { x.key = forge::curve_key("secp224r1"); }).chain;
     }, rule::strength, true},
    {"14: a curve of others",
     [](const world& w) {
       return w.user([](auto& x) { x.key = forge::curve_key("secp256k1"); }).chain;
     }, rule::strength, true},
    {"14: a proxy signed with SHA-1",
     [](const world& w) { return w.proxy([](auto& x) { x.digest = "SHA1"; }).chain; },
     rule::strength, true},
    {"14: a user signed with SHA-1",
     [](const world& w) { return w.user([](auto& x) { x.digest = "SHA1"; }).chain; },
     rule::strength, true},
    {"15: for servers only",
     [](const world& w) {
       return w
           .user([](auto& x) {
             x.extensions.push_back(forge::named("extendedKeyUsage", "serverAuth"));
           })
           .chain;
     }, rule::purpose},
    {"15: a proxy of one for servers",
     [](const world& w) {
       auto u = w.user(
           [](auto& x) { x.extensions.push_back(forge::named("extendedKeyUsage", "serverAuth")); });
       return w.proxy_of(u, unchanged).chain;
     }, rule::purpose},
    {"15: for clients",
     [](const world& w) {
       return w
           .user([](auto& x) {
             x.extensions.push_back(forge::named("extendedKeyUsage", "clientAuth"));
           })
           .chain;
     },{}, true},
    {"a proxy that ended",
     [](const world& w) { return w.proxy([](auto& x) { x.end = now; }).chain; }, rule::time},
    {"a proxy that is about to end",
     [](const world& w) { return w.proxy([](auto& x) { x.end = now + 1s; }).chain; }, {}, true},
    {"a proxy of five minutes ahead",
     [](const world& w) { return w.proxy([](auto& x) { x.begin = now + 300s; }).chain; }, {},
     false},
    {"a proxy of more than five minutes ahead",
     [](const world& w) { return w.proxy([](auto& x) { x.begin = now + 301s; }).chain; },
     rule::time},
    {"a user who ended",
     [](const world& w) {
       auto u = w.user([](auto& x) { x.end = now - 1s; });
       return w.proxy_of(u, unchanged).chain;
     }, rule::time},
    {"a user of an unknown CA",
     [](const world& w) {
       auto other = forge::make_ca("/C=XX/O=Grid/CN=Other");
       auto x = forge::user_recipe(other, "/C=XX/O=Grid/OU=People/CN=Alice");
       return w.proxy_of(forge::below(other, x), unchanged).chain;
     }, rule::anchored},
    {"a user of a false CA of that name",
     [](const world& w) {
       auto other = forge::make_ca("/C=XX/O=Grid/CN=CA");
       auto x = forge::user_recipe(other, "/C=XX/O=Grid/OU=People/CN=Alice");
       return w.proxy_of(forge::below({{}, other.key}, x), unchanged).chain;
     }, rule::anchored},
    {"a user signed by a user",
     [](const world& w) {
       auto x = forge::user_recipe(w.ca, "/C=XX/O=Grid/OU=People/CN=Mallory");
       x.issuer = *w.alice.leaf().subject_name();
       x.signer = w.alice.key;
       return forge::below(w.alice, x).chain;
     }, rule::anchored},
    {"a user signed by a proxy",
     [](const world& w) {
       auto p = w.proxy(unchanged);
       auto x = forge::user_recipe(w.ca, "/C=XX/O=Grid/CN=Mallory");
       x.issuer = *p.leaf().subject_name();
       x.signer = p.key;
       return forge::below(p, x).chain;
     }, rule::anchored},
    {"an unknown critical extension",
     [](const world& w) {
       return w.proxy([](auto& x) { x.extensions.push_back({"1.2.3.4", true, "x"}); }).chain;
     }, rule::anchored },
};

// clang-format on

std::optional<chain_rule> verdict(const world& w, const chain& x, std::string& text) {
  auto judged = judge_chain(x, w.anchors, now);
  auto no = std::get_if<refused_chain>(&judged);
  if (!no)
    return std::nullopt;
  text = no->why.text;
  return no->rule;
}

std::string_view shown(std::optional<chain_rule> x) { return x ? word(*x) : "accepted"; }

} // namespace

BOOST_FIXTURE_TEST_CASE(each_rule_holds, world) {
  for (const auto& x : rows) {
    auto made = x.make(*this);
    std::string text;
    auto got = verdict(*this, made, text);
    BOOST_TEST(shown(got) == shown(x.refused), x.name << ": " << text);
    BOOST_TEST((!got || text.find("/CN=") != text.npos || made.empty()), x.name << ": " << text);
    if (!made.empty())
      BOOST_TEST((forge::openssl_verdict(made, ca.leaf(), now) == 0) == x.openssl_takes, x.name);
  }
}

BOOST_FIXTURE_TEST_CASE(limited_stays_limited, world) {
  auto limited = proxy([](auto& x) { with_language(x, forge::limited); });
  auto full = proxy_of(proxy_of(limited, unchanged), unchanged);
  BOOST_TEST(verify_chain(full.chain, anchors, now)->limited);
  BOOST_TEST(!verify_chain(proxy(unchanged).chain, anchors, now)->limited);
}

BOOST_FIXTURE_TEST_CASE(the_first_end_counts, world) {
  auto user_ends = now + 2h;
  auto u = user([&](auto& x) { x.end = user_ends; });
  auto long_proxy = proxy_of(u, [](auto& x) { x.end = now + std::chrono::days{3650}; });
  BOOST_TEST((verify_chain(long_proxy.chain, anchors, now)->ends == user_ends));
}

BOOST_FIXTURE_TEST_CASE(a_server_is_not_a_client, world) {
  auto client = user(
      [](auto& x) { x.extensions.push_back(forge::named("extendedKeyUsage", "clientAuth")); });
  BOOST_TEST(bool{verify_chain(client.chain, anchors, now, chain_use::client)});
  BOOST_TEST(!verify_chain(client.chain, anchors, now, chain_use::server));
  BOOST_TEST(bool{verify_chain(client.chain, anchors, now, chain_use::any)});
}

BOOST_FIXTURE_TEST_CASE(the_order_of_the_rest_does_not_matter, world) {
  auto two = proxy_of(proxy(unchanged), unchanged).chain;
  chain mixed{two[0], ca.leaf(), two[2], two[1]};
  auto who = verify_chain(mixed, anchors, now);
  BOOST_REQUIRE(bool{who});
  BOOST_TEST(who->proxies == 2u);
  BOOST_TEST(who->identity.slash() == alice.leaf().subject());
}

BOOST_AUTO_TEST_CASE(the_signature_of_an_anchor_is_not_judged_what_is_below_is) {
  auto key = forge::new_key();
  forge::recipe root{forge::name("/CN=Old Root"), forge::name("/CN=Old Root"), key, key};
  root.extensions = {forge::named("basicConstraints", "critical,CA:TRUE")};
  root.digest = "SHA1";
  auto ca = forge::alone(root);
  auto alice = forge::below({{}, ca.key}, forge::user_recipe(ca, "/CN=Alice"));
  BOOST_TEST(bool{verify_chain(alice.chain, trust_anchors::of(ca.chain), now)});
  // An intermediate CA is not an anchor's own signature.
  auto below = forge::user_recipe(ca, "/CN=Issuing CA");
  below.extensions = root.extensions;
  below.digest = "SHA1";
  auto issuing = forge::below(ca, below);
  auto bob = forge::below(issuing, forge::user_recipe(issuing, "/CN=Bob"));
  auto judged = judge_chain(bob.chain, trust_anchors::of({ca.leaf(), issuing.leaf()}), now);
  BOOST_TEST((std::get<refused_chain>(judged).rule == chain_rule::strength));
}
