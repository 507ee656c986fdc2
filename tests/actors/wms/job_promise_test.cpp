/// At most one payload start per deep cycle, never two payloads at once: under every order of
/// inputs that a seeded walk finds, with CEs that are honest and late.
#include "runtime/node/random.hpp"
#include "tests/actors/wms/a_job.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace trellis::wms {
namespace {

/// CEs as they may honestly be: each attempt starts its payload at most once, only with the token
/// it was given, and never after it was final or its lease was over.
struct honest_world {
  struct attempt {
    std::uint32_t number = 0;
    std::uint32_t cycle = 0;
    bool token = false, started = false, over = false, asked = false;
  };

  a_job job;
  random_source chance;
  std::vector<attempt> attempts;
  std::map<std::uint32_t, int> starts; // by deep cycle
  int running_at_once = 0;

  explicit honest_world(std::uint64_t seed) : chance(seed) {
    job.terms.retry_count = job.terms.shallow_retry_count = 4;
    job.put(confirmed{});
  }

  void heed_letters() {
    for (const auto& x : job.letters) {
      if (auto m = std::get_if<hand_over_now>(&x.what))
        attempts.push_back({job.state.attempt, job.state.deep, m->token == ce::token_mode::granted,
                            false, false, false});
      if (auto t = std::get_if<ce::token_answer>(&x.what); t && t->granted)
        for (auto& a : attempts)
          if (a.number == t->attempt.number)
            a.token = true;
    }
  }

  void start_payload(attempt& a) {
    if (!a.token || a.started || a.over)
      return;
    a.started = true;
    BOOST_REQUIRE_EQUAL(++starts[a.cycle], 1); // at most one start per deep cycle
    int running = 0;
    for (const auto& other : attempts)
      running += other.started && !other.over;
    BOOST_REQUIRE_EQUAL(running, 1); // never two at once
  }

  void say(attempt& a) {
    ce::attempt_facts facts;
    facts.at = ce::moment{std::chrono::minutes{1}};
    facts.state = a.started ? ce::attempt_state::really_running : ce::attempt_state::idle;
    if (chance.below(3) == 0) {
      a.over = true;
      facts.state = ce::attempt_state::done_failed;
      facts.failure = a.started ? failure_class::after_payload : failure_class::before_payload;
      if (!a.started && chance.below(4) == 0)
        facts.failure = failure_class::gave_up_token;
    }
    job.put(reported{ral, a.number, facts});
  }

  void act() {
    switch (chance.below(7)) {
    case 0:
      job.put(matched{queue_at(ral), chance.below(2) == 0});
      break;
    case 1:
      job.put(contact_lost{"silence"});
      break;
    case 2:
      job.put(contact_back{});
      break;
    case 3: // the CE ends at its lease what the WMS gives up only later
      if (job.state.phase == job_phase::lost_contact) {
        attempts.back().over = true;
        job.put(lease_over{});
      }
      break;
    default:
      if (attempts.empty())
        return;
      auto& a = attempts[chance.below(attempts.size())];
      if (chance.below(2) == 0)
        start_payload(a);
      else if (!a.over && !a.token) {
        job.put(token_asked{ral, a.number});
      } else if (!a.over)
        say(a);
    }
    heed_letters();
    job.letters.clear();
  }
};

BOOST_AUTO_TEST_CASE(at_most_one_payload_starts_per_cycle_and_never_two_at_once) {
  int cycles = 0, shallow = 0;
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      honest_world world{seed};
      for (int i = 0; i < 60; ++i) {
        world.act();
        shallow = std::max(shallow, static_cast<int>(world.job.state.shallow));
      }
      cycles = std::max(cycles, static_cast<int>(world.job.state.deep));
    }
  }
  BOOST_TEST(cycles >= 3); // the walk came far enough to mean something
  BOOST_TEST(shallow >= 2);
}

} // namespace
} // namespace trellis::wms
