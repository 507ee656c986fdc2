/// The codec under round trips, older and newer peers, bounds and mutation. It would catch a field
/// moved or retyped, a default lost for an older sender, and a reader that trusts a length.
#include "protocols/wire/codec.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>

namespace trellis {
namespace {

struct plain_name {
  static result<plain_name> parse(std::string_view s) {
    if (s.empty() || s.find(' ') != s.npos)
      return error{errc::malformed, "no name, or a blank"};
    return plain_name{std::string{s}};
  }

  const std::string& text() const { return s; }

  std::string s;
};

struct slots {
  std::int32_t wanted = 1;
};
TRELLIS_INSPECT(slots, wanted)

struct reservation {
  std::chrono::seconds length{};
  double priority = 0;
};
TRELLIS_INSPECT(reservation, length, priority)

struct submit {
  plain_name job;
  std::uint32_t number = 0;
  std::string jdl;
  std::variant<slots, reservation> size;
  std::optional<std::string> queue;
  bool dry = false;
};
TRELLIS_INSPECT(submit, job, number, jdl, size, queue, dry)

struct older_submit {
  plain_name job;
  std::uint32_t number = 0;
  std::string jdl;
};
TRELLIS_INSPECT(older_submit, job, number, jdl)

struct everything {
  std::int8_t a = 0;
  std::int64_t b = 0;
  std::uint64_t c = 0;
  double d = 0;
  bool e = false;
  std::set<int> s;
  std::map<std::string, std::vector<slots>> m;
  std::optional<std::variant<std::string, int>> v;
  std::chrono::milliseconds ms{};
  std::vector<std::pair<std::string, int>> p;
};
TRELLIS_INSPECT(everything, a, b, c, d, e, s, m, v, ms, p)

struct tree {
  std::vector<tree> kids;
};
TRELLIS_INSPECT(tree, kids)

struct nothing {};

/// Must be given, unlike the name in `submit`.
struct ticket {
  plain_name job;
};
TRELLIS_INSPECT(ticket, job)

bool complete(const ticket& x) { return !x.job.s.empty(); }

submit sample() {
  return {
      {"j1" },
      3, "[ Executable = \"a\"; ]", reservation{ std::chrono::hours{2}, -0.5},
      "long", true
  };
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  auto bytes = wire::encode(sample());
  auto y = wire::decode<submit>(bytes);
  BOOST_REQUIRE(bool(y));
  BOOST_TEST(wire::encode(*y) == bytes);
  BOOST_TEST(std::get<reservation>(y->size).priority == -0.5);
  BOOST_TEST(*y->queue == "long");
  everything x{
      -128,
      INT64_MIN,
      UINT64_MAX,
      1e300,
      true,
      {1, -2},
      {{"k", {{7}, {-7}}}},
      42,
      std::chrono::milliseconds{-5},
      {{"a", 1}}
  };
  auto z = wire::decode<everything>(wire::encode(x));
  BOOST_REQUIRE(bool(z));
  BOOST_TEST(z->b == INT64_MIN);
  BOOST_TEST(z->c == UINT64_MAX);
  BOOST_TEST(z->ms.count() == -5);
  BOOST_TEST(z->m["k"][1].wanted == -7);
  BOOST_TEST(z->p.at(0).first == "a");
  BOOST_TEST(bool(wire::decode<nothing>(wire::encode(nothing{}))));
}

BOOST_AUTO_TEST_CASE(older_and_newer_peers_are_understood) {
  auto n = wire::decode<submit>(wire::encode(older_submit{{"j"}, 9, "x"}));
  BOOST_REQUIRE(bool(n));
  BOOST_TEST(!n->dry);
  BOOST_TEST(n->jdl == "x");
  auto o = wire::decode<older_submit>(wire::encode(sample()));
  BOOST_REQUIRE(bool(o));
  BOOST_TEST(o->jdl == sample().jdl);
}

BOOST_AUTO_TEST_CASE(an_empty_name_is_one_that_was_not_given) {
  auto x = wire::decode<submit>(wire::encode(submit{}));
  BOOST_REQUIRE(bool(x));
  BOOST_TEST(x->job.s.empty());
  BOOST_TEST(bool(wire::decode<std::vector<plain_name>>(wire::encode(std::vector<plain_name>(2)))));
}

BOOST_AUTO_TEST_CASE(a_name_that_must_be_given_is_asked_for) {
  BOOST_TEST(bool(wire::decode<ticket>(wire::encode(ticket{{"j"}}))));
  BOOST_TEST(!wire::decode<ticket>(wire::encode(ticket{})));
  BOOST_TEST(!wire::decode<std::vector<ticket>>(wire::encode(std::vector<ticket>(1))));
}

BOOST_AUTO_TEST_CASE(what_is_out_of_bounds_is_refused) {
  tree n;
  for (int i = 0; i < 20; ++i) {
    tree m;
    m.kids.push_back(std::move(n));
    n = std::move(m);
  }
  BOOST_TEST(!wire::decode<tree>(wire::encode(n)));
  BOOST_TEST(!wire::decode<std::vector<tree>>(wire::encode(std::vector<tree>(100000))));
  BOOST_TEST(!wire::decode<std::uint8_t>(wire::encode(std::uint32_t{256})));
  BOOST_TEST(!wire::decode<plain_name>(wire::encode(std::string{"a b"})));
  BOOST_TEST(!wire::decode<errc>(wire::encode(std::uint8_t{99})));
  BOOST_TEST((!wire::decode<std::variant<int>>(wire::encode(std::variant<int, bool>{true}))));
}

BOOST_AUTO_TEST_CASE(mutated_bytes_never_break_the_reader) {
  std::mt19937_64 rng{1};
  auto base = wire::encode(sample());
  std::size_t read = 0;
  for (int i = 0; i < 200'000; ++i) {
    auto s = base;
    for (auto k = rng() % 4 + 1; k-- > 0;)
      s[rng() % s.size()] = static_cast<char>(rng());
    if (rng() % 4 == 0)
      s.resize(rng() % s.size());
    if (wire::decode<submit>(s))
      ++read;
  }
  BOOST_TEST(read > 0u);
}

} // namespace trellis
