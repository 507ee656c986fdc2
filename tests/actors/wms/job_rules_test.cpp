/// The life of a job as a table of inputs: what each phase takes, resubmission and its limits, the
/// token, late words, cancel, sequence codes.
#include "tests/actors/wms/a_job.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>

namespace trellis::wms {
namespace {

struct line {
  const char* phase;
  const char* input;
  const char* to;
};

// "=" stays where it is, "!" is refused.
constexpr line table[] = {
    {"idle",            "start",   "!"              },
    {"idle",            "match",   "handed over"    },
    {"idle",            "cancel",  "cancelled"      },
    {"idle",            "expire",  "aborted"        },
    {"idle",            "purge",   "!"              },
    {"idle",            "lost",    "="              },
    {"idle",            "back",    "="              },
    {"idle",            "lapse",   "="              },
    {"idle",            "pulled",  "="              },
    {"handed over",     "match",   "="              },
    {"handed over",     "cancel",  "="              },
    {"handed over",     "expire",  "="              },
    {"handed over",     "lost",    "lost contact"   },
    {"handed over",     "lapse",   "="              },
    {"handed over",     "running", "running"        },
    {"handed over",     "ok",      "done"           },
    {"handed over",     "purge",   "!"              },
    {"running",         "ok",      "done"           },
    {"running",         "output",  "fetching output"},
    {"running",         "lost",    "lost contact"   },
    {"running",         "back",    "="              },
    {"running",         "fault",   "aborted"        },
    {"running",         "start",   "!"              },
    {"lost contact",    "back",    "running"        },
    {"lost contact",    "running", "running"        },
    {"lost contact",    "lapse",   "idle"           },
    {"lost contact",    "ok",      "done"           },
    {"lost contact",    "lost",    "="              },
    {"lost contact",    "cancel",  "="              },
    {"fetching output", "pulled",  "done"           },
    {"fetching output", "cancel",  "cancelled"      },
    {"fetching output", "running", "="              },
    {"fetching output", "lost",    "="              },
    {"fetching output", "gone",    "idle"           },
};

BOOST_AUTO_TEST_CASE(each_phase_takes_its_inputs_and_no_other) {
  std::map<std::string, std::function<void(a_job&)>> inputs;
  inputs["start"] = [](a_job& j) { j.put(start_asked{}); };
  inputs["match"] = [](a_job& j) { j.put(matched{queue_at(infn), true}); };
  inputs["cancel"] = [](a_job& j) { j.put(cancel_asked{}); };
  inputs["expire"] = [](a_job& j) { j.put(expired{"request expired"}); };
  inputs["purge"] = [](a_job& j) { j.put(purge_asked{}); };
  inputs["lost"] = [](a_job& j) { j.put(contact_lost{"silence"}); };
  inputs["back"] = [](a_job& j) { j.put(contact_back{}); };
  inputs["lapse"] = [](a_job& j) { j.put(lease_over{}); };
  inputs["pulled"] = [](a_job& j) { j.put(output_here{}); };
  inputs["gone"] = [](a_job& j) { j.put(output_lost{"no such file"}); };
  inputs["running"] = [](a_job& j) { j.report(ce::attempt_state::running); };
  inputs["ok"] = [](a_job& j) { j.report(ce::attempt_state::done_ok); };
  inputs["output"] = [](a_job& j) {
    j.report(ce::attempt_state::done_ok, failure_class::none, 0,
             {
                 {"out", 3, false}
    });
  };
  inputs["fault"]
      = [](a_job& j) { j.report(ce::attempt_state::done_failed, failure_class::job_fault); };
  for (const auto& row : table) {
    a_job job;
    job.go(row.phase);
    BOOST_REQUIRE_EQUAL(job.phase(), row.phase);
    inputs.at(row.input)(job);
    auto to = std::string{row.to};
    BOOST_TEST_INFO(row.phase << " + " << row.input);
    BOOST_TEST(job.phase() == (to == "=" || to == "!" ? row.phase : to));
    BOOST_TEST_INFO(row.phase << " + " << row.input << ": " << job.refused);
    BOOST_TEST(!job.refused.empty() == (to == "!"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_over_stays_over) {
  for (auto end : {"done", "aborted", "cancelled"}) {
    a_job job;
    job.go(end == std::string{"cancelled"} ? "idle" : "running");
    if (end == std::string{"done"})
      job.report(ce::attempt_state::done_ok);
    else if (end == std::string{"aborted"})
      job.report(ce::attempt_state::done_failed, failure_class::job_fault);
    else
      job.put(cancel_asked{});
    BOOST_REQUIRE_EQUAL(job.phase(), end);
    for (const job_input& x : {job_input{start_asked{}}, job_input{cancel_asked{}}}) {
      job.put(x);
      BOOST_TEST(!job.refused.empty());
    }
    for (const job_input& x :
         {job_input{matched{queue_at(ral)}}, job_input{contact_lost{}}, job_input{lease_over{}},
          job_input{output_here{}}, job_input{expired{}}, job_input{confirmed{}}})
      BOOST_TEST(!job.put(x));
    job.report(ce::attempt_state::running);
    BOOST_TEST(job.phase() == end);
    job.put(purge_asked{});
    BOOST_TEST(job.phase() == "cleared");
    BOOST_TEST(!job.put(purge_asked{}));
    BOOST_TEST(job.refused == "");
  }
}

// --- resubmission (WMS User's Guide; the texts are those users know) ----------------------------

BOOST_AUTO_TEST_CASE(a_failure_before_the_payload_is_resubmitted_shallow) {
  for (auto grant : {true, false}) {
    a_job job;
    job.go("handed over", grant);
    job.report(ce::attempt_state::done_failed, failure_class::before_payload);
    BOOST_TEST(job.phase() == "idle");
    BOOST_TEST(job.state.shallow == 1u);
    BOOST_TEST(job.state.deep == 0u);
    BOOST_REQUIRE(job.event<lb::resubmission>());
    BOOST_CHECK(job.event<lb::resubmission>()->result == lb::resubmission_result::shallow);
    BOOST_TEST(job.event<lb::resubmission>()->reason == "token still exists");
    BOOST_TEST(job.letter<ce::release>());
    BOOST_REQUIRE_EQUAL(job.state.previous.size(), 1u);
    BOOST_CHECK(job.state.previous.front() == ral);
  }
}

BOOST_AUTO_TEST_CASE(a_failure_after_the_token_was_taken_is_resubmitted_deep) {
  for (auto why : {failure_class::after_payload, failure_class::lease_lapsed}) {
    a_job job;
    job.go("running");
    job.report(ce::attempt_state::done_failed, why);
    BOOST_TEST(job.phase() == "idle");
    BOOST_TEST(job.state.deep == 1u);
    BOOST_REQUIRE(job.event<lb::resubmission>());
    BOOST_CHECK(job.event<lb::resubmission>()->result == lb::resubmission_result::willresub);
    BOOST_TEST(job.event<lb::resubmission>()->reason == "token was grabbed");
    BOOST_CHECK(job.state.token == token_state::free);
  }
}

BOOST_AUTO_TEST_CASE(a_token_that_was_asked_for_and_taken_makes_it_deep_whatever_the_ce_says) {
  a_job job;
  job.go("handed over", false);
  job.put(token_asked{ral, 1});
  BOOST_TEST(job.letter<ce::token_answer>()->granted);
  job.report(ce::attempt_state::done_failed, failure_class::gave_up_token);
  BOOST_TEST(job.state.deep == 1u);
}

BOOST_AUTO_TEST_CASE(counts_end_at_the_smaller_limit_with_its_text) {
  struct line {
    int of_job, of_site;
    bool shallow;
    const char* text;
    int resubmissions;
  };

  constexpr line table[] = {
      {2,  10, false, "hit job retry count (2)",         2},
      {0,  10, false, "hit job retry count (0)",         0},
      {-3, 10, false, "hit job retry count (0)",         0},
      {5,  1,  false, "hit max retry count (1)",         1},
      {2,  10, true,  "hit job shallow retry count (2)", 2},
      {0,  10, true,  "hit job shallow retry count (0)", 0},
      {9,  3,  true,  "hit shallow max retry count (3)", 3},
  };
  for (const auto& row : table) {
    a_job job;
    (row.shallow ? job.terms.shallow_retry_count : job.terms.retry_count) = row.of_job;
    (row.shallow ? job.terms.max_shallow_retry_count : job.terms.max_retry_count) = row.of_site;
    job.go("idle");
    int n = -1;
    for (; job.phase() == "idle" && n < 20; ++n) {
      job.match();
      job.report(ce::attempt_state::done_failed,
                 row.shallow ? failure_class::before_payload : failure_class::after_payload);
    }
    BOOST_TEST(job.phase() == "aborted");
    BOOST_TEST(n == row.resubmissions);
    BOOST_REQUIRE(job.event<lb::abort>());
    BOOST_TEST(job.event<lb::abort>()->reason == row.text);
    BOOST_TEST(job.state.last_error == row.text);
  }
}

BOOST_AUTO_TEST_CASE(shallow_ones_are_counted_anew_after_a_deep_one) {
  a_job job;
  job.terms.shallow_retry_count = 1;
  job.terms.retry_count = 1;
  job.go("handed over");
  job.report(ce::attempt_state::done_failed, failure_class::before_payload);
  job.match();
  job.report(ce::attempt_state::done_failed, failure_class::after_payload);
  BOOST_TEST(job.state.shallow == 0u);
  job.match();
  job.report(ce::attempt_state::done_failed, failure_class::before_payload);
  BOOST_TEST(job.phase() == "idle");
  BOOST_TEST(job.state.shallow == 1u);
  BOOST_TEST(job.state.deep == 1u);
}

BOOST_AUTO_TEST_CASE(without_shallow_resubmission_there_is_no_token_and_all_is_deep) {
  a_job job;
  job.terms.shallow_retry_count = -1;
  job.state.token = token_state::none;
  job.go("handed over");
  BOOST_CHECK(job.letter<hand_over_now>()->token == ce::token_mode::none);
  job.report(ce::attempt_state::done_failed, failure_class::before_payload);
  BOOST_TEST(job.state.deep == 1u);
  BOOST_CHECK(job.state.token == token_state::none);
}

BOOST_AUTO_TEST_CASE(a_payload_that_ends_is_done_whatever_its_exit_code) {
  a_job job;
  job.go("running");
  job.report(ce::attempt_state::done_ok);
  BOOST_REQUIRE(job.event<lb::done>());
  BOOST_CHECK(job.event<lb::done>()->status_code == lb::done_status::ok);
  BOOST_TEST(job.event<lb::done>()->exit_code == 7);
}

// --- the token ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_same_attempt_hears_the_same_answer_and_others_are_refused) {
  a_job job;
  job.go("handed over", false);
  BOOST_TEST(job.put(token_asked{ral, 1}));
  BOOST_TEST(job.letter<ce::token_answer>()->granted);
  BOOST_TEST(!job.put(token_asked{ral, 1}));
  BOOST_TEST(job.letter<ce::token_answer>()->granted);
  job.put(token_asked{ral, 2});
  BOOST_TEST(!job.letter<ce::token_answer>()->granted);
  job.put(token_asked{infn, 1}); // an impostor
  BOOST_TEST(!job.letter<ce::token_answer>()->granted);
}

BOOST_AUTO_TEST_CASE(an_attempt_that_was_given_up_gets_no_token) {
  a_job job;
  job.go("handed over", false);
  job.put(contact_lost{"silence"});
  job.put(lease_over{});
  BOOST_TEST(job.phase() == "idle");
  BOOST_TEST(job.state.shallow == 1u); // nobody took the token
  job.put(token_asked{ral, 1});
  BOOST_TEST(!job.letter<ce::token_answer>()->granted);
  job.match(false);
  job.put(token_asked{ral, 1});
  BOOST_TEST(!job.letter<ce::token_answer>()->granted);
  job.put(token_asked{ral, 2});
  BOOST_TEST(job.letter<ce::token_answer>()->granted);
}

BOOST_AUTO_TEST_CASE(a_silent_ce_never_gives_a_granted_token_back) {
  a_job job;
  job.go("handed over", true);
  job.put(contact_lost{"silence"});
  job.put(lease_over{});
  BOOST_TEST(job.state.deep == 1u);
  BOOST_TEST(job.letter<ce::cancel_attempt>());
}

// --- late words ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_late_word_of_an_old_attempt_changes_nothing_and_is_sent_away) {
  a_job job;
  job.go("lost contact");
  job.put(lease_over{});
  job.match();
  auto before = job.state;
  BOOST_TEST(!job.report(ce::attempt_state::really_running, failure_class::none, 1));
  BOOST_REQUIRE(job.letter<ce::cancel_attempt>());
  BOOST_TEST(job.letter<ce::cancel_attempt>()->attempt.number == 1u);
  BOOST_TEST(!job.report(ce::attempt_state::done_ok, failure_class::none, 1));
  BOOST_REQUIRE(job.letter<ce::release>());
  BOOST_TEST(job.letter<ce::release>()->attempt.number == 1u);
  BOOST_TEST(wire::encode(job.state) == wire::encode(before));
  BOOST_TEST(job.notes.empty());
}

// --- cancel -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_job_that_was_not_started_is_aborted_by_its_cancel) {
  a_job job;
  job.terms.upload = {"data"};
  job.put(confirmed{});
  BOOST_TEST(job.phase() == "registered");
  job.put(cancel_asked{});
  BOOST_TEST(job.phase() == "aborted");
  BOOST_TEST(job.event<lb::abort>()->reason == "Cancelled by user");
}

BOOST_AUTO_TEST_CASE(a_running_job_is_cancelled_when_its_ce_says_so) {
  a_job job;
  job.go("running");
  job.put(cancel_asked{"enough"});
  BOOST_TEST(job.phase() == "running");
  BOOST_REQUIRE(job.letter<ce::cancel_attempt>());
  BOOST_TEST(job.letter<ce::cancel_attempt>()->reason == "enough");
  job.put(cancel_asked{});
  BOOST_TEST(job.refused.find("Cancel has already been requested") != std::string::npos);
  job.put(token_asked{ral, 1});
  BOOST_TEST(!job.letter<ce::token_answer>()->granted);
  job.report(ce::attempt_state::cancelled);
  BOOST_TEST(job.phase() == "cancelled");
  BOOST_CHECK(job.event<lb::done>()->status_code == lb::done_status::cancelled);
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_is_never_resubmitted) {
  for (auto state : {ce::attempt_state::done_failed, ce::attempt_state::aborted}) {
    a_job job;
    job.go("running");
    job.put(cancel_asked{});
    job.report(state, failure_class::after_payload);
    BOOST_TEST(job.phase() == "cancelled");
  }
  a_job job;
  job.go("lost contact");
  job.put(cancel_asked{});
  job.put(lease_over{});
  BOOST_TEST(job.phase() == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_payload_that_ended_before_its_cancel_is_done) {
  a_job job;
  job.go("running");
  job.put(cancel_asked{});
  job.report(ce::attempt_state::done_ok);
  BOOST_TEST(job.phase() == "done");
  BOOST_REQUIRE(job.event<lb::cancel>());
  BOOST_CHECK(job.event<lb::cancel>()->status_code == lb::cancel_status::abort);
}

// --- sequence codes -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_event_sorts_after_the_one_before_and_attempts_are_branches) {
  a_job job;
  lb::sequence_code last;
  std::vector<lb::sequence_code> all;
  auto take = [&] {
    for (const auto& x : job.notes)
      all.push_back(x.seqcode);
  };
  job.put(confirmed{});
  take();
  for (int i = 0; i < 2; ++i) {
    job.match();
    take();
    auto branch = job.state.seqcode[lb::counter::wm];
    job.report(ce::attempt_state::really_running);
    take();
    BOOST_TEST(job.state.seqcode[lb::counter::wm] == branch);
    job.report(ce::attempt_state::done_failed, failure_class::after_payload);
    take();
    BOOST_TEST((job.state.seqcode[lb::counter::wm] > branch));
  }
  for (const auto& x : all) {
    BOOST_CHECK(last < x);
    last = x;
  }
  BOOST_TEST(all.size() > 20u);
}

} // namespace
} // namespace trellis::wms
