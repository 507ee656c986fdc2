/// Delegated proxies: what a node takes over a connection, and from whom.
#include "protocols/gsi/authority.hpp"
#include "runtime/edge/delegations.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

BOOST_TEST_DONT_PRINT_LOG_VALUE(trellis::errc)

namespace trellis::edge {
namespace {

using namespace std::chrono_literals;

gsi::instant now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// A user whose certificate is one of a host: the rules are the same.
gsi::credential user(const gsi::authority& ca, std::string_view name) {
  auto key = gsi::private_key::generate();
  auto host = *host_name::parse(name);
  auto request = gsi::make_request(*key, host);
  auto cert = gsi::sign_host(ca, *request, host, now() - 1h, std::chrono::days{30});
  BOOST_REQUIRE(bool(cert));
  return {{*cert}, *key};
}

struct a_node {
  a_node() {
    auto made = gsi::make_authority("Users", now() - 1h, std::chrono::days{60});
    BOOST_REQUIRE(bool(made));
    ca = std::make_unique<gsi::authority>(*std::move(made));
    by = std::make_shared<const trusted>(
        trusted{gsi::trust_anchors::of({ca->cert}), {}, {}, {}, {}});
    book = std::make_unique<delegations>(files.path + "/delegations", [this] { return by; });
    alice = std::make_unique<gsi::credential>(user(*ca, "alice.example"));
  }

  principal connected(const gsi::credential& x) const {
    std::vector<std::string> chain;
    for (const auto& cert : x.chain)
      chain.push_back(cert.der());
    auto who = principal_of(chain, *by, now());
    BOOST_REQUIRE_MESSAGE(who, (who ? "" : who.why().text));
    return *who;
  }

  static std::string signed_by(const gsi::credential& from, const delegation_offer& x,
                               gsi::new_proxy how = {}) {
    auto chain = gsi::sign_delegation(from, x.csr, how, now());
    BOOST_REQUIRE(bool(chain));
    return gsi::chain_pem(*chain);
  }

  errc refused(const principal& who, const std::string& id, const std::string& pem) const {
    auto x = book->accept(who, id, pem, now());
    return x ? errc::none : x.why().code;
  }

  temporary_directory files;
  std::unique_ptr<gsi::authority> ca;
  std::shared_ptr<const trusted> by;
  std::unique_ptr<delegations> book;
  std::unique_ptr<gsi::credential> alice;
};

BOOST_FIXTURE_TEST_CASE(a_proxy_is_delegated_kept_and_forgotten, a_node) {
  auto who = connected(*alice);
  auto offer = book->offer(who, "", now());
  BOOST_REQUIRE(offer);
  BOOST_TEST(offer->id.size() == 16u);
  BOOST_TEST(book->offer(who, "", now())->id == offer->id); // the same for the same rights
  offer = book->offer(who, "", now());
  auto taken = book->accept(who, offer->id, signed_by(*alice, *offer), now());
  BOOST_REQUIRE_MESSAGE(taken, (taken ? "" : taken.why().text));
  BOOST_TEST(taken->subject == who.subject);
  auto list = book->list(who, now());
  BOOST_TEST(list->delegations.size() == 1u);
  for (const auto& x : std::filesystem::recursive_directory_iterator{files.path})
    BOOST_TEST((static_cast<unsigned>(x.status().permissions()) & 077u) == 0u, x.path());
  BOOST_TEST(!!book->remove(who, offer->id));
  BOOST_TEST(book->list(who, now())->delegations.empty());
  BOOST_TEST(!book->remove(who, offer->id));
}

BOOST_FIXTURE_TEST_CASE(a_request_serves_once_and_for_an_hour, a_node) {
  auto who = connected(*alice);
  auto offer = book->offer(who, "d", now());
  auto pem = signed_by(*alice, *offer);
  BOOST_TEST((refused(who, "e", pem) == errc::not_found));
  BOOST_TEST((refused(who, "d", pem) == errc::none));
  BOOST_TEST((refused(who, "d", pem) == errc::not_found));
  auto second = book->offer(who, "d", now());
  BOOST_TEST((refused(who, "d", pem) == errc::malformed)); // signed for the key before
  BOOST_TEST((refused(who, "d", signed_by(*alice, *second)) == errc::not_found)); // it was used up
  auto old = book->offer(who, "d", now() - 2h);
  BOOST_TEST((refused(who, "d", signed_by(*alice, *old)) == errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(nobody_gives_what_is_not_theirs, a_node) {
  auto bob = user(*ca, "bob.example");
  auto who = connected(*alice), other = connected(bob);
  auto ask = [&] { return *book->offer(who, "d", now()); };
  BOOST_TEST((refused(other, "d", signed_by(*alice, ask())) == errc::not_found));
  BOOST_TEST((refused(who, "d", signed_by(bob, ask())) == errc::denied));
  auto stranger = gsi::make_authority("Strangers", now() - 1h, std::chrono::days{60});
  BOOST_TEST(
      (refused(who, "d", signed_by(user(*stranger, "alice.example"), ask())) == errc::denied));
  auto alone = gsi::parse_chain(signed_by(*alice, ask()));
  BOOST_TEST((refused(who, "d", gsi::chain_pem({alone->front()})) != errc::none));
  auto limited = gsi::make_proxy(*alice, {1h, gsi::proxy_policy::limited, {}, {}}, now());
  BOOST_TEST((book->offer(connected(*limited), "d", now()).why().code == errc::denied));
  gsi::new_proxy short_one;
  short_one.lifetime = 60s;
  BOOST_TEST((refused(who, "d", signed_by(*alice, ask(), short_one)) == errc::usage));
  auto more = who;
  more.fqans = {"/biomed"};
  BOOST_TEST((refused(more, "none", "") == errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(ids_are_no_paths_and_requests_are_bounded, a_node) {
  auto who = connected(*alice);
  for (auto bad : {"..", "a/b", "a.b", "a b"})
    BOOST_TEST((book->offer(who, bad, now()).why().code == errc::usage), bad);
  BOOST_TEST((book->remove(who, "../x").why().code == errc::usage));
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(!!book->offer(who, "d" + std::to_string(i), now()));
  BOOST_TEST((book->offer(who, "one-more", now()).why().code == errc::busy));
  BOOST_TEST(!!book->offer(who, "d1", now())); // in place of the one before
}

} // namespace
} // namespace trellis::edge
