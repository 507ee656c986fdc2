#include "actors/ce/attempt.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace trellis::ce;

namespace {

/// What the table says, in words: `REGISTERED start` -> `PENDING` or `refused`.
std::string outcome(const std::string& state, const std::string& by) {
  for (auto s = 0; s <= static_cast<int>(attempt_state::purged); ++s)
    for (std::size_t i = 0; i < step_words.size(); ++i)
      if (word(attempt_state(s)) == state && step_words[i] == by) {
        auto to = next(attempt_state(s), step(i));
        return to ? std::string{word(*to)} : "refused";
      }
  return "no such words: " + state + " " + by;
}

void check(const char* table) {
  std::istringstream in{table};
  for (std::string from, by, to; in >> from >> by >> to;)
    BOOST_TEST(outcome(from, by) == to, from << " " << by << " gives " << outcome(from, by));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_good_life) {
  check(R"(
    REGISTERED      start            PENDING
    PENDING         queue            IDLE
    IDLE            wrapper_started  RUNNING
    RUNNING         payload_started  REALLY-RUNNING
    REALLY-RUNNING  end_well         DONE-OK
    DONE-OK         purge            PURGED
  )");
}

BOOST_AUTO_TEST_CASE(only_the_listed_steps_are_allowed) {
  check(R"(
    REGISTERED      queue            refused
    PENDING         wrapper_started  refused
    IDLE            payload_started  refused
    RUNNING         end_well         refused
    REALLY-RUNNING  wrapper_started  refused
    REALLY-RUNNING  refuse           refused
    PURGED          purge            refused
    PURGED          start            refused
  )");
}

BOOST_AUTO_TEST_CASE(whatever_is_live_can_be_cancelled_and_nothing_else) {
  for (auto s = 0; s <= static_cast<int>(attempt_state::purged); ++s) {
    auto state = attempt_state(s);
    auto to = next(state, step::cancel);
    BOOST_TEST(to.has_value() == !is_final(state), word(state));
    if (to)
      BOOST_TEST(word(*to) == "CANCELLED");
  }
}

BOOST_AUTO_TEST_CASE(a_final_state_is_only_left_by_a_purge) {
  for (const auto& row : lifecycle)
    if (is_final(row.from)) {
      BOOST_TEST(word(row.by) == "purge");
      BOOST_TEST(word(row.to) == "PURGED");
    }
}

BOOST_AUTO_TEST_CASE(a_held_attempt_goes_back_to_where_it_was) {
  check(R"(
    IDLE            hold             HELD
    RUNNING         hold             HELD
    REALLY-RUNNING  hold             HELD
    HELD            resume           IDLE
    HELD            resume_wrapper   RUNNING
    HELD            resume_payload   REALLY-RUNNING
    HELD            end_well         refused
  )");
}

/// A batch system that ends a job signals the wrapper's own tools too: what they could not do then
/// must not hide why the job ended.
BOOST_AUTO_TEST_CASE(who_was_terminated_is_told_so_whatever_failed_afterwards) {
  for (auto why : {"terminated", "exited"}) {
    attempt x{attempt_record{}};
    x.accept({});
    x.queued("7", {});
    auto record = [](record_kind what, std::string text = "") {
      worker_record out;
      out.what = what;
      out.text = std::move(text);
      return out;
    };
    auto failed = record(record_kind::failed, "Cannot upload the output");
    failed.failure = failure_class::after_payload;
    x.take({record(record_kind::wrapper_started), record(record_kind::payload_started),
            record(record_kind::payload_ended, why), failed, record(record_kind::ended)},
           {});
    x.finish({}, {});
    BOOST_TEST(word(x.state()) == "DONE-FAILED");
    BOOST_TEST(
        x.row().facts.reason
        == (why == std::string{"exited"} ? "Cannot upload the output" : "Job has been terminated"));
  }
}
