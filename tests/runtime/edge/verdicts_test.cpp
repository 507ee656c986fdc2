/// What is remembered of chains across connections, and what several visitors at once share.
#include "runtime/log/log.hpp"
#include "tests/runtime/edge/a_front.hpp"

#include <atomic>
#include <thread>

namespace trellis::edge {
namespace {

using clock = verdict<int>::clock;

verdict<int> fresh(int what, std::uint64_t edition = 1) { return {what, edition, clock::now()}; }

BOOST_AUTO_TEST_CASE(a_verdict_is_void_after_its_time_its_edition_or_its_end) {
  verdicts<int> known;
  known.put("alice", fresh(7));
  BOOST_TEST(known.find("alice", 1)->what == 7);
  BOOST_TEST(!known.find("bob", 1));
  BOOST_TEST(!known.find("alice", 2));
  auto x = fresh(8);
  x.at -= verdict_time;
  known.put("alice", x);
  BOOST_TEST(!known.find("alice", 1));
  x = fresh(9);
  x.ends = std::chrono::system_clock::now() - 1s;
  known.put("alice", x);
  BOOST_TEST(!known.find("alice", 1));
}

BOOST_AUTO_TEST_CASE(only_so_many_are_remembered) {
  verdicts<int> known{100};
  for (int i = 0; i < 99; ++i)
    known.put(std::to_string(i), fresh(i, 1));
  known.put("last", fresh(99, 2));
  known.put("next", fresh(100, 2)); // those of the old edition make room
  BOOST_TEST(known.size() == 2u);
  for (int i = 0; i < 1'000; ++i) {
    known.put(std::to_string(i), fresh(i, 2));
    BOOST_TEST(known.size() <= 100u);
  }
}

BOOST_FIXTURE_TEST_CASE(who_comes_again_with_the_same_chain_is_not_judged_again, a_front) {
  auto asks = [this](std::vector<std::string> chain) {
    come(std::move(chain));
    say(request("GET /v1/whoami"));
    return status(heard());
  };
  BOOST_TEST(asks({"alice", "ca"}) == 200);
  BOOST_TEST(asks({"alice", "ca"}) == 200);
  BOOST_TEST(judged == 1u);
  BOOST_TEST(asks({"alice", "c", "a"}) == 200); // the same bytes, cut otherwise
  BOOST_TEST(asks({"alice"}) == 200);
  BOOST_TEST(judged == 3u);
  suspended = true;
  BOOST_TEST(asks({"alice"}) == 200);
  ++edition;
  BOOST_TEST(asks({"alice"}) == 403);
  BOOST_TEST(asks({"alice"}) == 403); // a refusal is not remembered
  suspended = false;
  BOOST_TEST(asks({"alice"}) == 200);
  BOOST_TEST(judged == 6u);
}

BOOST_FIXTURE_TEST_CASE(an_ended_chain_is_judged_by_every_connection, a_front) {
  expires = std::chrono::system_clock::now() - 1s;
  for (unsigned i = 1; i <= 3; ++i) {
    come();
    say(request("GET /v1/whoami"));
    heard();
    BOOST_TEST(judged == i);
  }
}

BOOST_FIXTURE_TEST_CASE(a_token_is_not_taken_for_the_chain_beside_it, a_front) {
  come();
  say(request("GET /v1/whoami", "Authorization: Bearer abc\r\n"));
  BOOST_TEST(has(heard(), "\"abc\""));
  come();
  say(request("GET /v1/whoami"));
  BOOST_TEST(has(heard(), "/CN=alice"));
  come();
  say(request("GET /v1/whoami", "Authorization: Bearer def\r\n"));
  BOOST_TEST(has(heard(), "\"def\""));
}

BOOST_FIXTURE_TEST_CASE(a_chain_without_measure_is_judged_each_time, a_front) {
  const std::string long_name(20'000, 'x');
  for (unsigned i = 1; i <= 3; ++i) {
    come({long_name});
    say(request("GET /v1/whoami"));
    BOOST_TEST(status(heard()) == 200);
    BOOST_TEST(judged == i);
  }
}

/// Each thread has visitors of its own, all of one front: what is counted is exact.
BOOST_AUTO_TEST_CASE(visitors_on_several_threads_are_counted_exactly) {
  log::collector log;
  constexpr std::uint64_t threads = 4, rounds = 8'000, burst = 10'000;
  std::atomic<std::uint64_t> now = 1;
  front_config config;
  config.here = here;
  config.limits.burst = burst;
  config.limits.requests_a_second = 1e-6;
  auto judge = [](const shown& x) -> result<principal> {
    principal who;
    who.subject = "/CN=" + x.chain.at(0);
    who.expires = std::chrono::system_clock::now() + 1h;
    return who;
  };
  auto house = std::make_shared<front>(config, judge, nullptr);
  house->judge_anew([&] { return now.load(); });
  std::atomic<std::uint64_t> good = 0, busy = 0;
  std::vector<std::thread> all;
  for (std::uint64_t t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < rounds; ++i) {
        auto stream = std::make_shared<fake_stream>();
        auto own = std::to_string(t) + "/" + std::to_string(i);
        auto x = house->receive(stream, {"[::1]:7", "[::1]", {i % 2 ? own : "alice"}});
        x->heard(request("GET /v1/whoami"));
        good += status(stream->out) == 200 ? 1 : 0;
        busy += status(stream->out) == 429 ? 1 : 0;
        now += i % 500 == 0 ? 1 : 0;
      }
    });
  for (auto& x : all)
    x.join();
  constexpr std::uint64_t of_alice = threads * rounds / 2;
  BOOST_TEST(busy == of_alice - burst);
  BOOST_TEST(good == of_alice + burst);
  const auto& counted = house->counters();
  BOOST_TEST(counted.answers[2] == good);
  BOOST_TEST(counted.answers[4] == busy);
  BOOST_TEST(counted.refused == busy);
  BOOST_TEST(counted.visitors == 0u);
}

} // namespace
} // namespace trellis::edge
