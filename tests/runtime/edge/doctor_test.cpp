/// The true cause of a credential that does not work, each staged. It would catch a cause that is
/// blamed on the wrong side, and a fault that is passed over.
#include "protocols/gsi/voms_ac.hpp"
#include "runtime/edge/doctor.hpp"
#include "tests/protocols/gsi/forge_ac.hpp"

#include <boost/test/unit_test.hpp>

BOOST_TEST_DONT_PRINT_LOG_VALUE(trellis::edge::cause)

namespace trellis::edge {
namespace {

using namespace std::chrono_literals;
namespace forge = gsi::forge;
using forge::now;

struct patient : forge::vo_world {
  patient() {
    by.anchors_place = "/anchors";
    by.voms_place = "/vomsdir";
    believe();
  }

  void believe() {
    by.anchors = gsi::trust_anchors::load(anchors, {}).anchors;
    by.voms = gsi::vomsdir::load(vomsdir).servers;
  }

  gsi::credential with_attributes() const {
    return proxy(gsi::ac_sequence({forge::sign(recipe())}));
  }

  cause chain_cause(const gsi::credential& x, gsi::instant at = now) const {
    return examine_chain(x.chain, by, at).what;
  }

  cause attribute_cause(const gsi::credential& x, gsi::instant at = now) const {
    return examine_attributes(x.chain, by, at).what;
  }

  gsi::credential host(const std::string& name) const {
    auto x = forge::user_recipe(ca, "/C=XX/O=Grid/CN=" + name);
    x.extensions.push_back(forge::alternative_name(name));
    return forge::below({{}, ca.key}, x);
  }

  believed by;
};

BOOST_FIXTURE_TEST_CASE(all_is_well, patient) {
  auto good = with_attributes();
  BOOST_TEST(chain_cause(good) == cause::none);
  BOOST_TEST(attribute_cause(good) == cause::none);
  auto pem = gsi::credential_pem(good);
  BOOST_TEST(examine_key("p", pem, pem).what == cause::none);
  BOOST_TEST(examine_clock(now, now + 299s, "https://x", good.chain).what == cause::none);
  BOOST_TEST(examine_server(host("a.example").chain, "a.example", by, now).what == cause::none);
  BOOST_TEST((cause_of({
                  {"a", cause::none, "", ""}
  })
              == nullptr));
}

BOOST_FIXTURE_TEST_CASE(keys, patient) {
  auto pem = gsi::credential_pem(with_attributes());
  auto chain = gsi::chain_pem(with_attributes().chain);
  BOOST_TEST(examine_key("p", chain, chain).what == cause::no_key);
  BOOST_TEST(examine_key("p", chain, server.key.pem()).what == cause::wrong_key);
  BOOST_TEST(examine_key("p", "", pem).what == cause::unreadable);
}

BOOST_FIXTURE_TEST_CASE(what_is_over, patient) {
  gsi::new_proxy wish;
  wish.lifetime = 1h;
  auto short_one = *gsi::make_proxy(alice, wish, now);
  BOOST_TEST(chain_cause(short_one, now + 2h) == cause::proxy_expired);
  auto after_user = alice.leaf().not_after() + 1h;
  BOOST_TEST(chain_cause(short_one, after_user) == cause::user_expired); // not the proxy
  BOOST_TEST(chain_cause(alice, after_user) == cause::user_expired);
  auto after_ca = ca.leaf().not_after() + 1h;
  auto x = examine_chain(alice.chain, by, after_ca);
  BOOST_TEST(x.what == cause::ca_expired); // not the user, whose certificate is over, too
  BOOST_TEST(x.text.find("/anchors") != std::string::npos);
  auto site = host("a.example");
  BOOST_TEST(examine_server(site.chain, "a.example", by, site.leaf().not_after() + 1h).what
             == cause::host_expired);
}

BOOST_FIXTURE_TEST_CASE(revocation_lists, patient) {
  auto stem = forge::hash(ca.leaf());
  anchors.push_back({stem + ".r0", forge::crl(ca, {}, now - 2h, now - 1h)});
  believe();
  auto x = examine_chain(alice.chain, by, now);
  BOOST_TEST(x.what == cause::crl_expired);
  BOOST_TEST(x.next.find("fetch-crl") != std::string::npos);
  anchors.back().bytes = forge::crl(ca, {alice.leaf().serial()});
  believe();
  BOOST_TEST(chain_cause(alice) == cause::revoked);
}

BOOST_FIXTURE_TEST_CASE(who_is_not_believed, patient) {
  auto other = forge::make_ca("/C=XX/O=Other/CN=CA");
  auto mallory = forge::below({{}, other.key}, forge::user_recipe(other, "/C=XX/O=Grid/CN=Alice"));
  auto x = examine_chain(mallory.chain, by, now);
  BOOST_TEST(x.what == cause::unknown_ca);
  BOOST_TEST(x.text.find("/C=XX/O=Other/CN=CA") != std::string::npos, x.text);
  BOOST_TEST(examine_server(mallory.chain, "a.example", by, now).what == cause::host_untrusted);
  BOOST_TEST(examine_server({}, "a.example", by, now).what == cause::host_untrusted);
  x = examine_server(host("a.example").chain, "b.example", by, now);
  BOOST_TEST(x.what == cause::host_name);
  BOOST_TEST(x.text.find("is for a.example, not for b.example") != std::string::npos, x.text);
}

BOOST_FIXTURE_TEST_CASE(clocks, patient) {
  BOOST_TEST(examine_clock(now, now + 301s, "https://x", {}).what == cause::clock);
  auto x = examine_clock(now + 2h, now, "https://x", {});
  BOOST_TEST(x.what == cause::clock);
  BOOST_TEST(x.text.find("2 h 0 min ahead") != std::string::npos, x.text);
  auto early = *gsi::make_proxy(alice, {}, now + 2h);
  BOOST_TEST(examine_clock(now, std::nullopt, "", early.chain).what == cause::clock);
  BOOST_TEST(examine_clock(now, now, "https://x", early.chain).text.find("agrees")
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(attributes, patient) {
  BOOST_TEST(attribute_cause(*gsi::make_proxy(alice, {}, now)) == cause::no_attributes);
  BOOST_TEST(attribute_cause(with_attributes(), now + 11h + 301s) == cause::attributes_expired);
  auto x = recipe();
  x.flip_signature = true;
  BOOST_TEST(attribute_cause(proxy(gsi::ac_sequence({forge::sign(x)})))
             == cause::attributes_refused);
  BOOST_TEST(attribute_cause(proxy("rubbish")) == cause::attributes_refused);
  auto good = with_attributes();
  vomsdir.front().bytes = "/C=XX/O=Grid/CN=old.example\n/C=XX/O=Grid/CN=CA\n";
  believe();
  auto y = examine_attributes(good.chain, by, now);
  BOOST_TEST(y.what == cause::wrong_lsc);
  BOOST_TEST(y.text.find("old.example") != std::string::npos, y.text);
  vomsdir.clear();
  believe();
  BOOST_TEST(attribute_cause(good) == cause::wrong_lsc); // there is none
  by.voms.reset();
  y = examine_attributes(good.chain, by, now);
  BOOST_TEST(y.what == cause::none);
  BOOST_TEST(y.text.find("not judged") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_voms_servers_refuse) {
  BOOST_TEST(examine_voms_refusal("vo", {errc::denied, "User is suspended: x"}).what
             == cause::suspended);
  BOOST_TEST(examine_voms_refusal("vo", {errc::denied, "unknown"}).what == cause::voms_refused);
}

} // namespace
} // namespace trellis::edge
