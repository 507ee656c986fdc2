/// A large story lives on several islands, and plays the same way however many threads run them. It
/// would catch what two islands share, and a frame that reaches another island within a window.
#include "actors/world/replay.hpp"
#include "actors/world/sites.hpp"
#include "protocols/scenario/text.hpp"
#include "runtime/log/log.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace trellis::world {
namespace {

/// Fifty sites with most of what can go wrong.
scenario::story large() {
  std::string out = "scenario \"Fifty sites\"\nseed 11\nvo a\nvo b share=2\n"
                    "user ann vo=a\nuser bob vo=b\nuser cid vo=b wms=other.example\n"
                    "site broker.example roles=wms,lb,info lease=60s\n"
                    "site other.example roles=wms,lb,info\n";
  for (int i = 0; i < 50; ++i)
    out += fmt::format("site s{:02}.example\nce ce.s{:02}.example slots=2 fails={}%\n", i, i,
                       i % 10 == 0 ? 20 : 0);
  out += "job one by=ann runs=20s\njob two by=bob runs=30s\njob three by=cid runs=10s\n"
         "at 60s submit one x100\nat 61s submit two x100\nat 70s submit three x100\n"
         "from 65s to 125s lose 5% ce.s05.example broker.example\n"
         "at 70s kill ce.s07.example\nat 90s start ce.s07.example\n"
         "from 75s to 95s cut ce.s03.example broker.example\n"
         "at 80s kill broker.example\nat 84s start broker.example\n"
         "from 86s to 150s repeat 10% ce.s06.example broker.example\n"
         "by 2h jobs Done >= 220\n";
  auto read = scenario::parse(out, "large");
  for (const auto& x : read.problems)
    BOOST_FAIL(scenario::to_string(x));
  return read.value;
}

replay_result played(const scenario::story& told, unsigned threads) {
  replay_options how;
  how.threads = threads;
  auto run = replay::make(told, how);
  BOOST_REQUIRE_MESSAGE(bool(run), told.title);
  return (*run)->run();
}

BOOST_AUTO_TEST_CASE(threads_change_nothing) {
  log::collector quiet; // its faults are meant
  auto told = large();
  BOOST_REQUIRE_GT(islands_for(told), 2u);
  auto alone = played(told, 1);
  BOOST_TEST(alone.held);
  BOOST_TEST(alone.broken.value_or("") == "");
  BOOST_TEST(alone.events > 2'000u);
  for (unsigned threads : {2u, 3u, 8u}) {
    auto many = played(told, threads);
    BOOST_TEST(many.hash == alone.hash);
    BOOST_TEST(many.frames == alone.frames);
    BOOST_TEST(many.end.steps == alone.end.steps);
    BOOST_TEST(many.held);
  }
}

BOOST_AUTO_TEST_CASE(a_small_story_needs_one) {
  auto read = scenario::parse("scenario \"Few\"\nsite a.example\nce ce.a.example slots=1\n", "few");
  BOOST_TEST(islands_for(read.value) == 1u);
}

} // namespace
} // namespace trellis::world
