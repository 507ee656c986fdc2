#pragma once
/// What each event fills in of a job's record, apart from the state. For state_machine.cpp alone.
#include "actors/lb/state_machine.hpp"
#include "protocols/names/ce_id.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::lb {

inline void set_if(std::string& to, const std::string& from) {
  if (!from.empty())
    to = from;
}

/// One event on its way into the record. Each `take` fills in what its event says; `ok()` guards
/// what a late event must not touch.
class effects {
public:
  effects(job_record& job, const event& e, judgement how)
      : job_(job), s_(job.status), e_(e), j_(how) {}

  bool ok() const { return j_.res == verdict::ok; }

  bool this_branch() const { return j_.fine != branch::bad && j_.fine != branch::too_old; }

  void take(const reg_job& x) {
    s_.job = e_.job;
    set_if(s_.owner, e_.user);
    set_if(s_.jdl, x.jdl);
    set_if(s_.network_server, x.ns);
    set_if(s_.vo, x.vo);
    if (x.parent)
      s_.parent = x.parent;
    s_.children_num = x.nsubjobs;
    s_.proxy_ends = x.proxy_ends.value_or(moment{});
    here();
  }

  void take(const transfer& x) {
    if (e_.from == source::user_interface && s_.jdl.empty())
      s_.jdl = x.job;
    if (x.result == progress::ok && ok()) {
      location(word(x.destination), x.dest_host, x.dest_instance);
      if (this_branch())
        set_if(s_.local_id, x.dest_jobid);
    } else if (x.result == progress::fail)
      here();
    reason(x.reason);
  }

  void take(const accepted& x) {
    if (e_.from == source::network_server)
      set_if(s_.ui_host, x.from_host);
    else if (this_branch() && (ok() || s_.local_id.empty()))
      set_if(s_.local_id, x.local_jobid);
    here();
    reason({});
  }

  void take(const refused& x) {
    if (ok())
      location(word(x.from), x.from_host, x.from_instance);
    reason(x.reason);
  }

  void take(const enqueued& x) {
    if (x.result == progress::ok) {
      if (e_.from == source::network_server && s_.jdl.empty())
        s_.jdl = x.job;
      if (e_.from == source::workload_manager && !x.job.empty())
        if (auto* b = branch_here())
          b->matched_jdl = x.job;
      if (e_.from == source::log_monitor && ok())
        s_.resubmitted = true;
      if (ok())
        location(x.queue, e_.host, e_.src_instance);
    } else if (x.result == progress::fail)
      here();
    reason(x.reason);
  }

  void take(const dequeued&) { here(), reason({}); }

  void take(const helper_call&) { here(), reason({}); }

  void take(const helper_return&) { here(), reason({}); }

  void take(const match& x) {
    if (auto* b = branch_here())
      b->destination = x.dest_id;
    if (auto ce = ce_id::parse(x.dest_id))
      if (std::ranges::count(job_.matched_hosts, ce->host().text()) == 0)
        job_.matched_hosts.push_back(ce->host().text());
    here();
    reason({});
  }

  void take(const pending& x) { here(), reason(x.reason); }

  void take(const running& x) {
    if (auto* b = branch_here(); b && !x.node.empty())
      b->ce_node = x.node;
    wrapper(wrapper_status::wrapper_running, s_.payload_running);
    if (ok())
      location(word(source::lrms), x.node, {});
    reason({});
  }

  void take(const really_running&) {
    if (this_branch())
      wrapper(wrapper_status::payload_running, true);
  }

  void take(const suspend& x) {
    if (ok() && s_.state == job_state::running) {
      s_.suspended = true;
      reason(x.reason);
    }
  }

  void take(const resume& x) {
    if (ok() && s_.state == job_state::running) {
      s_.suspended = false;
      reason(x.reason);
    }
  }

  void take(const resubmission& x) {
    if (x.result == resubmission_result::shallow) {
      ++s_.shallow_resubmissions;
      s_.resubmitted = true;
    } else if (x.result == resubmission_result::willresub) {
      if (e_.from != source::workload_manager)
        return; // only the workload manager decides
      ++s_.deep_resubmissions;
      s_.resubmitted = true;
      reset_branch();
    }
    reason(x.reason);
  }

  void take(const done& x) {
    if (e_.from == source::lrms) {
      wrapper(wrapper_status::done, false);
      return;
    }
    auto newest = !job_.done_said || *job_.done_said <= mark_of(e_);
    if (this_branch() && newest) {
      job_.done_said = mark_of(e_);
      s_.code = x.status_code == done_status::ok          ? done_code::ok
                : x.status_code == done_status::cancelled ? done_code::cancelled
                                                          : done_code::failed;
      s_.exit_code = x.status_code == done_status::ok ? x.exit_code : 0;
    }
    if (x.status_code == done_status::failed || x.status_code == done_status::killed)
      failed(x);
    nowhere();
    reason(x.reason);
  }

  void take(const cancel& x) {
    if (!ok())
      return;
    if (x.status_code == cancel_status::req)
      s_.cancelling = true;
    else if (x.status_code == cancel_status::abort)
      s_.cancelling = false;
    else if (x.status_code == cancel_status::done)
      nowhere();
    set_if(s_.cancel_reason, x.reason);
  }

  void take(const abort& x) {
    if (!ok())
      return;
    reason(x.reason);
    nowhere();
    reset_branch();
  }

  void take(const clear& x) {
    constexpr const char* why[] = {"user retrieved output sandbox",
                                   "timed out, resource purge forced", "no output was generated"};
    reason(why[static_cast<std::size_t>(x.reason)]);
    nowhere();
  }

  void take(const purge&) {}

  void take(const user_tag& x) {
    std::string name{x.name};
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    auto i = std::ranges::find(job_.tags, name, &tag_mark::name);
    auto at = static_cast<std::size_t>(i - job_.tags.begin());
    if (i == job_.tags.end()) {
      job_.tags.push_back({name, mark_of(e_)});
      s_.user_tags.emplace_back(x.name, x.value);
    } else if (std::pair{i->at, s_.user_tags[at].second} < std::pair{mark_of(e_), x.value}) {
      i->at = mark_of(e_);
      s_.user_tags[at] = {x.name, x.value};
    }
  }

  void take(const resource_usage& x) {
    if (x.resource == "cpu_time" && x.unit == "s" && ok())
      s_.cpu_time_s = x.quantity;
  }

  void take(const collection_state& x) {
    if (!ok())
      return;
    if (auto to = job_state_from(x.state))
      collection_ = *to;
    if (auto code = from_word<done_code>(x.done_code))
      s_.code = *code;
  }

  void take(const change_acl& x) {
    auto same = [&](const change_acl& y) {
      return y.operation != "SET" && y.user_id == x.user_id && y.user_id_type == x.user_id_type
             && y.permission == x.permission && y.permission_type == x.permission_type;
    };
    std::erase_if(job_.acl, same);
    if (x.operation == "SET")
      std::erase_if(job_.acl, [](const change_acl& y) { return y.operation == "SET"; });
    if (x.operation == "ADD" || (x.operation == "SET" && !x.permission.empty()))
      job_.acl.push_back(x);
    s_.acl.clear();
    for (const auto& y : job_.acl)
      if (y.operation == "SET")
        s_.acl += y.permission;
      else
        s_.acl += fmt::format("{} {} {} {}\n", y.permission_type, y.permission, y.user_id_type,
                              y.user_id);
  }

  void take(const sandbox&) {}

  void take(const cur_descr&) {}

  void take(const remark&) {}

  /// Where the rule has no state of its own: the field of a CollectionState.
  job_state to(job_state row) const { return collection_.value_or(row); }

private:
  /// The record of this event's pass; null when a deep resubmission has closed it.
  branch_record* branch_here() {
    if (j_.fine == branch::too_old)
      return nullptr;
    auto wm = e_.seqcode[counter::wm];
    auto i = std::ranges::lower_bound(job_.branches, wm, {}, &branch_record::wm);
    if (i == job_.branches.end() || i->wm != wm) {
      if (job_.branches.size() == most_branches) {
        if (i == job_.branches.begin())
          return nullptr;
        i = job_.branches.erase(job_.branches.begin()) + (i - job_.branches.begin() - 1);
      }
      i = job_.branches.insert(i, {wm, {}, {}, {}});
    }
    return &*i;
  }

  /// All that is known of earlier passes is over. What later ones have said already, stays.
  void reset_branch() {
    auto& m = job_.order;
    auto here = mark_of(e_);
    auto older = [&](const std::optional<mark>& x) { return x && older_branch(*x, here); };
    std::erase_if(job_.branches,
                  [&](const branch_record& b) { return b.wm < here.code[counter::wm]; });
    if (older(m.branch_tag)) {
      m.branch_tag.reset();
      m.last_branch.reset();
    }
    if (!job_.wrapper_said || *job_.wrapper_said < without_lm(here)) {
      job_.wrapper_said = without_lm(here);
      s_.payload_running = false;
    }
    if (!m.deep_resubmit || older(m.deep_resubmit))
      m.deep_resubmit = here;
  }

  /// The wrapper's own steps. The newest of the worker node's codes counts, whenever it arrives.
  void wrapper(wrapper_status to, bool payload) {
    auto at = without_lm(mark_of(e_));
    if (!this_branch() || (job_.wrapper_said && at < *job_.wrapper_said))
      return;
    job_.wrapper_said = at;
    s_.jw_status = to;
    s_.payload_running = payload;
  }

  void failed(const done& x) {
    s_.failure_reasons.push_back(fmt::format(
        "{} [{}]", x.reason, ok() ? s_.destination : "delayed event, destination unreliable"));
  }

  void location(std::string_view who, std::string_view host, std::string_view instance) {
    s_.location = fmt::format("{}/{}/{}", who, host, instance);
  }

  void here() {
    if (ok())
      location(word(e_.from), e_.host, e_.src_instance);
  }

  void nowhere() {
    if (ok())
      s_.location = "none";
  }

  void reason(std::string_view why) {
    if (ok())
      s_.reason = why;
  }

  job_record& job_;
  job_status& s_;
  const event& e_;
  judgement j_;
  std::optional<job_state> collection_;
};

} // namespace trellis::lb
