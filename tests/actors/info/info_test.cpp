/// The supermarket: serials and ends of advertisements, snapshots, lists, restarts.
#include "actors/info/info_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "storage/memory_engine.hpp"
#include "tests/runtime/deterministic.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace trellis::info {
namespace {

using namespace std::chrono_literals;

struct a_market : deterministic {
  storage::memory_engine engine;
  node_context ctx;
  info_keeper market;
  std::vector<std::shared_ptr<const snapshot>> heard;

  a_market() { boot(); }

  void boot() {
    storage::identity who{"birth", "incarnation"};
    ctx.host = *host_name::parse("cern.example");
    ctx.rows = &engine;
    ctx.simulated = true;
    ctx.clock = node_clock{wall_time{1'160'000'000s}, steady_time{}};
    ctx.store = keep(spawn_store(system, {&engine, who, {}}, true));
    market = keep(system.spawn(info, ctx, info_config{}));
    auto ear = keep(system.spawn([this](info_listener::pointer) -> info_listener::behavior_type {
      return {[this](const news& x) { heard.push_back(x.all); }};
    }));
    self->send(market, subscribe{ear});
    self->send(market, subscribe{ear});
    advance(1s);
  }

  static ce_id id(const std::string& host) {
    return *ce_id::make(*host_name::parse(host), 8443, "fork", "short");
  }

  result<advertised> say(const std::string& host, std::uint64_t serial, int free,
                         std::chrono::seconds time_left = 300s, const std::string& vo = "atlas") {
    advertise x;
    x.ce = id(host);
    x.serial = serial;
    x.time_left = time_left;
    x.ad = fmt::format(R"([ GlueCEUniqueID = "{}"; GlueCEStateFreeCPUs = {};
                            GlueCEAccessControlBaseRule = {{ "VO:{}" }} ])",
                       x.ce.text(), free, vo);
    return ask<advertised>(market, x, 10ms);
  }

  std::int64_t free_at(const std::string& host) {
    for (const auto& x : heard.back()->ces())
      if (x->ce == id(host))
        return x->free_slots;
    return -1;
  }

  std::size_t listed(const std::string& vo, const std::string& constraint) {
    auto x = ask<ce_list>(market, list_ces{{}, vo, constraint}, 10ms);
    BOOST_REQUIRE(x);
    return x->ces.size();
  }
};

BOOST_FIXTURE_TEST_SUITE(a_supermarket, a_market)

BOOST_AUTO_TEST_CASE(an_older_serial_changes_nothing) {
  BOOST_TEST(bool(say("ral.example", 2, 7)));
  advance(1s);
  BOOST_TEST(free_at("ral.example") == 7);
  BOOST_TEST(bool(say("ral.example", 1, 9)));
  BOOST_TEST(bool(say("ral.example", 2, 9)));
  advance(1s);
  BOOST_TEST(free_at("ral.example") == 7);
  BOOST_TEST(bool(say("ral.example", 3, 9)));
  advance(1s);
  BOOST_TEST(free_at("ral.example") == 9);
}

BOOST_AUTO_TEST_CASE(what_is_past_its_end_is_void_and_any_serial_is_new) {
  BOOST_TEST(bool(say("ral.example", 50, 7, 10s)));
  BOOST_TEST(bool(say("infn.example", 1, 3, 60s)));
  advance(9s);
  BOOST_TEST(free_at("ral.example") == 7);
  advance(2s);
  BOOST_TEST(free_at("ral.example") == -1);
  BOOST_TEST(free_at("infn.example") == 3);
  BOOST_TEST(listed("", "") == 1u);
  BOOST_TEST(bool(say("ral.example", 1, 4, 10s))); // its store is new
  advance(1s);
  BOOST_TEST(free_at("ral.example") == 4);
}

BOOST_AUTO_TEST_CASE(much_talk_is_one_snapshot_and_old_ones_do_not_change) {
  auto before = heard.size();
  for (std::uint64_t i = 1; i <= 100; ++i)
    self->send(market, advertise{id("ral.example"), fmt::format("[ GlueCEStateFreeCPUs = {} ]", i),
                                 300s, i});
  advance(200ms);
  BOOST_TEST(heard.size() - before <= 3u);
  BOOST_TEST(free_at("ral.example") == 100);
  auto old = heard.back();
  BOOST_TEST(bool(say("ral.example", 101, 1)));
  advance(1s);
  BOOST_TEST(old->ces().front()->free_slots == 100);
  BOOST_TEST((heard.back()->version() > old->version()));
}

BOOST_AUTO_TEST_CASE(lists_are_by_vo_and_constraint) {
  BOOST_TEST(bool(say("ral.example", 1, 7)));
  BOOST_TEST(bool(say("infn.example", 1, 0)));
  BOOST_TEST(bool(say("cnaf.example", 1, 5, 300s, "cms")));
  BOOST_TEST(listed("", "") == 3u);
  BOOST_TEST(listed("atlas", "") == 2u);
  BOOST_TEST(listed("atlas", "GlueCEStateFreeCPUs > 0") == 1u);
  BOOST_TEST(listed("", "Unheard > 0") == 0u);
  auto bad = ask<ce_list>(market, list_ces{{}, "", "1 +"}, 10ms);
  BOOST_REQUIRE(!bad);
  BOOST_CHECK(bad.why().code == errc::usage);
}

BOOST_AUTO_TEST_CASE(an_ad_that_is_none_or_of_another_ce_is_refused) {
  auto say_text = [&](const std::string& text) {
    return ask<advertised>(market, advertise{id("ral.example"), text, 300s, 1}, 10ms);
  };
  BOOST_CHECK(say_text("[ x = ").why().code == errc::malformed);
  BOOST_CHECK(say_text(R"([ GlueCEUniqueID = "infn.example:8443/trellis-fork-short" ])").why().code
              == errc::malformed);
  BOOST_CHECK(say_text(std::string(300'000, ' ') + "[ ]").why().code == errc::usage);
  BOOST_TEST(listed("", "") == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_said_is_known_after_a_restart_and_ends_when_it_would_have) {
  BOOST_TEST(bool(say("ral.example", 5, 7, 100s)));
  advance(10s);
  stop();
  boot();
  BOOST_TEST(free_at("ral.example") == 7);
  advance(100s);
  BOOST_TEST(free_at("ral.example") == -1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::info
