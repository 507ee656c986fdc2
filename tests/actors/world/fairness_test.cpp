/// The rule of the fair share: a VO gets no slot while another waits that has less. It would catch
/// a WMS that forgets shares, or what is held, and a watcher that sees wrong where none is.
#include "actors/world/fairness.hpp"
#include "protocols/scenario/text.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis::world {
namespace {

using namespace std::chrono_literals;
using wms::job_phase;

/// alice has a third of the grid, bob two thirds.
struct two_vos {
  explicit two_vos(std::string_view more = {}, std::string_view jdl = {})
      : told(tell(more, jdl)), fair(told) {}

  static scenario::story tell(std::string_view more, std::string_view jdl) {
    auto text = R"(scenario "two VOs"
vo biomed
vo atlas share=2
user alice vo=biomed
user bob vo=atlas
site cern.example
ce ce01.cern.example slots=6 )"
                + std::string{more} + "\njob mine by=alice\n  " + std::string{jdl}
                + "\njob theirs by=bob\n  " + std::string{jdl} + "\nat 1s submit mine x9\n"
                + "at 1s submit theirs x9\n";
    auto read = scenario::parse(text, "two_vos");
    for (const auto& x : read.problems)
      BOOST_FAIL(scenario::to_string(x));
    return read.value;
  }

  /// Jobs 0 to 99 are of biomed, those from 100 of atlas.
  void be(job_index which, job_phase phase, std::uint32_t attempt) {
    job_facts x;
    x.name = which < 100 ? "mine" : "theirs";
    x.ordinal = which % 100 + 1;
    x.vo = which < 100 ? "biomed" : "atlas";
    x.id
        = job_id::make(*host_name::parse("cern.example"), 9000, {static_cast<std::uint8_t>(which)});
    x.phase = phase;
    x.attempt = attempt;
    fair.look(which, x, now);
  }

  void wait(std::initializer_list<job_index> which) {
    for (auto i : which)
      be(i, job_phase::idle, 0);
  }

  void give(std::initializer_list<job_index> which, std::uint32_t attempt = 1) {
    for (auto i : which)
      be(i, job_phase::handed_over, attempt);
  }

  void end(job_index which) { be(which, job_phase::done, 1); }

  void pass(scenario::milliseconds x) {
    now += x;
    fair.pass(now);
  }

  bool fine() {
    pass(10s);
    return !fair.unfair();
  }

  scenario::milliseconds now{0};
  scenario::story told;
  fairness fair;
};

BOOST_AUTO_TEST_CASE(slots_by_share_are_fair) {
  two_vos grid;
  grid.wait({0, 1, 2, 3, 100, 101, 102, 103, 104});
  grid.pass(10s);
  grid.give({0, 1, 100, 101, 102, 103});
  BOOST_TEST(grid.fine());
  BOOST_TEST(grid.fair.judged() == 6u);
}

BOOST_AUTO_TEST_CASE(equal_slots_for_unequal_shares_are_not) {
  two_vos grid;
  grid.wait({0, 1, 2, 3, 100, 101, 102, 103});
  grid.pass(10s);
  grid.give({0, 1, 2, 100, 101, 102});
  BOOST_TEST(!grid.fine()); // the third of biomed, which had 2, when atlas had 1.5 a share
  BOOST_TEST(grid.fair.unfair()->starts_with("not its share: biomed got a slot for mine#"));
}

BOOST_AUTO_TEST_CASE(all_slots_for_one_are_not_while_the_other_waits) {
  two_vos grid;
  grid.wait({0, 1, 100, 101, 102});
  grid.pass(10s);
  grid.give({100, 101});
  BOOST_TEST(!grid.fine());
}

BOOST_AUTO_TEST_CASE(who_comes_late_has_no_claim_to_what_was_given) {
  two_vos grid;
  grid.wait({100, 101, 102, 103, 104});
  grid.pass(10s);
  grid.give({100, 101, 102, 103});
  grid.pass(1s);
  grid.wait({0, 1});
  BOOST_TEST(grid.fine());
  grid.give({104}); // but it has one to what is given now
  BOOST_TEST(!grid.fine());
}

BOOST_AUTO_TEST_CASE(an_hour_that_was_used_weighs_as_one_slot) {
  two_vos grid;
  grid.wait({0});
  grid.give({0});
  grid.pass(3h);
  grid.end(0);
  grid.wait({1, 2, 100, 101, 102, 103, 104, 105, 106, 107});
  grid.pass(10s);
  grid.give({100, 101, 102, 103, 104, 105, 106}); // three a share, and one
  BOOST_TEST(grid.fine());
  grid.give({107});
  BOOST_TEST(!grid.fine());
}

BOOST_AUTO_TEST_CASE(what_was_lost_just_now_may_still_have_counted) {
  two_vos grid;
  grid.wait({0, 1, 2, 100, 101, 102});
  grid.give({0, 100, 101});
  grid.pass(10s);
  grid.end(0);
  grid.give({102}); // by a WMS that has not heard of it
  BOOST_TEST(grid.fine());
  grid.wait({103});
  grid.pass(10s);
  grid.give({103});
  BOOST_TEST(!grid.fine());
}

BOOST_AUTO_TEST_CASE(a_job_that_failed_somewhere_does_not_count_as_waiting) {
  two_vos grid;
  grid.be(0, job_phase::idle, 1); // it may avoid the CE that has room
  grid.wait({100, 101});
  grid.pass(10s);
  grid.give({100, 101});
  BOOST_TEST(grid.fine());
  BOOST_TEST(grid.fair.judged() == 0u);
}

BOOST_AUTO_TEST_CASE(a_resubmission_takes_a_slot_anew) {
  two_vos grid;
  grid.wait({0, 1, 100, 101});
  grid.give({100});
  grid.pass(10s);
  grid.give({100}, 2); // as if it had been idle in between, unseen
  grid.give({101});
  BOOST_TEST(!grid.fine());
}

BOOST_AUTO_TEST_CASE(what_not_every_ce_takes_is_not_judged) {
  for (auto [more, jdl] : {
           std::pair{"vos=atlas", ""                                                 },
           std::pair{"",          "[ Requirements = other.GlueCEStateFreeCPUs > 3; ]"},
           std::pair{"",          "[ CpuNumber = 2; ]"                               }
  }) {
    two_vos grid{more, jdl};
    grid.wait({0, 1, 100, 101, 102});
    grid.pass(10s);
    grid.give({100, 101});
    BOOST_TEST(grid.fine());
    BOOST_TEST(grid.fair.judged() == 0u);
  }
}

} // namespace
} // namespace trellis::world
