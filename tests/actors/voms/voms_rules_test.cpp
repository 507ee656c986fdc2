#include "actors/voms/granting.hpp"
#include "actors/voms/listing.hpp"
#include "tests/actors/voms/vos.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <ostream>

namespace trellis::voms {

namespace {

using enum act_kind;

const place here{"voms.example", 8443};

request wishing(std::vector<wish> wishes) {
  request x;
  x.wishes = std::move(wishes);
  return x;
}

const wish root{wish_kind::group, "/biomed", ""};
const wish group_b{wish_kind::group, "/biomed/a/b", ""};
const wish production{wish_kind::group_role, "/biomed/a", "production"};
const wish pilot_anywhere{wish_kind::role, "", "pilot"};

std::string given(const decision& x) {
  if (!x.to_sign)
    return std::string{row_of(*x.answer.refused).word} + ": " + x.answer.why;
  std::string out;
  for (const auto& fqan : x.to_sign->fqans)
    out += (out.empty() ? "" : " ") + fqan.text();
  return out;
}

struct row {
  std::string name;
  certificate_name who;
  request what;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const row& x) { return out << x.name; }

request ordering(request x, std::vector<std::string> order) {
  for (const auto& y : order)
    x.order.push_back(*gsi::fqan::parse(y));
  return x;
}

// clang-format off
const std::vector<row> rows{
    {"groups always, roles never unasked", alice, {}, "/biomed /biomed/a /biomed/a/b"},
    {"the second certificate is the same user", also_alice, {}, "/biomed /biomed/a /biomed/a/b"},
    {"a group asked for is the first", alice, wishing({group_b}), "/biomed/a/b /biomed /biomed/a"},
    {"a role on request, first", alice, wishing({production}),
     "/biomed/a/Role=production /biomed /biomed/a /biomed/a/b"},
    {"in the order of the request", alice, wishing({group_b, production, root}),
     "/biomed/a/b /biomed/a/Role=production /biomed /biomed/a"},
    {"a role wherever held", alice, wishing({pilot_anywhere}),
     "/biomed/Role=pilot /biomed /biomed/a /biomed/a/b"},
    {"all", alice, wishing({{wish_kind::everything, "", ""}}),
     "/biomed /biomed/Role=pilot /biomed/a /biomed/a/Role=production /biomed/a/b"},
    {"order before wishes", alice, ordering(wishing({group_b, production}), {"/biomed/a"}),
     "/biomed/a /biomed/a/b /biomed/a/Role=production /biomed"},
    {"a user and nothing else", carol, {}, "/biomed"},
    {"a group not held", carol, wishing({group_b}),
     "BadRequest: biomed: Unable to satisfy G/biomed/a/b request!"},
    {"a role not held", carol, wishing({production}),
     "BadRequest: biomed: Unable to satisfy B/biomed/a:production request!"},
    {"a role that nobody has", alice, wishing({{wish_kind::role, "", "chief"}}),
     "BadRequest: biomed: Unable to satisfy Rchief request!"},
    {"one of two", alice, wishing({production, {wish_kind::group, "/biomed/z", ""}}),
     "BadRequest: biomed: Unable to satisfy G/biomed/z request!"},
    {"suspended", bob, {},
     "SuspendedUser: biomed: /DC=example/CN=bob is suspended: key was stolen"},
    {"unknown", {"/CN=eve", "/CN=CA"}, {},
     "NoSuchUser: biomed: User unknown to this VO: /CN=eve of /CN=CA"},
    {"the same subject of another CA", {alice.subject, "/CN=Evil CA"}, {},
     "NoSuchUser: biomed: User unknown to this VO: /DC=example/CN=alice of /CN=Evil CA"},
    {"another VO", alice, wishing({{wish_kind::group, "/atlas", ""}}),
     "BadRequest: atlas: there is no such VO on this server"},
    {"two VOs at once", alice, wishing({root, {wish_kind::group, "/atlas", ""}}),
     "BadRequest: atlas and biomed are two VOs: ask one at a time"},
};

// clang-format on

BOOST_DATA_TEST_CASE(what_a_visitor_gets, boost::unit_test::data::make(rows), x) {
  BOOST_TEST(given(decide(made(biomed_acts()), {x.who, {}}, x.what, here)) == x.expected);
}

BOOST_AUTO_TEST_CASE(the_vo_that_knows_the_visitor_is_meant) {
  auto vos = made({about(add_vo, "atlas"), about(add_user, "atlas", carol), about(add_vo, "cms"),
                   about(add_user, "cms", carol)},
                  made(biomed_acts()));
  BOOST_TEST(given(decide(vos, {alice, {}}, {}, here)) == "/biomed /biomed/a /biomed/a/b");
  BOOST_TEST(given(decide(vos, {carol, {}}, {}, here)).starts_with("BadRequest: several VOs"));
  BOOST_TEST(given(decide(vos,
                          {
                              {"/CN=eve",                       "/CN=CA"},
                              {                               }
  },
                          {}, here))
             == "NoSuchUser: User unknown to this VO: no VO of this server knows /CN=eve");
}

BOOST_AUTO_TEST_CASE(a_proxy_with_attributes_gets_no_more_of_them) {
  auto vos = made(biomed_acts());
  auto x = decide(vos, {alice, {{"/biomed", "/biomed/a"}}}, wishing({production}), here);
  BOOST_TEST(given(x) == "/biomed /biomed/a");
  BOOST_REQUIRE(x.answer.warnings.size() == 1);
  BOOST_TEST((guess(x.answer.warnings[0].text) == warning_kind::attribute));
  auto other = decide(vos, {alice, {{"/atlas"}}}, {}, here);
  BOOST_TEST(given(other) == "/biomed /biomed/a /biomed/a/b");
  BOOST_TEST(other.answer.warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_lifetime_is_cut_with_a_warning) {
  auto vos = made(biomed_acts());
  request x;
  BOOST_TEST(decide(vos, {alice, {}}, x, here).to_sign->lifetime.count() == 86'400);
  x.lifetime = std::chrono::seconds{600};
  auto shorter = decide(vos, {alice, {}}, x, here);
  BOOST_TEST(shorter.to_sign->lifetime.count() == 600);
  BOOST_TEST(shorter.answer.warnings.empty());
  x.lifetime = std::chrono::hours{100};
  auto cut = decide(vos, {alice, {}}, x, here);
  BOOST_TEST(cut.to_sign->lifetime.count() == 86'400);
  BOOST_REQUIRE(cut.answer.warnings.size() == 1);
  BOOST_TEST(cut.answer.warnings[0].text
             == "voms.example:8443: The validity of this VOMS AC in your proxy is shortened to "
                "86400 seconds!");
}

BOOST_AUTO_TEST_CASE(what_is_ordered_and_not_given_brings_a_warning) {
  auto x = decide(made(biomed_acts()), {alice, {}}, ordering({}, {"/biomed/Role=pilot"}), here);
  BOOST_TEST(given(x) == "/biomed /biomed/a /biomed/a/b");
  BOOST_REQUIRE(x.answer.warnings.size() == 1);
  BOOST_TEST((guess(x.answer.warnings[0].text) == warning_kind::order));
}

BOOST_AUTO_TEST_CASE(attributes_are_of_the_user_and_of_what_is_given) {
  auto x = decide(made(biomed_acts()), {alice, {}}, {}, here);
  std::vector<gsi::generic_attribute> expected{
      {"nickname", "al",   "biomed"   },
      {"quota",    "10TB", "/biomed/a"}
  };
  BOOST_TEST((x.to_sign->attributes == expected)); // not those of a role that was not asked for
}

BOOST_AUTO_TEST_CASE(to_be_in_a_group_is_to_be_in_those_above) {
  auto vos = made(biomed_acts());
  BOOST_TEST(vos.at("biomed")->find(alice)->holds.contains("/biomed/a"));
  vos = made({about(revoke, "biomed", alice, "/biomed/a")}, vos);
  std::set<std::string> left{"/biomed", "/biomed/Role=pilot"};
  BOOST_TEST((vos.at("biomed")->find(alice)->holds == left));
  vos = made({about(remove_fqan, "biomed", {}, "/biomed/a")}, vos);
  BOOST_TEST(!vos.at("biomed")->fqans.contains("/biomed/a/b"));
  BOOST_TEST(vos.at("biomed")->fqans.contains("/biomed/z"));
}

BOOST_AUTO_TEST_CASE(an_old_book_stays_as_it_was) {
  auto before = made(biomed_acts());
  auto after = made({about(remove_user, "biomed", alice), about(remove_vo, "biomed")}, before);
  BOOST_TEST(after.empty());
  BOOST_TEST(before.at("biomed")->find(also_alice));
}

BOOST_AUTO_TEST_CASE(what_was_so_before_is_no_change) {
  edition x{made(biomed_acts())};
  for (auto again :
       {about(add_vo, "biomed"), about(add_user, "biomed", alice),
        about(grant, "biomed", alice, "/biomed/a"), about(restore_user, "biomed", alice),
        about(set_attribute, "biomed", alice, "", "al", "nickname")}) {
    auto r = x.apply(again);
    BOOST_REQUIRE(r);
    BOOST_TEST(!*r, word(again.what));
  }
}

BOOST_AUTO_TEST_CASE(acts_that_make_no_sense_are_refused) {
  struct bad {
    act what;
    errc code;
  };

  // clang-format off
  const bad all[] = {
      {about(add_vo, "../etc"), errc::usage},
      {about(add_user, "atlas", alice), errc::not_found},
      {about(add_user, "biomed", {"alice", "/CN=CA"}), errc::usage},
      {about(add_user, "biomed", {"/CN=x\n", "/CN=CA"}), errc::usage},
      {about(add_user, "biomed", {"/CN=x", ""}), errc::usage},
      {about(add_alias, "biomed", bob, "", alice.subject), errc::exists},
      {about(remove_alias, "biomed", carol), errc::usage},
      {about(suspend_user, "biomed", {"/CN=eve", ""}, "", "x"), errc::not_found},
      {about(suspend_user, "biomed", carol), errc::usage},
      {about(add_fqan, "biomed", {}, "/atlas/a"), errc::usage},
      {about(add_fqan, "biomed", {}, "/biomed/.."), errc::usage},
      {about(remove_fqan, "biomed", {}, "/biomed"), errc::usage},
      {about(grant, "biomed", carol, "/biomed/none"), errc::not_found},
      {about(revoke, "biomed", carol, "/biomed"), errc::usage},
      {about(set_attribute, "biomed", carol, "", "x"), errc::usage},
  };
  // clang-format on
  for (const auto& x : all) {
    edition to{made(biomed_acts())};
    auto r = to.apply(x.what);
    BOOST_REQUIRE_MESSAGE(!r, sentence(x.what));
    BOOST_TEST((r.why().code == x.code), r.why().text);
  }
}

BOOST_AUTO_TEST_CASE(a_name_of_two_cas_has_to_be_told_apart) {
  certificate_name twin{carol.subject, "/CN=Second CA"};
  auto vos = made({about(add_user, "biomed", twin)}, made(biomed_acts()));
  edition x{vos};
  BOOST_TEST(!x.apply(about(suspend_user, "biomed", {carol.subject, ""}, "", "gone")));
  BOOST_TEST(*x.apply(about(suspend_user, "biomed", twin, "", "gone")));
  BOOST_TEST(x.now().at("biomed")->find(carol)->suspended.empty());
  BOOST_TEST(x.now().at("biomed")->find(twin)->suspended == "gone");
}

BOOST_AUTO_TEST_CASE(lists_tell_who_holds_what) {
  auto vos = made(biomed_acts());
  auto vo = rows_of(vos, "voms.example:8443").vos.at(0);
  BOOST_TEST(vo.uri == "biomed://voms.example:8443");
  BOOST_TEST(vo.users == 3u);
  BOOST_TEST(vo.suspended == 1u);
  BOOST_TEST(vo.groups == 4u);
  BOOST_TEST(vo.roles == 2u);
  auto roles = fqans_of(vos, {{}, "biomed", true, ""});
  BOOST_REQUIRE(roles);
  BOOST_TEST(roles->fqans.at(0).fqan == "/biomed/Role=pilot");
  BOOST_TEST(roles->fqans.at(0).holders.at(0) == alice.subject);
  BOOST_TEST((fqans_of(vos, {{}, "atlas", false, ""}).why().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(long_lists_come_in_pages) {
  constexpr std::size_t users = 5'000;
  auto acts = biomed_acts();
  for (std::size_t i = 0; i < users; ++i)
    acts.push_back(
        about(add_user, "biomed", {"/CN=" + std::string(200, 'x') + std::to_string(i), "/CN=CA"}));
  auto vos = made(acts);
  std::set<std::uint64_t> seen;
  list_users next{{}, "biomed", 0};
  for (bool more = true; more;) {
    auto x = users_of(vos, next);
    BOOST_REQUIRE(x);
    BOOST_TEST(wire::encode(*x).size() < page_bytes + 1'000);
    for (const auto& y : x->users)
      BOOST_TEST(seen.insert(y.number).second);
    next.after = x->users.back().number;
    more = x->more;
  }
  BOOST_TEST(seen.size() == users + 3);
  auto groups = fqans_of(vos, {{}, "biomed", false, ""});
  BOOST_TEST(groups->fqans.at(0).held == users + 3);
  BOOST_TEST(groups->fqans.at(0).holders.size() == fqan_row::max_holders);
  BOOST_TEST(!groups->more);
  BOOST_TEST(fqans_of(vos, {{}, "biomed", false, "/biomed/a"})->fqans.at(0).fqan == "/biomed/a/b");
}

} // namespace

} // namespace trellis::voms
