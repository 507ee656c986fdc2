#include "protocols/base/base64.hpp"
#include "protocols/gsi/jwt.hpp"
#include "protocols/gsi/openssl.hpp"
#include "tests/protocols/gsi/forge.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include <functional>
#include <map>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

std::string sign_raw(const private_key& key, const std::string& text) {
  owned<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
  std::string out(1024, '\0');
  auto size = out.size();
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.handle());
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  out.resize(size);
  return out;
}

/// 64 bytes out of the DER of a signature by a curve.
std::string flat(const std::string& der) {
  auto at = reinterpret_cast<const unsigned char*>(der.data());
  owned<ECDSA_SIG, ECDSA_SIG_free> x{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
  std::string out(64, '\0');
  auto to = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(x.get()), to, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(x.get()), to + 32, 32);
  return out;
}

std::string number_of(const private_key& key, const char* name) {
  BIGNUM* x = nullptr;
  EVP_PKEY_get_bn_param(key.handle(), name, &x);
  std::string out(static_cast<std::size_t>(BN_num_bytes(x)), '\0');
  BN_bn2bin(x, reinterpret_cast<unsigned char*>(out.data()));
  BN_free(x);
  return out;
}

std::string padded(const std::string& x) { return std::string(32 - x.size(), '\0') + x; }

struct tokens {
  private_key rsa = forge::rsa_key(2048), curve = forge::new_key();
  std::string rsa_jwk = fmt::format(R"({{"kty":"RSA","kid":"r","n":"{}","e":"{}"}})",
                                    base64url(number_of(rsa, OSSL_PKEY_PARAM_RSA_N)),
                                    base64url(number_of(rsa, OSSL_PKEY_PARAM_RSA_E)));
  std::string curve_jwk
      = fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"e","use":"sig","x":"{}","y":"{}"}})",
                    base64url(padded(number_of(curve, OSSL_PKEY_PARAM_EC_PUB_X))),
                    base64url(padded(number_of(curve, OSSL_PKEY_PARAM_EC_PUB_Y))));
  token_settings settings{{{"https://iam.example/", "testvo",
                            *jwk_set::parse("{\"keys\":[" + rsa_jwk + "," + curve_jwk + "]}")}},
                          {"https://ce.example"},
                          6h};
  std::string header = R"({"alg":"ES256","kid":"e"})";
  std::map<std::string, std::string> claims{
      {"iss",      "\"https://iam.example/\""                              },
      {"sub",      "\"alice-1\""                                           },
      {"aud",      "\"https://ce.example\""                                },
      {"jti",      "\"id-1\""                                              },
      {"wlcg.ver", "\"1.0\""                                               },
      {"iat",      std::to_string((now - 60s).time_since_epoch().count())  },
      {"exp",      std::to_string((now + 3540s).time_since_epoch().count())},
      {"scope",    "\"openid storage.read:/a compute.create\""             },
  };

  std::string text() const {
    std::string body;
    for (const auto& [name, value] : claims)
      body += fmt::format("{}\"{}\":{}", body.empty() ? "{" : ",", name, value);
    return base64url(header) + "." + base64url(body + "}");
  }

  std::string token() const {
    auto by_rsa = header.find("\"kid\":\"r\"") != header.npos;
    auto x = text();
    return x + "." + base64url(by_rsa ? sign_raw(rsa, x) : flat(sign_raw(curve, x)));
  }

  result<verified_token> check() const { return verify_token(token(), settings, now); }

  /// What is said of the token after a change, "taken" when nothing.
  std::string after(const std::function<void(tokens&)>& change) const {
    auto copy = *this;
    change(copy);
    auto x = copy.check();
    return x ? "taken" : x.why().text;
  }
};

bool says(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

std::vector<capability> capabilities(std::initializer_list<std::string_view> scopes) {
  std::vector<capability> out;
  for (auto x : scopes)
    out.push_back(**parse_scope(x));
  return out;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_token_tells_who_and_what, tokens) {
  auto x = check();
  BOOST_REQUIRE_MESSAGE(x, (x ? "" : x.why().text));
  BOOST_TEST(x->issuer == "https://iam.example/");
  BOOST_TEST(x->subject == "alice-1");
  BOOST_TEST(x->vo == "testvo");
  BOOST_TEST(x->id == "id-1");
  BOOST_TEST((x->expires == now + 3540s));
  BOOST_TEST((x->capabilities == capabilities({"storage.read:/a", "compute.create"})));
  header = R"({"alg":"RS256","kid":"r","typ":"JWT"})";
  BOOST_TEST(bool{check()});
}

BOOST_FIXTURE_TEST_CASE(the_key_decides_the_algorithm, tokens) {
  auto with = [&](std::string_view h) { return after([&](auto& x) { x.header = h; }); };
  BOOST_TEST(says(with(R"({"alg":"none","kid":"e"})"), "signed by 'none'"));
  BOOST_TEST(says(with(R"({"alg":"HS256","kid":"e"})"), "signed by 'HS256'"));
  BOOST_TEST(says(with(R"({"alg":"ES256","kid":"r"})"), "its key is for RS256"));
  BOOST_TEST(says(with(R"({"alg":"RS256","kid":"e"})"), "its key is for ES256"));
  BOOST_TEST(says(with(R"({"alg":"ES256","kid":"x"})"), "has no key 'x'"));
  BOOST_TEST(says(with(R"({"alg":"ES256"})"), "has no key ''"));
  BOOST_TEST(says(with(R"({"alg":"ES256","kid":"e","crit":["b64"]})"), "demands"));
  BOOST_TEST(says(with(R"({"alg":"none","alg":"ES256","kid":"e"})"), "no object of JSON"));
  // The old confusion: an HMAC keyed with the public key.
  BOOST_TEST(!verify_token(text() + "." + base64url(rsa_jwk), settings, now));
  BOOST_TEST(!verify_token(text() + ".", settings, now));
}

BOOST_FIXTURE_TEST_CASE(what_is_missing_or_wrong_is_refused, tokens) {
  for (auto name : {"iss", "sub", "aud", "jti", "wlcg.ver", "iat", "exp"})
    BOOST_TEST(after([&](auto& x) { x.claims.erase(name); }) != "taken", name);

  struct row {
    std::string name, value;
    std::string_view part;
  };

  const row rows[] = {
      {"iss",         "\"https://iam.example\"",             "not one of ours"        },
      {"iss",         "1",                                   "not one of ours"        },
      {"sub",         "\"a b\"",                             "lacks one of"           },
      {"aud",         "\"https://ce.example/\"",             "it is for https://ce.ex"},
      {"aud",         "[]",                                  "it is for nobody"       },
      {"aud",         "[1]",                                 "no list of strings"     },
      {"aud",         "[\"x\",\"https://ce.example\"]",      "taken"                  },
      {"aud",         "\"https://wlcg.cern.ch/jwt/v1/any\"", "taken"                  },
      {"exp",         "\"1\"",                               "does not say from when" },
      {"exp",         "1e99",                                "does not say from when" },
      {"nbf",         "\"1\"",                               "'nbf' is no time"       },
      {"scope",       "[\"storage.read:/\"]",                "its scope is no string" },
      {"scope",       "\"storage.read\"",                    "has no path"            },
      {"scope",       "\"storage.read:/a/../b\"",            "has an empty part"      },
      {"scope",       "\"storage.read:/a/%2e%2E/b\"",        "has an empty part"      },
      {"scope",       "\"storage.read:a\"",                  "begin with a slash"     },
      {"scope",       "\"compute.create:/a\"",               "has a path"             },
      {"scope",       "\"storage.write:/a\"",                "taken"                  },
      {"wlcg.groups", "\"/a\"",                              "is no list"             },
      {"wlcg.groups", "[\"a\"]",                             "is no group"            },
      {"wlcg.groups", "[\"/a//b\"]",                         "is no group"            },
      {"wlcg.groups", "[\"/a/.b\"]",                         "is no group"            },
  };
  for (const auto& r : rows) {
    auto got = after([&](auto& x) { x.claims[r.name] = r.value; });
    BOOST_TEST(says(got, r.part), r.name << " " << r.value << ": " << got);
  }
}

BOOST_FIXTURE_TEST_CASE(times_are_kept, tokens) {
  auto at = [](auto t) { return std::to_string(t.time_since_epoch().count()); };
  auto with
      = [&](const char* name, auto t) { return after([&](auto& x) { x.claims[name] = at(t); }); };
  BOOST_TEST(says(with("exp", now), "it ended at"));
  BOOST_TEST(with("exp", now + 1s) == "taken");
  BOOST_TEST(with("iat", now + 60s) == "taken");
  BOOST_TEST(says(with("iat", now + 61s), "it begins at"));
  BOOST_TEST(with("nbf", now + 60s) == "taken");
  BOOST_TEST(says(with("nbf", now + 61s), "it begins at"));
  BOOST_TEST(says(with("exp", now + 6h), "at most 21600 are taken"));
}

BOOST_FIXTURE_TEST_CASE(capabilities_silence_groups, tokens) {
  claims["wlcg.groups"] = R"(["/testvo","/testvo/prod_1"])";
  BOOST_TEST(check()->groups.empty());
  claims["scope"] = "\"openid wlcg.groups\"";
  BOOST_TEST((check()->groups == std::vector<std::string>{"/testvo", "/testvo/prod_1"}));
  claims.erase("scope");
  BOOST_TEST(check()->groups.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(any_change_breaks_a_token, tokens) {
  auto good = token();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(!verify_token(bad, settings, now), i);
    BOOST_TEST(!verify_token(good.substr(0, i), settings, now), i);
  }
  BOOST_TEST(!verify_token(good + ".x", settings, now));
  BOOST_TEST(!verify_token(std::string(max_token_bytes + 1, 'x'), settings, now));
}

BOOST_AUTO_TEST_CASE(paths_are_compared_by_components) {
  using enum token_right;

  struct row {
    std::string_view scope, path;
    bool granted;
  };

  constexpr row rows[] = {
      {"storage.read:/foo/bar",  "/foo/bar",        true },
      {"storage.read:/foo/bar",  "/foo/bar/qux",    true },
      {"storage.read:/foo/bar/", "/foo/bar/qux",    true },
      {"storage.read:/foo/bar",  "/foo/bargain",    false},
      {"storage.read:/foo/bar",  "/foo",            false},
      {"storage.read:/john",     "/johnny",         false},
      {"storage.read:/",         "/any/thing",      true },
      {"storage.read:/foo",      "/foo/../bar",     false},
      {"storage.read:/foo",      "/foo/%2E%2e/bar", false},
      {"storage.read:/foo",      "/foo//bar",       false},
      {"storage.read:/foo",      "foo",             false},
      {"storage.read:/f%6Fo",    "/foo/x",          true },
      {"storage.read:/a%2Fb",    "/a/b",            false},
  };
  for (const auto& x : rows) {
    auto scope = parse_scope(x.scope);
    auto got = scope && *scope && grants({**scope}, storage_read, x.path);
    BOOST_TEST(got == x.granted, x.scope << " " << x.path);
  }
}

BOOST_AUTO_TEST_CASE(each_right_grants_only_itself) {
  using enum token_right;
  const token_right all[]
      = {storage_read, storage_create, storage_modify, storage_stage, storage_poll,
         compute_read, compute_create, compute_modify, compute_cancel};
  for (auto have : all)
    for (auto want : all) {
      auto is_storage = have <= storage_poll;
      auto scope = std::string{word(have)} + (is_storage ? ":/a" : "");
      auto got = grants(capabilities({scope}), want, "/a") || grants(capabilities({scope}), want);
      auto more = have == storage_modify && want == storage_create;
      BOOST_TEST(got == (have == want || more), word(have) << " for " << word(want));
    }
  BOOST_TEST(grants_stat(capabilities({"storage.stage:/a"}), "/a/b"));
  BOOST_TEST(!grants_stat(capabilities({"storage.poll:/a"}), "/a/b"));
}

BOOST_FIXTURE_TEST_CASE(sets_of_keys_are_read_with_care, tokens) {
  auto set = [](std::string_view keys) {
    return jwk_set::parse(fmt::format("{{\"keys\":[{}]}}", keys));
  };
  BOOST_TEST(set(rsa_jwk + "," + curve_jwk)->keys().size() == 2u);
  BOOST_TEST(set(R"({"kty":"oct","k":"AA"},{"kty":"EC","crv":"P-521"})")->keys().empty());
  BOOST_TEST(set(R"({"kty":"RSA","use":"enc"},{"kty":"RSA","alg":"HS256"})")->keys().empty());
  BOOST_TEST(!set(curve_jwk + "," + curve_jwk), "twice");
  BOOST_TEST(set(curve_jwk)->find("") != nullptr);
  BOOST_TEST(set(rsa_jwk + "," + curve_jwk)->find("") == nullptr);
  for (auto bad : {R"({"kty":"RSA","n":"AQ","e":"AQAB"})", R"({"kty":"RSA"})",
                   R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})", "1",
                   R"({"kty":"EC","crv":"P-256","d":"AA"})"})
    BOOST_TEST(!set(bad), bad);
  auto secret = curve_jwk.substr(0, curve_jwk.size() - 1) + R"(,"d":"AA"})";
  BOOST_TEST(!set(secret), "with its private part");
  auto zero = base64url(std::string(32, '\0'));
  BOOST_TEST(!set(fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{0}","y":"{0}"}})", zero)),
             "not on the curve");
  BOOST_TEST(!jwk_set::parse("{}"));
  BOOST_TEST(!jwk_set::parse("[]"));
}
