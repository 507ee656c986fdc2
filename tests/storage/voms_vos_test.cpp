#include "storage/voms_vos.hpp"
#include "tests/storage/stores.hpp"

namespace trellis::storage {

namespace {

voms::vo biomed() {
  voms::vo x;
  x.name = "biomed";
  x.settings.max_lifetime = std::chrono::hours{12};
  x.settings.next_member = 3;
  x.fqans["/biomed"] = {};
  x.fqans["/biomed/a/Role=production"]["quota"] = "10TB";
  voms::member alice;
  alice.number = 2;
  alice.certificates = {
      {"/CN=alice", "/CN=CA"   },
      {"/CN=al",    "/CN=Other"}
  };
  alice.holds = {"/biomed", "/biomed/a/Role=production"};
  alice.attributes["nickname"] = "al";
  alice.suspended = "key was stolen";
  x.members[2] = alice;
  return x;
}

std::vector<change> rows_of(const voms::vo& x) {
  std::vector<change> out{voms_vos::put_settings(x)};
  for (const auto& [fqan, attributes] : x.fqans)
    out.push_back(voms_vos::put_fqan(x.name, fqan, attributes));
  for (const auto& [number, y] : x.members)
    out.push_back(voms_vos::put_member(x.name, y));
  return out;
}

BOOST_FIXTURE_TEST_CASE(what_was_taken_outlives_the_vo, stores) {
  const voms::owner alice{
      "biomed", {"/CN=alice", "/CN=CA"}
  };
  const voms::taken_fqans fqans{
      {"/biomed/a", std::chrono::sys_seconds{std::chrono::seconds{7}}}
  };
  for (auto* rows : both()) {
    BOOST_TEST(good(voms_vos::taken(*rows)).empty());
    std::vector<change> all{voms_vos::put_taken(alice, fqans), voms_vos::put_settings(biomed())};
    good(rows->commit(all, durability::synced));
    BOOST_TEST((good(voms_vos::taken(*rows))
                == voms::all_taken{
                    {alice, fqans}
    }));
    BOOST_TEST(good(voms_vos::all(*rows)).size() == 1u);
    all = {voms_vos::erase_settings("biomed")};
    good(rows->commit(all, durability::synced));
    BOOST_TEST(good(voms_vos::all(*rows)).empty());
    BOOST_TEST(good(voms_vos::taken(*rows)).size() == 1u);
    all = {voms_vos::erase_taken(alice)};
    good(rows->commit(all, durability::synced));
    BOOST_TEST(good(voms_vos::taken(*rows)).empty());
  }
}

BOOST_FIXTURE_TEST_CASE(what_was_put_is_read_back, stores) {
  for (auto* rows : both()) {
    BOOST_TEST(good(voms_vos::all(*rows)).empty());
    auto x = biomed();
    good(rows->commit(rows_of(x), durability::synced));
    auto y = good(voms_vos::all(*rows)).at("biomed");
    BOOST_TEST((y.settings == x.settings));
    BOOST_TEST((y.fqans == x.fqans));
    BOOST_TEST((y.members == x.members));
    BOOST_REQUIRE(y.find({"/CN=al", "/CN=Other"}));
    BOOST_TEST(y.find({"/CN=al", "/CN=Other"})->number == 2u);
    BOOST_TEST(!y.find({"/CN=alice", "/CN=Other"}));
  }
}

BOOST_FIXTURE_TEST_CASE(a_vo_goes_row_by_row_and_its_neighbour_stays, stores) {
  for (auto* rows : both()) {
    auto x = biomed(), other = biomed();
    other.name = "biomed2";
    good(rows->commit(rows_of(x), durability::synced));
    good(rows->commit(rows_of(other), durability::synced));
    std::vector<change> gone{voms_vos::erase_settings("biomed"),
                             voms_vos::erase_member("biomed", 2)};
    for (const auto& [fqan, attributes] : x.fqans)
      gone.push_back(voms_vos::erase_fqan("biomed", fqan));
    good(rows->commit(gone, durability::synced));
    auto left = good(voms_vos::all(*rows));
    BOOST_REQUIRE(left.size() == 1u);
    BOOST_TEST((left.at("biomed2").members == x.members));
  }
}

BOOST_FIXTURE_TEST_CASE(a_row_that_cannot_be_read_is_told_of, stores) {
  for (auto* rows : both()) {
    auto x = voms_vos::put_member("biomed", biomed().members.at(2));
    x.value = x.value->substr(0, x.value->size() / 2);
    good(rows->commit(std::vector{x}, durability::synced));
    auto read = voms_vos::all(*rows);
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.why().code == errc::malformed));
  }
}

} // namespace

} // namespace trellis::storage
