/// Our verdict on thousands of broken chains beside that of X509_verify_cert. We must refuse all
/// that OpenSSL refuses; what only we refuse must be one of the rules that it leaves open. Each
/// kind of difference is a row of `differences` with its reason, and each row must be met.
#include "protocols/gsi/verify.hpp"
#include "tests/protocols/gsi/forge.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <functional>
#include <map>
#include <random>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

using rule = chain_rule;

/// We refuse by this rule what OpenSSL takes.
struct stricter {
  rule by;
  std::string_view why;
};

constexpr stricter differences[] = {
    {rule::info_is_critical, "OpenSSL takes a ProxyCertInfo that is not critical"},
    {rule::known_language,   "OpenSSL leaves policy languages to its caller"     },
    {rule::no_policy,        "OpenSSL leaves policies to its caller"             },
    {rule::strength,         "OpenSSL judges strength only at a security level"  },
    {rule::bounds,           "OpenSSL bounds depth, not proxies and bytes"       },
    {rule::name_space,       "OpenSSL knows no signing policies"                 },
    {rule::revoked,          "OpenSSL was given no CRL"                          },
};

/// The other way round: what OpenSSL refuses and we take.
struct milder {
  int verdict;
  std::string_view why;
};

constexpr milder graces[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, "we give clocks five minutes before a certificate begins"},
};

/// One thing done to one certificate before it is signed.
struct mutation {
  std::string_view name;
  std::function<void(forge::recipe&, std::mt19937&)> apply;
};

std::size_t pick(std::mt19937& chance, std::size_t below) { return chance() % below; }

void set_info(forge::recipe& x, proxy_cert_info info, bool critical = true) {
  for (auto& e : x.extensions)
    if (e.oid == "1.3.6.1.5.5.7.1.14")
      e = forge::info(critical, info);
}

proxy_cert_info plain_info() { return {std::nullopt, std::string{forge::inherit_all}, {}}; }

// clang-format off
const mutation mutations[] = {
    {"nothing", [](auto&, auto&) {}},
    {"another issuer", [](auto& x, auto&) { x.issuer = forge::name("/C=XX/CN=Nobody"); }},
    {"another signer", [](auto& x, auto&) { x.signer = forge::new_key(); }},
    {"one CN more", [](auto& x, auto&) { x.subject = *x.subject.with_cn("5"); }},
    {"another subject", [](auto& x, auto&) { x.subject = forge::name("/C=XX/O=Grid/CN=Eve"); }},
    {"a foreign subject", [](auto& x, auto&) { x.subject = forge::name("/C=YY/CN=Eve"); }},
    {"a revoked serial", [](auto& x, auto&) { x.serial = "\x66"; }},
    {"its issuer's name", [](auto& x, auto&) { x.subject = x.issuer; }},
    {"some times", [](auto& x, auto& c) {
       x.begin = now + std::chrono::seconds{static_cast<long>(pick(c, 1200)) - 600};
       x.end = now + std::chrono::seconds{static_cast<long>(pick(c, 1200)) - 300};
     }},
    {"not critical", [](auto& x, auto&) { set_info(x, plain_info(), false); }},
    {"a path length", [](auto& x, auto& c) {
       auto info = plain_info();
       info.path_length = static_cast<std::uint32_t>(pick(c, 3));
       set_info(x, info);
     }},
    {"a language", [](auto& x, auto& c) {
       constexpr std::string_view all[] = {forge::limited, forge::independent, "1.2.3.4"};
       set_info(x, {std::nullopt, std::string{all[pick(c, 3)]}, {}});
     }},
    {"a policy", [](auto& x, auto&) {
       set_info(x, {std::nullopt, std::string{forge::inherit_all}, "all"});
     }},
    {"no info", [](auto& x, auto&) {
       std::erase_if(x.extensions, [](auto& e) { return e.oid == "1.3.6.1.5.5.7.1.14"; });
     }},
    {"two infos", [](auto& x, auto&) { x.extensions.push_back(forge::info(true, plain_info())); }},
    {"a broken info", [](auto& x, auto& c) {
       for (auto& e : x.extensions)
         if (!e.der.empty())
           e.der[pick(c, e.der.size())] = static_cast<char>(c());
     }},
    {"keyUsage", [](auto& x, auto& c) {
       std::erase_if(x.extensions, [](auto& e) { return e.oid == "2.5.29.15"; });
       if (auto bits = c(); bits % 4 > 0)
         x.extensions.push_back(forge::key_usage(true, static_cast<std::uint8_t>(bits >> 8)));
     }},
    {"a CA", [](auto& x, auto&) {
       std::erase_if(x.extensions, [](auto& e) { return e.oid == "2.5.29.19"; });
       x.extensions.push_back(forge::named("basicConstraints", "critical,CA:TRUE"));
     }},
    {"another name", [](auto& x, auto&) {
       x.extensions.push_back(forge::alternative_name("a.example"));
     }},
    {"a purpose", [](auto& x, auto& c) {
       constexpr const char* all[] = {"clientAuth", "serverAuth", "clientAuth,serverAuth"};
       x.extensions.push_back(forge::named("extendedKeyUsage", all[pick(c, 3)]));
     }},
    {"an extension", [](auto& x, auto& c) {
       x.extensions.push_back({"1.2.3", c() % 2 == 0, "x"});
     }},
    {"a short digest", [](auto& x, auto&) { x.digest = "SHA1"; }},
    {"another digest", [](auto& x, auto&) { x.digest = "SHA512"; }},
    {"a curve", [](auto& x, auto& c) {
       constexpr const char* all[] = {"secp224r1", "secp256k1", "secp384r1"};
       x.key = forge::curve_key(all[pick(c, 3)]);
     }},
};

// clang-format on

struct maker {
  credential ca = forge::make_ca("/C=XX/O=Grid/CN=CA");
  std::mt19937 chance{2006};
  std::string story; // what was done

  forge::recipe mutated(forge::recipe x) {
    // Mostly nothing, so that chains are broken in one or two places.
    const auto& m = mutations[pick(chance, 3) > 0 ? 0 : pick(chance, std::size(mutations))];
    m.apply(x, chance);
    story += fmt::format(" [{}]", m.name);
    return x;
  }

  /// A user's certificate and up to three proxies; perhaps shuffled, cut, or with a byte changed.
  std::vector<certificate> chain() {
    story.clear();
    auto user = mutated(forge::user_recipe(ca, "/C=XX/O=Grid/OU=People/CN=Alice"));
    auto at = forge::below({{}, ca.key}, user);
    auto proxies = pick(chance, 100) == 0 ? 11 : pick(chance, 4);
    for (auto left = proxies; left > 0; --left)
      at = forge::below(at, mutated(forge::proxy_recipe(at, std::to_string(chance()))));
    auto out = at.chain;
    switch (pick(chance, 8)) {
    case 0:
      story += " cut";
      out.erase(out.begin() + static_cast<std::ptrdiff_t>(pick(chance, out.size())));
      break;
    case 1:
      out.push_back(ca.leaf());
      break;
    case 2:
      std::shuffle(out.begin() + 1, out.end(), chance);
      break;
    case 3:
      change_a_byte(out[pick(chance, out.size())]);
      break;
    default:
      break;
    }
    if (out.empty())
      out.push_back(ca.leaf());
    return out;
  }

  void change_a_byte(certificate& x) {
    auto der = x.der();
    auto at = pick(chance, der.size());
    der[at] = static_cast<char>(der[at] ^ (1 << pick(chance, 8)));
    story += fmt::format(" byte {}", at);
    if (auto changed = certificate::from_der(der))
      x = *changed;
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(thousands_of_chains_are_judged_as_by_openssl_or_more_strictly, maker) {
  auto files = forge::files(ca, "/C=XX/O=Grid/*");
  files.push_back({forge::hash(ca.leaf()) + ".r0", forge::crl(ca, {"\x66"})});
  auto anchors = trust_anchors::load(files, {}).anchors;
  std::map<rule, int> met;
  int both = 0, neither = 0, excused = 0;
  for (int i = 0; i < 5000; ++i) {
    auto x = chain();
    auto theirs = forge::openssl_verdict(x, ca.leaf(), now);
    auto judged = judge_chain(x, anchors, now);
    auto no = std::get_if<refused_chain>(&judged);
    if (!no && theirs == X509_V_OK) {
      ++both;
    } else if (no && theirs != X509_V_OK) {
      ++neither;
    } else if (no) {
      auto row = std::ranges::find(differences, no->rule, &stricter::by);
      BOOST_TEST((row != std::end(differences)), story << ": " << no->why.text);
      ++met[no->rule];
    } else {
      auto row = std::ranges::find(graces, theirs, &milder::verdict);
      BOOST_TEST((row != std::end(graces)),
                 story << ": OpenSSL says " << X509_verify_cert_error_string(theirs));
      ++excused;
    }
  }
  BOOST_TEST_MESSAGE("taken by both " << both << ", by none " << neither << ", grace " << excused);
  for (const auto& [by, count] : met)
    BOOST_TEST_MESSAGE("only refused by us, " << word(by) << ": " << count);
  BOOST_TEST(both > 1000);
  BOOST_TEST(neither > 1000);
  BOOST_TEST(excused > 0);
  for (const auto& row : differences)
    BOOST_TEST(met.count(row.by) == 1u, word(row.by) << ": " << row.why);
}
