#include "actors/wms/job_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::wms {

namespace {

using lb::counter;
using lb::source;
using phase = job_phase;

/// A step being made.
struct draft {
  const job_terms& terms;
  const ce::moment now;
  job_step out;

  job_state& to() { return out.to; }

  void note_as(source from, counter raised, lb::event_body what) {
    to().seqcode.raise(raised);
    out.notes.push_back({from, to().seqcode, std::move(what)});
  }

  void as_server(lb::event_body x) { note_as(source::network_server, counter::ns, std::move(x)); }

  void as_manager(lb::event_body x) {
    note_as(source::workload_manager, counter::wm, std::move(x));
  }

  void as_controller(lb::event_body x) {
    note_as(source::job_controller, counter::jss, std::move(x));
  }

  void as_monitor(lb::event_body x) { note_as(source::log_monitor, counter::lm, std::move(x)); }

  ce::attempt_id attempt() const { return {terms.job, out.to.attempt}; }

  void tell_ce(auto what) {
    if (to().ce)
      out.letters.push_back({to().ce->host(), std::move(what)});
  }

  void move(phase x) {
    to().phase = x;
    to().since = now;
    out.changed = true;
  }

  void refuse(errc code, std::string text) { out.refused = error{code, std::move(text)}; }
};

// --- ends ---------------------------------------------------------------------------------------

void abort(draft& d, std::string reason) {
  d.to().last_error = reason;
  d.as_manager(lb::abort{std::move(reason)});
  d.move(phase::aborted);
}

void end_cancelled(draft& d) {
  d.as_monitor(lb::cancel{lb::cancel_status::done, d.to().cancel_reason});
  d.as_monitor(lb::done{lb::done_status::cancelled, d.to().cancel_reason, -1});
  d.move(phase::cancelled);
}

void end_done(draft& d) {
  d.as_monitor(
      lb::done{lb::done_status::ok, "Job terminated successfully", d.to().facts.exit_code});
  if (d.to().cancelling) {
    d.to().cancelling = false;
    d.as_controller(lb::cancel{lb::cancel_status::abort, "the job had ended before the cancel"});
  }
  d.tell_ce(ce::release{d.attempt()});
  d.move(phase::done);
}

// --- resubmission -------------------------------------------------------------------------------

bool payload_may_have_started(const job_state& x) { return x.token != token_state::free; }

/// The attempt is over and was no success. A site that failed is remembered, so that the next match
/// avoids it.
void resubmit(draft& d, std::string reason) {
  auto& to = d.to();
  to.last_error = reason;
  if (to.ce) {
    std::erase(to.previous, to.ce->host());
    to.previous.push_back(to.ce->host());
    if (to.previous.size() > 16)
      to.previous.erase(to.previous.begin());
  }
  auto shallow = !payload_may_have_started(to);
  d.as_monitor(lb::done{lb::done_status::failed, std::move(reason), -1});
  if (auto limit = resubmission_limit(d.terms, to, shallow))
    return abort(d, *limit);
  d.as_monitor(lb::enqueued{"WorkloadManager", {}, lb::progress::ok, {}});
  d.as_manager(lb::dequeued{"WorkloadManager", {}});
  if (shallow) {
    ++to.shallow;
    d.as_manager(lb::resubmission{lb::resubmission_result::shallow, "token still exists", {}});
  } else {
    ++to.deep;
    to.shallow = 0;
    if (to.token == token_state::taken)
      to.token = token_state::free; // a new one, for the new cycle
    d.as_manager(lb::resubmission{lb::resubmission_result::willresub, "token was grabbed", {}});
  }
  to.token_owner = 0;
  to.granted = false;
  d.move(phase::idle);
}

// --- actions of the table -----------------------------------------------------------------------

void enqueue(draft& d, const job_input&) {
  d.as_server(lb::accepted{source::user_interface, {}, {}, {}});
  d.as_server(lb::enqueued{"WorkloadManager", {}, lb::progress::ok, {}});
  d.as_manager(lb::dequeued{"WorkloadManager", {}});
  d.move(phase::idle);
}

void cancel_unstarted(draft& d, const job_input&) {
  auto reason = std::string{"Cancelled by user"};
  d.to().last_error = reason;
  d.as_server(lb::abort{std::move(reason)});
  d.move(phase::aborted);
}

/// The L&B server does not know the job yet, and must before it hears of its end.
void cancel_when_confirmed(draft& d, const job_input&) { d.to().cancelling = true; }

/// A job without files to wait for starts at once.
void confirm(draft& d, const job_input& x) {
  if (std::exchange(d.to().cancelling, false))
    return cancel_unstarted(d, x);
  if (d.terms.start && d.terms.upload.empty())
    return enqueue(d, x);
  d.move(phase::registered);
}

void hand_over(draft& d, const job_input& x) {
  const auto& choice = std::get<matched>(x);
  auto& to = d.to();
  ++to.attempt;
  to.ce = choice.ce;
  to.handed_over = d.now;
  to.facts = {};
  auto mode = to.token == token_state::none ? ce::token_mode::none
              : choice.grant                ? ce::token_mode::granted
                                            : ce::token_mode::ask;
  to.granted = mode == ce::token_mode::granted;
  if (to.granted) {
    to.token = token_state::taken;
    to.token_owner = to.attempt;
  }
  d.as_manager(lb::match{choice.ce.text()});
  d.as_manager(lb::enqueued{"JobController", {}, lb::progress::ok, {}});
  d.as_controller(lb::dequeued{"JobController", {}});
  d.as_controller(
      lb::transfer{source::log_monitor, choice.ce.host().text(), {}, {}, lb::progress::ok, {}, {}});
  d.tell_ce(hand_over_now{mode});
  d.move(phase::handed_over);
}

void stay_idle(draft& d, const job_input& x) {
  const auto& reason = std::get<unmatched>(x).reason;
  if (d.to().last_error == reason)
    return;
  d.to().last_error = reason;
  d.as_manager(lb::pending{reason});
  d.out.changed = true;
}

/// How far an attempt came; 0: nothing was heard of it.
int level(const ce::attempt_facts& x) {
  using enum ce::attempt_state;
  if (x.at == ce::moment{})
    return 0;
  switch (x.state) {
  case registered:
  case pending:
    return 1;
  case idle:
  case held:
    return 2;
  case running:
    return 3;
  case really_running:
  case done_ok:
    return 4;
  default:
    return 1;
  }
}

/// The steps between two reports, as L&B wants to hear them; reports may skip states.
void tell_progress(draft& d, int from, const ce::attempt_facts& facts) {
  auto to = level(facts);
  if (from < 1 && to >= 1)
    d.as_monitor(lb::accepted{source::job_controller, {}, {}, facts.local_id});
  if (from < 2 && to >= 2)
    d.as_monitor(lb::transfer{source::lrms,
                              d.to().ce->host().text(),
                              d.to().ce->queue(),
                              {},
                              lb::progress::ok,
                              {},
                              facts.local_id});
  if (from < 3 && to >= 3)
    d.as_monitor(lb::running{facts.worker_node});
  if (from < 4 && to >= 4)
    d.as_monitor(lb::really_running{facts.seqcode});
}

void take_end(draft& d) {
  auto& to = d.to();
  const auto& facts = to.facts;
  if (facts.state == ce::attempt_state::done_ok) {
    if (facts.output.empty())
      return end_done(d);
    return d.move(phase::pulling);
  }
  auto attempt = d.attempt();
  d.tell_ce(ce::release{attempt});
  if (to.cancelling)
    return end_cancelled(d);
  auto reason = facts.reason.empty()
                    ? fmt::format("the attempt ended as {} at {}", word(facts.state), to.ce->text())
                    : facts.reason;
  if (facts.failure == ce::failure_class::job_fault) {
    d.as_monitor(lb::done{lb::done_status::failed, reason, -1});
    return abort(d, reason);
  }
  if (to.granted && facts.failure == ce::failure_class::before_payload)
    to.token = token_state::free; // the CE gives it back
  resubmit(d, std::move(reason));
}

bool of_living_attempt(const job_state& x, const host_name& from, std::uint32_t attempt) {
  return has_attempt(x.phase) && attempt == x.attempt && x.ce && x.ce->host() == from;
}

/// A word of an attempt that is over for us: its CE may forget it, or has to end it.
void send_away(draft& d, const reported& x) {
  ce::attempt_id old{d.terms.job, x.attempt};
  if (ce::is_final(x.facts.state))
    d.out.letters.push_back({x.from, ce::release{old}});
  else
    d.out.letters.push_back({
        x.from, ce::cancel_attempt{old, "another attempt runs this job"}
    });
}

void take_report(draft& d, const job_input& x) {
  const auto& report = std::get<reported>(x);
  auto& to = d.to();
  if (!of_living_attempt(to, report.from, report.attempt))
    return send_away(d, report);
  if (to.phase == phase::pulling)
    return; // its end was heard; what follows is ours
  auto before = level(to.facts);
  to.facts = report.facts;
  d.out.changed = true;
  tell_progress(d, before, to.facts);
  if (ce::is_final(to.facts.state))
    return take_end(d);
  auto where = level(to.facts) >= 3 ? phase::running : phase::handed_over;
  if (to.phase != where)
    d.move(where);
}

void answer_token(draft& d, const job_input& x) {
  const auto& asked = std::get<token_asked>(x);
  auto& to = d.to();
  ce::token_answer answer{
      {d.terms.job,    asked.attempt},
      false, {              }
  };
  if (!of_living_attempt(to, asked.from, asked.attempt) || to.phase == phase::pulling)
    answer.reason = "Cannot take shallow resubmission token: the attempt is over";
  else if (to.cancelling)
    answer.reason = "Cannot take shallow resubmission token: the job was cancelled";
  else if (to.token == token_state::free) {
    to.token = token_state::taken;
    to.token_owner = asked.attempt;
    d.out.changed = true;
    answer.granted = true;
  } else if (to.token == token_state::none || to.token_owner == asked.attempt)
    answer.granted = true;
  else
    answer.reason = "Cannot take shallow resubmission token: another attempt has it";
  d.out.letters.push_back({asked.from, std::move(answer)});
}

std::string cancel_reason(const job_input& x) {
  const auto& reason = std::get<cancel_asked>(x).reason;
  return reason.empty() ? "Cancelled by user" : reason;
}

void cancel_idle(draft& d, const job_input& x) {
  auto reason = d.to().cancel_reason = cancel_reason(x);
  d.as_manager(lb::cancel{lb::cancel_status::req, reason});
  d.as_manager(lb::cancel{lb::cancel_status::done, reason});
  d.as_manager(lb::done{lb::done_status::cancelled, reason, -1});
  d.move(phase::cancelled);
}

/// The CE ends the attempt and reports it; until then the job is where it was.
void cancel_attempt(draft& d, const job_input& x) {
  if (d.to().cancelling)
    return d.refuse(
        errc::illegal_transition,
        fmt::format("cannot cancel {}: Cancel has already been requested", d.terms.job.text()));
  d.to().cancelling = true;
  d.to().cancel_reason = cancel_reason(x);
  d.as_controller(lb::cancel{lb::cancel_status::req, d.to().cancel_reason});
  d.tell_ce(ce::cancel_attempt{d.attempt(), d.to().cancel_reason});
  d.out.changed = true;
}

/// The payload is over, only its output is still there: it is left.
void cancel_pull(draft& d, const job_input& x) {
  d.to().cancel_reason = cancel_reason(x);
  d.as_controller(lb::cancel{lb::cancel_status::req, d.to().cancel_reason});
  d.tell_ce(ce::release{d.attempt()});
  end_cancelled(d);
}

void cancel_late(draft& d, const job_input&) {
  d.refuse(errc::illegal_transition, fmt::format("cannot cancel {}: it is {} already",
                                                 d.terms.job.text(), word(d.to().phase)));
}

void start_late(draft& d, const job_input&) {
  d.refuse(errc::illegal_transition, fmt::format("cannot start {}: it is {} already",
                                                 d.terms.job.text(), word(d.to().phase)));
}

void purge_early(draft& d, const job_input&) {
  d.refuse(errc::illegal_transition,
           fmt::format("cannot purge {}: it is still {}", d.terms.job.text(), word(d.to().phase)));
}

void lose(draft& d, const job_input& x) {
  const auto& reason = std::get<contact_lost>(x).reason;
  d.to().before_lost = d.to().phase;
  d.to().last_error = fmt::format("lost contact with {}: {}", d.to().ce->host().text(), reason);
  d.as_monitor(lb::remark{"lost-contact", d.to().last_error});
  d.move(phase::lost_contact);
}

void regain(draft& d, const job_input&) {
  d.as_monitor(
      lb::remark{"contact-back", fmt::format("{} answers again", d.to().ce->host().text())});
  d.move(d.to().before_lost);
}

void give_up_attempt(draft& d, const job_input&) {
  auto host = d.to().ce->host().text();
  d.tell_ce(ce::cancel_attempt{d.attempt(), "its lease ran out"});
  if (d.to().cancelling)
    return end_cancelled(d);
  resubmit(d, fmt::format("lost contact with {} until the lease ran out", host));
}

void finish(draft& d, const job_input&) { end_done(d); }

void lose_output(draft& d, const job_input& x) {
  d.tell_ce(ce::release{d.attempt()});
  if (d.to().cancelling)
    return end_cancelled(d);
  // The payload ran: whatever the token says, nothing may start in this cycle again.
  if (d.to().token == token_state::free)
    d.to().token = token_state::taken;
  resubmit(d, "Cannot upload the output: " + std::get<output_lost>(x).reason);
}

void expire(draft& d, const job_input& x) { abort(d, std::get<expired>(x).reason); }

void clear(draft& d, const job_input& x) {
  auto late = d.to().seqcode; // sorts after whatever worker nodes may still say
  late.set(counter::ui, 9);
  late.set(counter::ns, 96669);
  d.out.notes.push_back({source::network_server, late, lb::clear{std::get<purge_asked>(x).reason}});
  d.move(phase::cleared);
}

/// Outside the order of what happens to the job, so that it moves no counter.
void take_acl(draft& d, const job_input& x) {
  const auto& acl = std::get<acl_given>(x).acl;
  if (acl == d.to().acl)
    return;
  d.to().acl = acl;
  d.out.notes.push_back({
      source::network_server, d.to().seqcode, lb::change_acl{{}, "GACL", acl, "ALLOW", "SET"}
  });
  d.out.changed = true;
}

void nothing(draft&, const job_input&) {}

// --- the table ----------------------------------------------------------------------------------

template <class T, std::size_t I = 0>
constexpr std::size_t index_of() {
  if constexpr (std::is_same_v<T, std::variant_alternative_t<I, job_input>>)
    return I;
  else
    return index_of<T, I + 1>();
}

using action = void (*)(draft&, const job_input&);

constexpr unsigned in(auto... xs) { return ((1u << static_cast<unsigned>(xs)) | ...); }

constexpr unsigned any_phase = (1u << (static_cast<unsigned>(phase::cleared) + 1)) - 1;
constexpr unsigned attempts = in(phase::handed_over, phase::running, phase::lost_contact);
constexpr unsigned waiting = in(phase::registered, phase::idle);
constexpr unsigned over = in(phase::done, phase::aborted, phase::cancelled);

struct rule {
  std::size_t input;
  unsigned phases;
  action act;
};

/// The first row that fits is taken; without one nothing happens.
constexpr rule rules[] = {
    {index_of<confirmed>(),    in(phase::registering), confirm                 },
    {index_of<start_asked>(),  in(phase::registered),  enqueue                 },
    {index_of<start_asked>(),  any_phase,              start_late              },
    {index_of<matched>(),      in(phase::idle),        hand_over               },
    {index_of<unmatched>(),    in(phase::idle),        stay_idle               },
    {index_of<reported>(),     any_phase,              take_report             },
    {index_of<token_asked>(),  any_phase,              answer_token            },
    {index_of<cancel_asked>(), in(phase::registering), cancel_when_confirmed   },
    {index_of<cancel_asked>(), in(phase::registered),  cancel_unstarted        },
    {index_of<cancel_asked>(), in(phase::idle),        cancel_idle             },
    {index_of<cancel_asked>(), attempts,               cancel_attempt          },
    {index_of<cancel_asked>(), in(phase::pulling),     cancel_pull             },
    {index_of<cancel_asked>(), any_phase,              cancel_late             },
    {index_of<contact_lost>(), in(phase::handed_over,  phase::running),          lose},
    {index_of<contact_back>(),                        in(phase::lost_contact),                       regain},
    {index_of<lease_over>(),                        in(phase::lost_contact),                         give_up_attempt  },
    {index_of<output_here>(),                        in(phase::pulling),                        finish    },
    {index_of<output_lost>(),                        in(phase::pulling),                        lose_output  },
    {index_of<expired>(),                        waiting,                            expire                   },
    {index_of<purge_asked>(),                        over,                        clear },
    {index_of<purge_asked>(),                        in(phase::cleared),                        nothing     },
    {index_of<purge_asked>(),                        any_phase,                        purge_early          },
    {index_of<acl_given>(),                        any_phase,                          take_acl       },
};

} // namespace

std::optional<std::string> resubmission_limit(const job_terms& terms, const job_state& x,
                                              bool shallow) {
  auto of_job = std::max(0, shallow ? terms.shallow_retry_count : terms.retry_count);
  auto of_site = std::max(0, shallow ? terms.max_shallow_retry_count : terms.max_retry_count);
  auto count = static_cast<std::int64_t>(shallow ? x.shallow : x.deep);
  if (count < std::min(of_job, of_site))
    return std::nullopt;
  if (of_job <= of_site)
    return fmt::format("hit job {}retry count ({})", shallow ? "shallow " : "", of_job);
  return fmt::format("hit {}max retry count ({})", shallow ? "shallow " : "", of_site);
}

job_step next(const job_terms& terms, const job_state& now_in, const job_input& x, ce::moment now) {
  draft d{terms, now, {}};
  d.out.to = now_in;
  for (const auto& row : rules)
    if (row.input == x.index() && (row.phases & in(now_in.phase))) {
      row.act(d, x);
      break;
    }
  if (d.out.refused)
    d.out.to = now_in;
  return std::move(d.out);
}

} // namespace trellis::wms
