/// The table against an ordered map that is told the same. Would catch: a row that is lost, comes
/// twice or out of order, an erased one that comes back, and what a sweep leaves behind.
#include "storage/memory_table.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>

using namespace trellis;
using storage::memory_table;
using ordered = std::map<std::string, std::string, std::less<>>;
using listing = std::vector<std::pair<std::string, std::string>>;

namespace {

listing scanned(const memory_table& x, std::string_view prefix, std::string_view from = {},
                std::size_t most = 1'000'000) {
  listing out;
  x.scan(prefix, from, [&](std::string_view key, std::string_view value) {
    out.emplace_back(key, value);
    return out.size() < most;
  });
  return out;
}

listing expected(const ordered& x, std::string_view prefix, std::string_view from = {},
                 std::size_t most = 1'000'000) {
  listing out;
  for (auto i = x.lower_bound(std::max(prefix, from));
       i != x.end() && i->first.starts_with(prefix) && out.size() < most; ++i)
    out.emplace_back(i->first, i->second);
  return out;
}

std::string some_key(std::mt19937& dice, unsigned among) {
  auto n = dice() % among;
  return std::string{"abc"[n % 3]} + std::string(1, '\0') + std::to_string(n);
}

} // namespace

BOOST_AUTO_TEST_CASE(agrees_with_an_ordered_map) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 dice{seed};
    memory_table table;
    ordered map;
    const unsigned among = seed % 2 ? 40 : 3'000;
    for (int i = 0; i < 6'000; ++i) {
      auto key = some_key(dice, among);
      auto known = map.contains(key) ? std::optional{map.at(key)} : std::nullopt;
      switch (dice() % (seed % 3 ? 4 : 400)) { // with few scans between, or with many
      case 0:
      case 1: {
        BOOST_REQUIRE(table.set(key, std::nullopt) == known);
        map.erase(key);
        break;
      }
      case 2: {
        auto prefix = key.substr(0, dice() % 3);
        BOOST_REQUIRE(scanned(table, prefix, key, 5) == expected(map, prefix, key, 5));
        break;
      }
      default: {
        auto value = std::to_string(i);
        BOOST_REQUIRE(table.set(key, value) == known);
        map[key] = value;
      }
      }
      auto other = some_key(dice, among);
      const auto* found = table.find(other);
      BOOST_REQUIRE((found ? std::optional{*found} : std::nullopt)
                    == (map.contains(other) ? std::optional{map.at(other)} : std::nullopt));
      BOOST_REQUIRE_EQUAL(table.size(), map.size());
    }
    BOOST_REQUIRE(scanned(table, {}) == expected(map, {}));
  }
}

BOOST_AUTO_TEST_CASE(what_lives_shortly_does_not_pile_up) {
  memory_table table;
  table.set("stays", "1");
  for (int i = 0; i < 100'000; ++i) {
    auto key = std::to_string(i);
    table.set(key, "x");
    BOOST_REQUIRE(table.set(key, std::nullopt) == "x");
  }
  BOOST_TEST(table.size() == 1u);
  BOOST_TEST(table.places() < 1'000u);
  BOOST_TEST(scanned(table, {}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_copy_goes_its_own_way) {
  memory_table table;
  for (int i = 0; i < 1'000; ++i)
    table.set("k" + std::to_string(i), "1");
  table.set("k7", std::nullopt);
  auto copy = table;
  table.set("k8", "2");
  table.set("new", "2");
  BOOST_TEST(copy.size() == 999u);
  BOOST_TEST(scanned(copy, "k8", {}, 1).front().second == "1");
  BOOST_TEST(scanned(copy, "new").empty());
  copy = table;
  BOOST_TEST(scanned(copy, {}).size() == 1'000u);
}

BOOST_AUTO_TEST_CASE(each_sees_every_row_once) {
  memory_table table;
  ordered seen;
  for (int i = 0; i < 100; ++i)
    table.set(std::to_string(i), std::to_string(i * i));
  table.set("5", std::nullopt);
  table.each([&](std::string_view key, std::string_view value) {
    BOOST_TEST(seen.emplace(key, value).second);
  });
  BOOST_TEST(seen.size() == 99u);
  BOOST_TEST(seen.at("9") == "81");
}
