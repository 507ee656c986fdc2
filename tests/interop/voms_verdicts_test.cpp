/// Our verdicts on attribute certificates beside those of libvomsapi (VERIFY_FULL), which is what
/// other services of a grid verify with.
#include "protocols/gsi/voms_ac.hpp"
#include "tests/protocols/gsi/forge_ac.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <voms/voms_api.h>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

/// A VO that both sides trust.
struct two_verifiers : forge::vo_world {
  temporary_directory directory;
  trust_anchors trusted = trust_anchors::load(anchors, {}).anchors;
  gsi::vomsdir servers = gsi::vomsdir::load(vomsdir).servers;
  voms_settings settings{std::chrono::days{7}, "ce.example"};

  two_verifiers() {
    for (const auto& x : anchors)
      write("certificates/" + x.name, x.bytes);
    for (const auto& x : vomsdir)
      write("vomsdir/" + x.name, x.bytes);
  }

  void write(const std::string& name, const std::string& bytes) const {
    auto path = std::filesystem::path{directory.path} / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << bytes;
  }

  /// Our sentence, or nothing when we take it.
  std::string ours(const std::string& acs) const {
    auto chain = verify_chain(proxy(acs).chain, trusted, now);
    if (!chain)
      return chain.why().text;
    auto got = verify_voms(*chain, servers, trusted, now, settings);
    return got ? "" : got.why().text;
  }

  /// libvomsapi's sentence, or nothing when it takes it.
  std::string theirs(const std::string& acs) const {
    auto chain = proxy(acs).chain;
    auto rest = sk_X509_new_null();
    for (const auto& x : chain)
      sk_X509_push(rest, x.handle());
    vomsdata data{directory.path + "/vomsdir", directory.path + "/certificates"};
    data.SetVerificationType(VERIFY_FULL);
    auto ok = data.Retrieve(chain.front().handle(), rest, RECURSE_CHAIN);
    sk_X509_free(rest);
    ERR_clear_error();
    return ok ? "" : fmt::format("{} {}", static_cast<int>(data.error), data.ErrorMessage());
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(the_matrix_is_what_libvomsapi_says, two_verifiers) {
  for (const auto& x : forge::ac_matrix()) {
    auto acs = x.acs(*this);
    auto a = ours(acs), b = theirs(acs);
    BOOST_TEST(a.empty() == x.refused.empty(), x.name << ": " << a);
    BOOST_TEST(b.empty() == x.libvomsapi_takes, x.name << ": libvomsapi says '" << b << "'");
  }
}

BOOST_FIXTURE_TEST_CASE(what_we_issue_is_taken_by_libvomsapi, two_verifiers) {
  new_ac x;
  x.vo = "testvo";
  x.host = "voms.example";
  x.port = 15000;
  x.fqans = {*fqan::parse("/testvo/prod/Role=production"), *fqan::parse("/testvo")};
  x.attributes = {
      {"nickname", "alice", "testvo"}
  };
  x.not_before = now;
  x.not_after = now + 12h;
  auto acs = ac_sequence({*issue_ac(server, alice.leaf(), x)});
  BOOST_TEST(theirs(acs) == "");
  BOOST_TEST(ours(acs) == "");
}

namespace {

/// What we refuse and libvomsapi takes: part of our sentence, and why.
struct stricter {
  std::string_view sentence, why;
};

constexpr stricter differences[] = {
    {"an FQAN has more than",                "FQANs are printed and compared: no control characters"},
    {"cannot read the FQAN",                 "it does not read what stands in FQANs"                },
    {"it has no FQAN",                       "an AC without any says nothing"                       },
    {"algorithm inside is not the one",      "only the inner one is signed"                         },
    {"its authority has no port",            "the port is part of the server's name"                },
    {"its noRevAvail is not NULL",           "RFC 5755, 4.3.6"                                      },
    {"its serial number is not a positive",  "it is a name: one number, one form"                   },
    {"its version is not 2",                 "RFC 5755, 4.2.1"                                      },
    {"its times are not two in order",       "an AC of no time"                                     },
    {"extension cannot be read",             "DER has one form of TRUE"                             },
    {"is there twice",                       "RFC 5280, 4.2"                                        },
    {"their issuer is not their server",     "OpenSSL compares names without regard to case"        },
    {"given to another certificate",         "OpenSSL compares names without regard to case"        },
    {"certificates of its server cannot be", "nothing stands behind the last of them"               },
};

} // namespace

/// Bytes of the signed part are changed and it is signed again, so that parsers and rules judge.
BOOST_FIXTURE_TEST_CASE(thousands_of_changed_acs_are_judged_alike_or_more_strictly, two_verifiers) {
  std::mt19937 chance{2006};
  auto good = parse_ac(forge::sign(recipe()))->signed_part;
  int both = 0, neither = 0, only_theirs = 0;
  for (int i = 0; i < 1500; ++i) {
    auto info = good;
    // The certificate of the server is most of it, and changes in that are refused by all.
    auto reach = chance() % 4 ? 420 : info.size();
    for (auto n = 1 + chance() % 2; n > 0; --n)
      info[chance() % reach] = static_cast<char>(chance() % 3 ? chance() : 'a' + chance() % 26);
    auto acs = ac_sequence({forge::sign_info(server.key, info)});
    auto us = ours(acs), them = theirs(acs);
    both += us.empty() && them.empty();
    neither += !us.empty() && !them.empty();
    BOOST_TEST((!us.empty() || them.empty()), "only we take it, libvomsapi says " << them);
    if (us.empty() || !them.empty())
      continue;
    ++only_theirs;
    auto known = std::ranges::any_of(
        differences, [&](const auto& row) { return us.find(row.sentence) != us.npos; });
    BOOST_TEST(known, "only libvomsapi takes it, we say " << us);
  }
  BOOST_TEST_MESSAGE("taken by both " << both << ", by none " << neither << ", only by libvomsapi "
                                      << only_theirs);
  BOOST_TEST(both > 10);
  BOOST_TEST(neither > 500);
  BOOST_TEST(only_theirs > 50);
}
