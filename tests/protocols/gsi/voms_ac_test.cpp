#include "protocols/gsi/der.hpp"
#include "protocols/gsi/voms_ac.hpp"
#include "tests/protocols/gsi/forge_ac.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

struct verifier : forge::vo_world {
  trust_anchors trusted = trust_anchors::load(anchors, {}).anchors;
  gsi::vomsdir servers = gsi::vomsdir::load(vomsdir).servers;
  voms_settings settings{std::chrono::days{7}, "ce.example"};

  result<std::vector<voms_attributes>> check(const credential& proxy) const {
    auto chain = verify_chain(proxy.chain, trusted, now);
    if (!chain)
      return chain.why();
    return verify_voms(*chain, servers, trusted, now, settings);
  }

  new_ac wish() const {
    new_ac x;
    x.vo = "testvo";
    x.host = "voms.example";
    x.port = 15000;
    x.fqans = {*fqan::parse("/testvo/prod/Role=production"), *fqan::parse("/testvo")};
    x.not_before = now;
    x.not_after = now + 12h;
    return x;
  }

  credential with(const new_ac& x) const {
    new_proxy p;
    p.acs = ac_sequence({*issue_ac(server, alice.leaf(), x)});
    return *make_proxy(alice, p, now);
  }
};

std::string text_of(const result<std::vector<voms_attributes>>& x) {
  return x ? "taken" : x.why().text;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(each_case_of_the_matrix, verifier) {
  for (const auto& x : forge::ac_matrix()) {
    auto got = check(proxy(x.acs(*this)));
    if (x.refused.empty())
      BOOST_TEST(bool{got}, x.name << ": " << text_of(got));
    else
      BOOST_TEST(text_of(got).find(x.refused) != std::string::npos, x.name << ": " << text_of(got));
  }
}

BOOST_FIXTURE_TEST_CASE(what_is_issued_is_taken, verifier) {
  auto x = wish();
  x.attributes = {
      {"nickname", "alice", "testvo"      },
      {"quota",    "10 TB", "/testvo/prod"},
  };
  x.targets = {"other.example", "CE.example"};
  auto got = check(with(x));
  BOOST_REQUIRE_MESSAGE(got, text_of(got));
  BOOST_REQUIRE(got->size() == 1u);
  const auto& vo = got->front();
  BOOST_TEST(vo.vo == "testvo");
  BOOST_TEST(vo.uri == "testvo://voms.example:15000");
  BOOST_TEST(vo.issuer.slash() == "/C=XX/O=Grid/CN=voms.example");
  BOOST_TEST((vo.fqans == x.fqans));
  BOOST_TEST((vo.attributes == x.attributes));
  BOOST_TEST((vo.not_before == now));
  BOOST_TEST((vo.not_after == now + 12h));
}

BOOST_FIXTURE_TEST_CASE(what_is_issued_has_the_bytes_of_vomsd, verifier) {
  auto x = wish();
  auto ac = *parse_ac(*issue_ac(server, alice.leaf(), x));
  // The same by hand, with the serial number and signature that chance gave.
  auto by_hand = recipe();
  by_hand.serial = ac.serial;
  by_hand.begin = x.not_before;
  by_hand.end = x.not_after;
  by_hand.fqans
      = {"/testvo/prod/Role=production/Capability=NULL", "/testvo/Role=NULL/Capability=NULL"};
  BOOST_TEST((parse_ac(forge::sign(by_hand))->signed_part == ac.signed_part));
  BOOST_TEST(ac.serial.size() == 16u);
}

BOOST_FIXTURE_TEST_CASE(the_first_proxy_with_attributes_counts, verifier) {
  auto outer = wish();
  outer.fqans = {*fqan::parse("/testvo")};
  auto first = with(wish());
  new_proxy p;
  p.acs = ac_sequence({*issue_ac(server, alice.leaf(), outer)});
  auto second = *make_proxy(first, p, now);
  BOOST_TEST(check(second)->front().fqans.size() == 1u);
  auto plain = *make_proxy(first, {}, now);
  BOOST_TEST(check(plain)->front().fqans.size() == 2u);
  BOOST_TEST(check(*make_proxy(alice, {}, now))->empty());
}

BOOST_FIXTURE_TEST_CASE(a_user_certificate_carries_none, verifier) {
  auto x = forge::user_recipe(ca, "/C=XX/O=Grid/CN=Alice");
  x.extensions.push_back({"1.3.6.1.4.1.8005.100.100.5", false, forge::ac_matrix()[0].acs(*this)});
  auto user = forge::below({{}, ca.key}, x);
  BOOST_TEST(check(user)->empty());
  BOOST_TEST(check(*make_proxy(user, {}, now))->empty());
}

BOOST_FIXTURE_TEST_CASE(a_pinned_certificate_does_for_an_lsc_file, verifier) {
  auto x = recipe();
  x.extensions.erase(x.extensions.begin());
  auto bare = proxy(ac_sequence({forge::sign(x)}));
  BOOST_TEST(!check(bare));
  for (auto name : {"testvo/server.pem", "server.pem"}) {
    servers = gsi::vomsdir::load({
                                     {name, server.leaf().pem()}
    })
                  .servers;
    BOOST_TEST(bool{check(bare)}, name);
    BOOST_TEST(bool{check(with(wish()))}, name);
  }
  servers = gsi::vomsdir::load({
                                   {"othervo/server.pem", server.leaf().pem()}
  })
                .servers;
  BOOST_TEST(!check(bare));
}

BOOST_FIXTURE_TEST_CASE(a_chain_of_no_names_trusts_nobody, verifier) {
  servers = {};
  servers.trust("testvo", "voms.example", {});
  BOOST_TEST(!check(with(wish())));
  servers.trust("testvo", "voms.example", parse_lsc(vomsdir[0].bytes)->front());
  BOOST_TEST(bool{check(with(wish()))});
}

BOOST_FIXTURE_TEST_CASE(all_names_of_a_chain_must_fit, verifier) {
  auto names = parse_lsc(vomsdir[0].bytes)->front();
  names.push_back({"/C=XX/O=Grid/CN=CA", "/C=XX/O=Grid/CN=CA"});
  servers = {};
  servers.trust("testvo", "voms.example", names);
  BOOST_TEST(!check(with(wish())), "the CA is not sent along");
  server.chain.push_back(ca.leaf());
  BOOST_TEST(bool{check(with(wish()))});
}

BOOST_FIXTURE_TEST_CASE(a_ca_or_a_proxy_is_no_server, verifier) {
  auto false_server = *make_proxy(server, {}, now);
  auto pair = [](const certificate& x) { return lsc_pair{x.subject(), x.issuer()}; };
  servers.trust("testvo", "voms.example", {pair(false_server.leaf())});
  new_proxy p;
  p.acs = ac_sequence({*issue_ac(false_server, alice.leaf(), wish())});
  BOOST_TEST(text_of(check(*make_proxy(alice, p, now))).find("their server is a proxy")
             != std::string::npos);
  servers.trust("testvo", "voms.example", {pair(ca.leaf())});
  p.acs = ac_sequence({*issue_ac(ca, alice.leaf(), wish())});
  BOOST_TEST(text_of(check(*make_proxy(alice, p, now))).find("a CA is nobody")
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(what_an_ac_cannot_carry_is_not_issued, verifier) {
  auto refused = [&](const std::function<void(new_ac&)>& change) {
    auto x = wish();
    change(x);
    auto made = issue_ac(server, alice.leaf(), x);
    return !made && made.why().code == errc::usage;
  };
  BOOST_TEST(!refused([](auto&) {}));
  BOOST_TEST(refused([](auto& x) { x.fqans.clear(); }));
  BOOST_TEST(refused([](auto& x) { x.fqans.push_back(*fqan::parse("/othervo")); }));
  BOOST_TEST(refused([](auto& x) { x.fqans[0].role = "a/b"; }));
  BOOST_TEST(refused([](auto& x) { x.vo = "../testvo"; }));
  BOOST_TEST(refused([](auto& x) { x.host = "a/b"; }));
  BOOST_TEST(refused([](auto& x) { x.port = 0; }));
  BOOST_TEST(refused([](auto& x) { x.targets = {"a b"}; }));
  BOOST_TEST(refused([](auto& x) { x.not_after = x.not_before; }));
  BOOST_TEST(refused([](auto& x) {
    x.attributes = {
        {"a\n", "b", "c"}
    };
  }));
  BOOST_TEST(refused([](auto& x) { x.fqans.resize(ac_bounds::fqans + 1, x.fqans[0]); }));
}

BOOST_FIXTURE_TEST_CASE(a_cut_or_changed_ac_is_not_taken, verifier) {
  auto good = *issue_ac(server, alice.leaf(), wish());
  for (std::size_t i = 0; i < good.size(); ++i)
    BOOST_TEST(!parse_ac(good.substr(0, i)), i);
  BOOST_TEST(!parse_ac(good + '\0'));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x01);
    auto parsed = parse_ac(bad);
    BOOST_TEST((!parsed || !verify_ac(*parsed, alice.leaf(), servers, trusted, now, settings)), i);
  }
}

BOOST_AUTO_TEST_CASE(fqans_read_and_print) {
  auto role = *fqan::parse("/vo.x/a-b/c_d/Role=prod/Capability=NULL");
  BOOST_TEST(role.group == "/vo.x/a-b/c_d");
  BOOST_TEST(role.role == "prod");
  BOOST_TEST(role.vo() == "vo.x");
  BOOST_TEST(role.text() == "/vo.x/a-b/c_d/Role=prod");
  BOOST_TEST(role.long_text() == "/vo.x/a-b/c_d/Role=prod/Capability=NULL");
  BOOST_TEST((*fqan::parse("/vo/Role=NULL/Capability=NULL") == *fqan::parse("/vo")));
  BOOST_TEST(fqan::parse("/vo")->long_text() == "/vo/Role=NULL/Capability=NULL");
  for (auto bad : {"", "/", "vo", "//", "/vo/", "/vo//a", "/vo/Role=", "/vo/Role=a/b", "/vo/a b",
                   "/vo/..", "/.", "/vo/Capability=NULL/Role=a", "/Role=a", "/vo/Role=a/Role=b",
                   "/vo/a*", "/vo\n", "/vo/Role=a/Capability="})
    BOOST_TEST(!fqan::parse(bad), bad);
  BOOST_TEST(!fqan::parse("/" + std::string(255, 'a')));
  BOOST_TEST(is_vo_name("vo.cta.in2p3.fr"));
  for (auto bad : {"", ".", "..", "a..b", "a/b", "a b"})
    BOOST_TEST(!is_vo_name(bad), bad);
}

BOOST_AUTO_TEST_CASE(lsc_files_are_read) {
  auto two = parse_lsc("# ours\n/CN=a\n/CN=CA\n\n------ NEXT CHAIN ------\n\"/CN=b\"\r\n /CN=CA "
                       "\n/CN=CA\n/CN=Root\n");
  BOOST_REQUIRE(bool{two});
  BOOST_REQUIRE(two->size() == 2u);
  BOOST_TEST((two->at(0)
              == lsc_chain{
                  {"/CN=a", "/CN=CA"}
  }));
  BOOST_TEST((two->at(1)
              == lsc_chain{
                  {"/CN=b",  "/CN=CA"  },
                  {"/CN=CA", "/CN=Root"}
  }));
  for (auto bad :
       {"", "#\n", "/CN=a\n", "/CN=a\n/CN=b\n/CN=c\n", "hello\n/CN=a\n",
        "------ NEXT CHAIN ------\n/CN=a\n/CN=b\n", "/CN=a\n/CN=b\n------ NEXT CHAIN ------\n"})
    BOOST_TEST(!parse_lsc(bad), bad);
  forge::vo_world w;
  BOOST_TEST(lsc_text(w.server.chain) == w.vomsdir[0].bytes);
}

BOOST_AUTO_TEST_CASE(a_vomsdir_names_its_bad_files) {
  auto x = vomsdir::load({
      {"vo/a.example.lsc", "/CN=a\n/CN=CA\n"},
      {"vo/b.example.lsc", "/CN=a\n"        },
      {"../a.example.lsc", "/CN=a\n/CN=CA\n"},
      {"a.example.lsc",    "/CN=a\n/CN=CA\n"},
      {"vo/...lsc",        "/CN=a\n/CN=CA\n"},
      {"vo/server.pem",    "nothing"        },
      {"vo/README",        "nothing"        },
  });
  BOOST_TEST(x.problems.size() == 5u);
  BOOST_TEST(x.servers.chains("vo", "a.example") != nullptr);
  BOOST_TEST(x.servers.chains("vo", "b.example") == nullptr);
  BOOST_TEST(x.servers.knows("vo"));
  BOOST_TEST(!x.servers.knows("v"));
}

BOOST_AUTO_TEST_CASE(vomses_lines_are_read) {
  std::string text = "# servers\n\"biomed\" \"voms.example\" \"15000\" \"/CN=voms\" \"biomed\"\n"
                     "\"b2\" \"v2.example\" \"15001\" \"/CN=v2\" \"biomed\" \"24\"\n";
  auto all = parse_vomses(text);
  BOOST_REQUIRE(bool{all});
  BOOST_REQUIRE(all->size() == 2u);
  BOOST_TEST((all->at(0) == voms_server{"biomed", "voms.example", 15000, "/CN=voms", "biomed"}));
  BOOST_TEST((parse_vomses(vomses_line(all->at(0)))->at(0) == all->at(0)));
  for (auto bad : {"\"a\" \"b\" \"1\" \"/CN=c\"", "a b 1 c d", "\"a\" \"b\" \"0\" \"/CN=c\" \"d\"",
                   "\"a\" \"b\" \"99999\" \"/CN=c\" \"d\"", "\"a\" \"b\" \"1\" \"c\" \"d\"",
                   "\"a\" \"../b\" \"1\" \"/CN=c\" \"d\"", "\"a\" \"b\" \"1\" \"/CN=c\" \"../d\"",
                   "\"a\" \"b\" \"1\" \"/CN=c\" \"d"})
    BOOST_TEST(!parse_vomses(bad), bad);
  BOOST_TEST(parse_vomses("\n\n\"a\"").why().text.starts_with("line 3: "));
}
