#include "actors/lb/rules.hpp"
#include "tests/actors/lb/passes.hpp"

#include <algorithm>
#include <sstream>

namespace lb = trellis::lb;
namespace wire = trellis::wire;
using namespace trellis::lb;
using namespace trellis::lb::tests;

// --- single rules

namespace {

event_body body_of(const std::string& what, const std::string& how) {
  auto p = from_word<progress>(how).value_or(progress::start);
  if (what == "RegJob")
    return reg_job{};
  if (what == "Transfer")
    return transfer{source::lrms, "h", "", "", p, "why", ""};
  if (what == "Accepted")
    return accepted{};
  if (what == "Refused")
    return refused{source::lrms, "h", "", "why"};
  if (what == "EnQueued")
    return enqueued{"q", "", p, "why"};
  if (what == "DeQueued")
    return dequeued{};
  if (what == "HelperCall")
    return helper_call{};
  if (what == "HelperReturn")
    return helper_return{};
  if (what == "Match")
    return match{ce_name(1)};
  if (what == "Pending")
    return pending{"why"};
  if (what == "Running")
    return running{"w"};
  if (what == "ReallyRunning")
    return really_running{code("WM=5")};
  if (what == "Suspend")
    return suspend{};
  if (what == "Resume")
    return resume{};
  if (what == "Resubmission")
    return resubmission{*from_word<resubmission_result>(how), "", ""};
  if (what == "Done")
    return done{*from_word<done_status>(how), "why", 3};
  if (what == "Cancel")
    return cancel{*from_word<cancel_status>(how), "why"};
  if (what == "Abort")
    return lb::abort{"why"};
  if (what == "Clear")
    return lb::clear{*from_word<clear_reason>(how)};
  if (what == "Purge")
    return purge{};
  if (what == "UserTag")
    return user_tag{"a", "b"};
  if (what == "ResourceUsage")
    return resource_usage{"mem", 1, "B"};
  if (what == "CollectionState")
    return collection_state{how, "OK", "", {}, ""};
  if (what == "ChangeACL")
    return change_acl{"/CN=x", "DN", "READ", "ALLOW", "ADD"};
  if (what == "Sandbox")
    return sandbox{};
  if (what == "CurDescr")
    return cur_descr{};
  return remark{};
}

/// A record as if the job had come to `x`.
job_record being(job_state x) {
  teller t;
  job_record job;
  fold(job, t.registration());
  job.status.state = x;
  return job;
}

} // namespace

/// Every row of the table of transitions (jobs.md 7.3): from this state, this event of this
/// source, the state after it. `late` where the state judges it late, `bad` where no such event
/// is expected.
BOOST_AUTO_TEST_CASE(every_row_of_the_table_of_transitions) {
  std::istringstream table(R"(
    Undef     RegJob          NetworkServer   -         Submitted ok
    Submitted Transfer        UserInterface   OK        Waiting   ok
    Submitted Transfer        JobController   OK        Ready     ok
    Waiting   Transfer        LogMonitor      OK        Scheduled ok
    Running   Transfer        LogMonitor      OK        Running   late
    Done      Transfer        LogMonitor      OK        Done      late
    Waiting   Transfer        UserInterface   FAIL      Submitted ok
    Waiting   Transfer        JobController   FAIL      Ready     ok
    Waiting   Transfer        LogMonitor      FAIL      Ready     ok
    Running   Transfer        LogMonitor      FAIL      Running   late
    Waiting   Transfer        JobController   START     Waiting   ok
    Waiting   Transfer        JobController   REFUSED   Waiting   ok
    Submitted Accepted        NetworkServer   -         Waiting   ok
    Waiting   Accepted        LogMonitor      -         Ready     ok
    Running   Accepted        LogMonitor      -         Running   late
    Ready     Accepted        LRMS            -         Scheduled ok
    Waiting   Refused         NetworkServer   -         Submitted ok
    Waiting   Refused         LogMonitor      -         Ready     ok
    Scheduled Refused         LRMS            -         Ready     ok
    Submitted EnQueued        NetworkServer   OK        Waiting   ok
    Waiting   EnQueued        WorkloadManager OK        Ready     ok
    Running   EnQueued        WorkloadManager OK        Running   late
    Done      EnQueued        LogMonitor      OK        Waiting   ok
    Submitted EnQueued        NetworkServer   FAIL      Waiting   ok
    Ready     EnQueued        WorkloadManager FAIL      Waiting   ok
    Done      EnQueued        LogMonitor      FAIL      Done      ok
    Waiting   EnQueued        WorkloadManager START     Waiting   ok
    Submitted DeQueued        WorkloadManager -         Waiting   ok
    Waiting   DeQueued        JobController   -         Ready     ok
    Done      DeQueued        JobController   -         Done      late
    Submitted HelperCall      BigHelper       -         Waiting   ok
    Submitted HelperReturn    BigHelper       -         Waiting   ok
    Ready     Match           WorkloadManager -         Waiting   ok
    Ready     Pending         WorkloadManager -         Waiting   ok
    Scheduled Running         LogMonitor      -         Running   ok
    Waiting   Running         LRMS            -         Running   ok
    Scheduled ReallyRunning   LRMS            -         Running   ok
    Scheduled ReallyRunning   LogMonitor      -         Running   ok
    Scheduled ReallyRunning   Application     -         Scheduled bad
    Running   Suspend         LRMS            -         Running   ok
    Running   Resume          LRMS            -         Running   ok
    Running   Resubmission    WorkloadManager WONTRESUB Running   ok
    Running   Resubmission    WorkloadManager WILLRESUB Running   ok
    Running   Resubmission    WorkloadManager SHALLOW   Running   ok
    Running   Done            LRMS            OK        Running   ok
    Submitted Done            LogMonitor      OK        Done      ok
    Running   Done            LogMonitor      FAILED    Done      ok
    Running   Done            LogMonitor      KILLED    Done      ok
    Running   Done            WorkloadManager OK        Done      ok
    Running   Done            LogMonitor      CANCELLED Cancelled ok
    Running   Cancel          NetworkServer   REQ       Running   ok
    Running   Cancel          NetworkServer   DONE      Cancelled ok
    Running   Cancel          NetworkServer   ABORT     Running   ok
    Running   Cancel          NetworkServer   REFUSE    Running   ok
    Waiting   Abort           LogMonitor      -         Aborted   ok
    Cleared   Abort           LogMonitor      -         Cleared   late
    Cancelled Abort           WorkloadManager -         Aborted   ok
    Done      Clear           NetworkServer   USER      Cleared   ok
    Waiting   CollectionState LBServer        Running   Running   ok
    Aborted   CollectionState LBServer        Running   Running   ok
    Cancelled CollectionState LBServer        Running   Cancelled late
    Waiting   CollectionState Application     Running   Waiting   bad
    Running   UserTag         Application     -         Running   ok
    Cleared   UserTag         Application     -         Cleared   late
    Running   Purge           NetworkServer   -         Running   ok
    Running   ResourceUsage   LRMS            -         Running   ok
    Running   ChangeACL       UserInterface   -         Running   ok
    Running   Sandbox         LRMS            -         Running   ok
    Running   CurDescr        LRMS            -         Running   ok
    Running   Remark          LRMS            -         Running   ok
    Cancelled Running         LRMS            -         Cancelled late
    Cleared   Done            LogMonitor      OK        Cleared   late
    Aborted   Running         LRMS            -         Aborted   late
    Waiting   Transfer        Application     OK        Waiting   bad
    Waiting   Accepted        WorkloadManager -         Waiting   bad
    Waiting   DeQueued        LRMS            -         Waiting   bad
  )");
  std::set<const rule*> covered;
  std::string from, what, source_word, how, to, verdict_word;
  while (table >> from >> what >> source_word >> how >> to >> verdict_word) {
    BOOST_TEST_CONTEXT(from << " + " << what << " " << how << " of " << source_word) {
      teller t;
      auto job = from == "Undef" ? job_record{} : being(*job_state_from(from));
      auto e = t.said(*from_word<source>(source_word), "NS=1 WM=5", body_of(what, how));
      auto got = fold(job, e);
      BOOST_TEST(job.status.state == *job_state_from(to));
      auto want = verdict_word == "ok"     ? verdict::ok
                  : verdict_word == "late" ? verdict::late
                                           : verdict::suspect;
      BOOST_CHECK(got.how.res == want);
      BOOST_TEST(got.state_changed == (from != to));
    }
    for (const auto& row : rules)
      if (word(row.what) == what && (row.from == any_source || word(row.from) == source_word)
          && &row == find_rule(row.what, *from_word<source>(source_word), row.result))
        covered.insert(&row);
  }
  for (const auto& row : rules)
    BOOST_TEST(covered.contains(&row),
               "no line for " << word(row.what) << " of " << word(row.from));
}

BOOST_AUTO_TEST_CASE(a_done_with_nothing_between_is_done) {
  teller t;
  auto job = told(
      {t.registration(), t.said(source::log_monitor, "NS=1 LM=1", done{done_status::ok, "", 0})});
  BOOST_TEST(job.status.state == job_state::done);
}

BOOST_AUTO_TEST_CASE(an_aborted_job_stays_so_when_a_late_running_arrives) {
  teller t;
  auto job
      = told({t.registration(), t.said(source::workload_manager, "NS=1 WM=3", lb::abort{"no CE"}),
              t.said(source::lrms, "NS=1 WM=5 LRMS=1", running{"worker1"})});
  BOOST_TEST(job.status.state == job_state::aborted);
  BOOST_TEST(job.status.reason == "no CE");
}

BOOST_AUTO_TEST_CASE(the_wrappers_done_is_not_the_jobs) {
  teller t;
  auto events = good_life(t);
  events.pop_back();
  auto job = told(events).status;
  BOOST_TEST(job.state == job_state::running);
  BOOST_TEST(job.jw_status == wrapper_status::done);
  BOOST_TEST(!job.payload_running);
}

BOOST_AUTO_TEST_CASE(a_late_event_of_the_monitor_only_marks_when_it_was_scheduled) {
  teller t;
  auto events = good_life(t);
  auto late = events[8];
  events.resize(10);
  events.erase(events.begin() + 8);
  auto job = told(events);
  auto updated = job.status.last_update_time;
  fold(job, late);
  BOOST_TEST(job.status.state == job_state::running);
  BOOST_CHECK(job.status.last_update_time == updated);
  auto& times = job.status.state_enter_times;
  auto i = std::ranges::find(times, job_state::scheduled, &std::pair<job_state, moment>::first);
  BOOST_REQUIRE(i != times.end());
  BOOST_CHECK(i->second == late.timestamp);
}

BOOST_AUTO_TEST_CASE(events_of_the_worker_node_may_follow_those_of_the_monitor) {
  teller t;
  auto events = good_life(t);
  events.resize(9); // ... LM Transfer OK, whose code is greater than the worker's
  auto job = told(events);
  fold(job, t.said(source::lrms, "NS=4 WM=5 JSS=3 LRMS=1", running{"worker1"}));
  BOOST_TEST(job.status.state == job_state::running);
}

BOOST_AUTO_TEST_CASE(cancellations_are_ordered_among_themselves_alone) {
  teller t;
  auto job = told(good_life(t));
  job.status.state = job_state::running;
  auto cancelled_again
      = t.said(source::network_server, "NS=4 WM=5", cancel{cancel_status::abort, ""});
  fold(job, t.said(source::network_server, "NS=6 WM=5", cancel{cancel_status::req, "no need"}));
  BOOST_TEST(job.status.cancelling); // older than the newest event, yet it counts
  BOOST_TEST(job.status.cancel_reason == "no need");
  fold(job, cancelled_again);
  BOOST_TEST(job.status.cancelling); // older than the last cancellation: it does not
  fold(job, t.said(source::network_server, "NS=7 WM=5", cancel{cancel_status::done, ""}));
  BOOST_TEST(job.status.state == job_state::cancelled);
  BOOST_TEST(job.status.location == "none");
}

BOOST_AUTO_TEST_CASE(a_cancellation_of_another_branch_is_ignored) {
  second_ce_won story;
  auto job = told(story.story);
  fold(job, story.said(source::workload_manager, story.at(), cancel{cancel_status::done, ""}));
  BOOST_TEST(job.status.state == job_state::running);
}

BOOST_AUTO_TEST_CASE(the_last_tag_by_code_wins_in_terminal_states_too) {
  teller t;
  auto job = told({t.registration(),
                   t.said(source::network_server, "UI=9 NS=96669", lb::clear{clear_reason::user})});
  auto late = t.said(source::application, "NS=4 APP=1", user_tag{"Colour", "red"});
  fold(job, t.said(source::application, "NS=4 APP=2", user_tag{"colour", "blue"}));
  fold(job, late);
  fold(job, t.said(source::application, "NS=4 APP=2", user_tag{"shape", "round"}));
  BOOST_REQUIRE(job.status.user_tags.size() == 2u);
  BOOST_TEST(job.status.user_tags[0].second == "blue");
  BOOST_TEST(job.status.user_tags[1].second == "round");
  BOOST_TEST(job.status.reason == "user retrieved output sandbox");
}

BOOST_AUTO_TEST_CASE(a_tag_with_a_code_of_ones_own_making_makes_nothing_late) {
  teller t;
  auto events = good_life(t);
  auto job = told({events[0], t.said(source::user_interface, "UI=8 NS=99", user_tag{"a", "b"})});
  for (std::size_t i = 1; i < events.size(); ++i)
    fold(job, events[i]);
  BOOST_TEST(job.status.state == job_state::done);
}

BOOST_AUTO_TEST_CASE(suspended_only_while_running) {
  auto job = being(job_state::running);
  teller t;
  fold(job, t.said(source::lrms, "NS=1 WM=1 LRMS=1", suspend{"maintenance"}));
  BOOST_TEST(job.status.suspended);
  fold(job, t.said(source::log_monitor, "NS=1 WM=1 LM=1", done{done_status::ok, "", 0}));
  BOOST_TEST(!job.status.suspended);
  fold(job, t.said(source::log_monitor, "NS=1 WM=1 LM=2", suspend{""}));
  BOOST_TEST(!job.status.suspended);
}

BOOST_AUTO_TEST_CASE(failures_are_kept_with_their_destination) {
  passes p;
  p.pass(1, {});
  p.fail();
  auto job = told(p.story);
  BOOST_TEST(job.status.failure_reasons == texts{"no disk [" + ce_name(1) + "]"});
  BOOST_TEST(job.status.code == done_code::failed);
  BOOST_TEST(job.status.exit_code == 0);
  auto late = p.story[2]; // of a lower code than what was seen
  late.what = done{done_status::failed, "again", -1};
  fold(job, late);
  BOOST_TEST(job.status.failure_reasons.back() == "again [delayed event, destination unreliable]");
}

BOOST_AUTO_TEST_CASE(a_record_survives_its_row) {
  second_ce_won story;
  auto job = told(story.story);
  auto row = wire::encode(job);
  auto again = wire::decode<job_record>(row);
  BOOST_REQUIRE(again);
  story.fail();
  fold(job, story.story.back());
  fold(*again, story.story.back());
  BOOST_CHECK(wire::encode(job) == wire::encode(*again));
}
