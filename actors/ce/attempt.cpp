#include "actors/ce/attempt.hpp"

#include <fmt/format.h>

namespace trellis::ce {
namespace {

bool has_ended(const attempt_record& x) { return !x.payload_end.empty(); }

std::string cancel_text(const attempt_record& x) {
  if (x.ending == end_cause::stale)
    return "The WMS had given this attempt up: " + x.end_reason;
  return x.end_reason.empty() ? "Cancelled" : x.end_reason;
}

} // namespace

lb::event attempt::event(lb::event_body what, moment at) {
  auto& code = row_.facts.seqcode;
  code.raise(lb::counter::lrms);
  lb::event out;
  out.job = row_.task.attempt.job;
  out.from = lb::source::lrms;
  out.seqcode = code;
  out.timestamp = at;
  out.host = row_.task.queue.host().text();
  out.src_instance = row_.facts.local_id;
  out.user = row_.task.who.subject;
  out.what = std::move(what);
  return out;
}

bool attempt::step(ce::step by, moment at, said& out) {
  auto to = next(state(), by);
  if (!to)
    return false;
  row_.facts.state = *to;
  row_.facts.at = at;
  out.changed = true;
  out.reports.push_back(row_.facts);
  if (is_final(*to))
    row_.ended = at;
  return true;
}

bool attempt::fail(failure_class why, std::string reason, moment at, said& out) {
  auto by = next(state(), step::fail) ? step::fail : step::refuse;
  if (state() == attempt_state::idle)
    by = step::lose;
  if (!next(state(), by))
    return false;
  row_.facts.failure = why;
  row_.facts.reason = std::move(reason);
  auto done = event(lb::done{lb::done_status::failed, row_.facts.reason, -1}, at);
  step(by, at, out);
  out.events.push_back(std::move(done));
  return true;
}

said attempt::accept(moment now) {
  said out;
  row_.facts.seqcode = row_.task.seqcode;
  step(step::start, now, out);
  return out;
}

said attempt::tell() const {
  said out;
  out.reports.push_back(row_.facts);
  return out;
}

said attempt::refuse(failure_class why, std::string reason, moment now) {
  said out;
  if (next(state(), step::refuse)) {
    row_.facts.failure = why;
    row_.facts.reason = std::move(reason);
    step(step::refuse, now, out);
  }
  return out;
}

said attempt::queued(std::string local_id, moment now) {
  said out;
  if (next(state(), step::queue)) {
    row_.facts.local_id = std::move(local_id);
    step(step::queue, now, out);
  }
  return out;
}

said attempt::take(const std::vector<worker_record>& records, moment now) {
  said out;
  if (!live())
    return out;
  if (state() == attempt_state::held && !records.empty())
    out = resumed(now); // a held job writes nothing
  for (const auto& x : records)
    take(x, x.when.value_or(now), out);
  return out;
}

void attempt::take(const worker_record& x, moment at, said& out) {
  switch (x.what) {
  case record_kind::wrapper_started:
    if (next(state(), step::wrapper_started)) {
      row_.facts.worker_node = x.node;
      auto running = event(lb::running{x.node}, at);
      step(step::wrapper_started, at, out);
      out.events.push_back(std::move(running));
    }
    break;
  case record_kind::token_asked:
    if (row_.token == token_state::not_asked) {
      row_.token = token_state::asked;
      out.changed = out.ask_token = true;
    }
    break;
  case record_kind::payload_started:
    if (next(state(), step::payload_started)) {
      row_.payload_began = true;
      auto running = event(lb::really_running{row_.facts.seqcode}, at);
      step(step::payload_started, at, out);
      out.events.push_back(std::move(running));
    }
    break;
  case record_kind::payload_ended:
    if (!has_ended(row_)) {
      row_.payload_end = x.text;
      row_.facts.exit_code = x.number;
      row_.facts.used = x.used;
      out.changed = true;
      for (auto [name, value] : {
               std::pair{"real", x.used.wall_s  },
               {"user", x.used.user_s  },
               {"sys",  x.used.system_s}
      })
        out.events.push_back(event(lb::resource_usage{name, value, "s"}, at));
    }
    break;
  case record_kind::failed:
    if (row_.facts.failure == failure_class::none) {
      row_.facts.failure = x.failure;
      row_.facts.reason = x.text;
      out.changed = true;
    }
    break;
  case record_kind::token_gave_up:
    break; // the failure that follows says it
  case record_kind::ended:
    out.over = true;
    break;
  }
}

/// How an attempt whose wrapper is over ends. A payload that came to its own end is done, even when
/// somebody wanted to end it meanwhile: that is what happened.
void attempt::close(moment now, said& out) {
  auto& facts = row_.facts;
  auto when = row_.payload_began ? failure_class::after_payload : failure_class::before_payload;
  if (facts.failure == failure_class::none && row_.payload_end == "exited"
      && next(state(), step::end_well)) {
    auto done = event(lb::done{lb::done_status::ok, "", facts.exit_code}, now);
    step(step::end_well, now, out);
    out.events.push_back(std::move(done));
  } else if (row_.ending == end_cause::lease_lapsed) {
    fail(failure_class::lease_lapsed, row_.end_reason, now, out);
  } else if (row_.ending != end_cause::none) {
    facts.failure = failure_class::none;
    facts.reason = cancel_text(row_);
    auto done = event(lb::done{lb::done_status::cancelled, facts.reason, -1}, now);
    if (step(step::cancel, now, out))
      out.events.push_back(std::move(done));
  } else if (facts.failure != failure_class::none) {
    // A batch system signals all processes of a job: what the wrapper could not do then is no news.
    auto ended = row_.payload_end == "terminated";
    fail(facts.failure, ended ? "Job has been terminated" : facts.reason, now, out);
  } else if (row_.payload_end == "lease_lapsed") {
    fail(failure_class::lease_lapsed, "The lease lapsed while nobody here could be asked", now,
         out);
  } else if (row_.payload_end == "wall_limit") {
    fail(when,
         fmt::format("The payload ran over its wall time of {} s",
                     row_.task.needs.wall_time.count()),
         now, out);
  } else if (has_ended(row_)) {
    fail(when, "Job has been terminated", now, out);
  } else {
    fail(when, "The wrapper ended without telling how the payload did", now, out);
  }
}

said attempt::finish(std::vector<sandbox_file> output, moment now) {
  said out;
  if (!live())
    return out;
  if (state() == attempt_state::held)
    out = resumed(now);
  row_.facts.output = std::move(output);
  close(now, out);
  return out;
}

said attempt::lost(std::string reason, std::vector<sandbox_file> output, moment now) {
  said out;
  if (!live())
    return out;
  row_.facts.output = std::move(output);
  if (row_.ending != end_cause::none || has_ended(row_)
      || row_.facts.failure != failure_class::none) {
    close(now, out);
    return out;
  }
  auto began = state() != attempt_state::idle || row_.payload_began;
  fail(row_.payload_began ? failure_class::after_payload : failure_class::before_payload,
       began ? "Job has been terminated: " + reason : std::move(reason), now, out);
  return out;
}

said attempt::held(std::string reason, moment now) {
  said out;
  if (!next(state(), step::hold))
    return out;
  row_.before_hold = state();
  row_.facts.reason = std::move(reason);
  auto suspend = event(lb::suspend{row_.facts.reason}, now);
  step(step::hold, now, out);
  out.events.push_back(std::move(suspend));
  return out;
}

said attempt::resumed(moment now) {
  said out;
  if (state() != attempt_state::held)
    return out;
  auto by = row_.before_hold == attempt_state::idle      ? step::resume
            : row_.before_hold == attempt_state::running ? step::resume_wrapper
                                                         : step::resume_payload;
  row_.facts.reason.clear();
  auto resume = event(lb::resume{}, now);
  step(by, now, out);
  out.events.push_back(std::move(resume));
  return out;
}

said attempt::end(end_cause cause, std::string reason, moment now) {
  said out;
  if (!live() || row_.ending != end_cause::none)
    return out;
  row_.ending = cause;
  row_.end_reason = std::move(reason);
  out.changed = true;
  if (cause == end_cause::stale)
    out.events.push_back(event(lb::remark{"stale-attempt-killed", row_.end_reason}, now));
  if (state() == attempt_state::registered || state() == attempt_state::pending)
    close(now, out);
  return out;
}

said attempt::token(bool granted) {
  said out;
  auto to = granted ? token_state::granted : token_state::refused;
  out.changed = row_.token == token_state::not_asked || row_.token == token_state::asked;
  if (out.changed)
    row_.token = to;
  out.answer_token = out.changed;
  return out;
}

said attempt::release() {
  said out;
  out.changed = !live() && !row_.released;
  if (out.changed)
    row_.released = true;
  return out;
}

std::string session_name(const attempt_id& x) {
  std::uint64_t h = 0xCBF29CE484222325u; // FNV-1a: L&B servers choose their ids without each other
  for (unsigned char c : x.job.text())
    h = (h ^ c) * 0x100000001B3u;
  return fmt::format("{}.{}.{:08x}", x.number, x.job.unique(), static_cast<std::uint32_t>(h >> 32));
}

} // namespace trellis::ce
