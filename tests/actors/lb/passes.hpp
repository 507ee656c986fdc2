#pragma once
/// Stories of jobs folded into records; whole passes through the workload manager.
#include "actors/lb/state_machine.hpp"
#include "tests/actors/lb/stories.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <set>

namespace trellis::lb {
inline std::ostream& operator<<(std::ostream& out, job_state x) { return out << word(x); }

inline std::ostream& operator<<(std::ostream& out, wrapper_status x) { return out << word(x); }

inline std::ostream& operator<<(std::ostream& out, done_code x) { return out << word(x); }
} // namespace trellis::lb

namespace trellis::lb::tests {

inline job_record told(const std::vector<event>& events) {
  job_record job;
  std::set<std::uint64_t> seen;
  for (const auto& e : events)
    if (seen.insert(identity(e)).second)
      fold(job, e);
  return job;
}

/// All that a job's page shows, apart from when states were entered.
inline std::string page(const job_record& job) {
  auto s = job.status;
  s.state_enter_times.clear();
  s.state_enter_time = s.last_update_time = {};
  return wire::encode(s);
}

/// A whole pass (jobs.md 7.5): shallow or deep resubmission, match, hand-over, Running.
struct passes : teller {
  std::vector<event> story;
  int wm = 0, jss = 0, lm = 0;

  passes() { story.push_back(registration()); }

  std::string at(std::string_view more = {}) const {
    auto out = "NS=4 WM=" + std::to_string(wm) + " JSS=" + std::to_string(jss)
               + " LM=" + std::to_string(lm);
    return more.empty() ? out : out + " " + std::string{more};
  }

  void add(source from, event_body what) { story.push_back(said(from, at(), std::move(what))); }

  void pass(int ce, std::optional<resubmission_result> again) {
    if (again) {
      ++lm, add(source::log_monitor, enqueued{"wm", "", progress::ok, ""});
      ++wm, add(source::workload_manager, dequeued{"wm", ""});
      ++wm, add(source::workload_manager, resubmission{*again, "the CE failed", ""});
    }
    ++wm, add(source::workload_manager, helper_call{"broker", "", call_side::calling});
    ++wm, add(source::workload_manager, match{ce_name(ce)});
    ++wm, add(source::workload_manager, helper_return{"broker", "", call_side::calling});
    ++wm, add(source::workload_manager,
              enqueued{"jc", "matched for " + ce_name(ce), progress::ok, ""});
    ++jss, add(source::job_controller, dequeued{"jc", ""});
    ++jss, add(source::job_controller,
               transfer{source::log_monitor, "h", "", "", progress::ok, "", ""});
    ++lm, add(source::log_monitor, accepted{source::job_controller, "h", "", "id"});
    ++lm, add(source::log_monitor, transfer{source::lrms, "h", "", "", progress::ok, "", ""});
    ++lm, add(source::log_monitor, running{"worker" + std::to_string(ce)});
  }

  void fail() { ++lm, add(source::log_monitor, done{done_status::failed, "no disk", -1}); }
};

struct second_ce_won : passes {
  second_ce_won() {
    pass(1, {});
    fail();
    pass(2, resubmission_result::shallow);
    auto remembered = code(at());
    fail();
    pass(3, resubmission_result::shallow);
    ++lm;
    add(source::log_monitor, really_running{remembered});
  }
};

using texts = std::vector<std::string>;

} // namespace trellis::lb::tests
