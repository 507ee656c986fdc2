#include "actors/wms/job_actor.hpp"

#include "protocols/lb/messages.hpp"
#include "runtime/interfaces/lb.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/crash_point.hpp"
#include "storage/wms_jobs.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include <cmath>

namespace trellis::wms {

namespace rows = storage::wms_jobs;

namespace {

constexpr auto store_timeout = caf::infinite; // our own: it answers or ends
constexpr auto disk_timeout = caf::infinite;
constexpr auto call_timeout = std::chrono::seconds{30};

/// Slot seconds of an attempt that was living before and is over now.
std::uint64_t used_slots(const job_terms& terms, const job_state& before, const job_state& after) {
  auto ended = has_attempt(before.phase) && before.phase != job_phase::pulling
               && (!has_attempt(after.phase) || after.phase == job_phase::pulling);
  auto wall = after.facts.used.wall_s;
  if (!ended || !(wall > 0) || wall > 1e9)
    return 0;
  return static_cast<std::uint64_t>(std::ceil(wall)) * std::max(1u, terms.needs.cpus);
}

} // namespace

ce::moment job_shell::now() const { return ctx.clock.wall(self->clock().now()); }

/// Some steps need to know what lies in the input sandbox.
void job_shell::run(job_input x, std::optional<receipt> from, answer say) {
  auto needs_files = std::holds_alternative<start_asked>(x) || std::holds_alternative<matched>(x);
  if (!needs_files || terms.upload.empty())
    return step(std::move(x), std::move(from), std::move(say));
  self->request(files, disk_timeout, sandbox::list{terms.job, side::input})
      .await(
          [=, this](sandbox::files& found) {
            inputs = std::move(found.all);
            step(x, from, say);
          },
          [=, this](caf::error& e) {
            say(from_caf(e));
            tell_router(0, true);
          });
}

std::optional<error> job_shell::missing_input() const {
  for (const auto& name : terms.upload)
    if (std::none_of(inputs.begin(), inputs.end(), [&](const auto& x) { return x.name == name; }))
      return error{errc::usage, fmt::format("cannot start {}: the input file {} was not sent yet",
                                            terms.job.text(), name)};
  return std::nullopt;
}

void job_shell::step(job_input x, std::optional<receipt> from, answer say) {
  auto d = next(terms, state, x, now());
  if (std::holds_alternative<start_asked>(x) && !d.refused)
    d.refused = missing_input();
  store::step s;
  if (from)
    s.accept(*from);
  if (!d.refused)
    write(s, d);
  if (s.changes.empty() && s.letters.empty() && s.receipts.empty()) {
    say(d.refused);
    return tell_router();
  }
  commit(std::move(d), std::move(s), std::move(say));
}

void job_shell::commit(job_step d, store::step s, answer say) {
  self->request(ctx.store, store_timeout, std::move(s))
      .await(
          [=, this](store::committed& done) {
            auto slots = done.repeat ? 0 : used_slots(terms, state, d.to);
            if (!done.repeat) {
              state = d.to;
              after(d);
            }
            say(d.refused);
            tell_router(slots);
          },
          [=, this](caf::error& e) {
            auto why = from_caf(e);
            say(why);
            if (why.code == errc::busy)
              return tell_router(0, true);
            log::error("wms-job-not-written", "{}: {}", terms.job.text(), why.text);
            self->quit(e); // the state on disk is not known: rebuilt with the router
          });
}

ce::hand_over job_shell::hand_over(const job_step& d, ce::token_mode token) const {
  ce::hand_over out;
  out.who = terms.who;
  out.attempt = {terms.job, d.to.attempt};
  out.queue = *d.to.ce;
  out.wms = ctx.host;
  out.seqcode = d.to.seqcode;
  out.what = terms.work;
  out.what.input = inputs;
  out.needs = terms.needs;
  out.lease = terms.lease;
  out.idempotent = terms.idempotent;
  out.token = token;
  out.valid_until = d.to.handed_over + terms.lease;
  out.delegation = terms.delegation;
  return out;
}

void job_shell::write(store::step& s, const job_step& d) const {
  if (d.changed || !d.notes.empty())
    s.put(storage::family::wms_jobs, rows::state_key(terms.vo, terms.job), rows::write(d.to));
  if (!d.notes.empty()) {
    lb::log events;
    events.who.kind = principal_kind::node;
    events.who.subject = ctx.host.text();
    for (const auto& x : d.notes)
      events.events.push_back({terms.job, x.from, x.seqcode, now(), ctx.host.text(), "trellis-wms",
                               terms.who.subject, lb::level::system, x.what});
    s.post({role::lb, terms.job.lb(), 0}, events);
  }
  for (const auto& x : d.letters) {
    address to{role::ce, x.to, 0};
    std::visit(
        [&](const auto& what) {
          if constexpr (std::is_same_v<std::decay_t<decltype(what)>, hand_over_now>) {
            crash_point("wms-before-hand-over");
            s.post(to, hand_over(d, what.token));
          } else
            s.post(to, what);
        },
        x.what);
  }
}

void job_shell::after(const job_step& d) {
  ++pull.round;
  if (d.to.attempt != 0 && d.to.facts.at == ce::moment{})
    crash_point("wms-after-hand-over");
  if (d.to.phase == job_phase::pulling) {
    pull.file = 0;
    pull.offset = 0;
    pull.failures = 0;
    self->send(files, sandbox::remove{terms.job, true}); // what an earlier attempt left
    pull_next();
  } else if (d.to.phase == job_phase::cleared)
    self->send(files, sandbox::remove{terms.job});
}

void job_shell::tell_router(std::uint64_t slot_seconds, bool busy) {
  job_moved x;
  x.job = terms.job;
  x.phase = state.phase;
  x.attempt = state.attempt;
  x.ce = state.ce;
  x.accepted = state.facts.at != ce::moment{};
  if (state.phase == job_phase::idle)
    x.previous = state.previous;
  x.slot_seconds = slot_seconds;
  x.busy = busy;
  x.trouble = pull.trouble;
  x.handled = handled;
  self->send(router, std::move(x));
}

// --- the output ----------------------------------------------------------------------------------

void job_shell::pull_next() {
  const auto& output = state.facts.output;
  if (pull.file < output.size())
    return ask_piece();
  auto round = pull.round;
  self->request(files, disk_timeout, sandbox::sync{terms.job, side::output})
      .then(
          [=, this](sandbox::synced&) {
            if (round == pull.round)
              run(output_here{}, std::nullopt, [](const auto&) {});
          },
          [=, this](caf::error& e) {
            if (round == pull.round)
              pull_failed(from_caf(e));
          });
}

void job_shell::ask_piece() {
  auto round = pull.round;
  auto failed = [=, this](caf::error& e) {
    if (round == pull.round)
      pull_failed(from_caf(e));
  };
  if (!pull.from) {
    self->request(ctx.directory, call_timeout,
                  directory::find{
                      {role::ce, state.ce->host(), 0}
    })
        .then(
            [=, this](directory::found& x) {
              pull.from = caf::actor_cast<ce_actor>(x.handle);
              if (round == pull.round)
                ask_piece();
            },
            failed);
    return;
  }
  ce::read_file ask{
      {terms.job, state.attempt},
      state.facts.output[pull.file].name,
      pull.offset,
      chunk_limit_bytes
  };
  self->request(pull.from, call_timeout, std::move(ask))
      .then(
          [=, this](chunk& piece) {
            if (round == pull.round)
              keep_piece(std::move(piece));
          },
          failed);
}

void job_shell::keep_piece(chunk piece) {
  auto round = pull.round;
  if (piece.offset != pull.offset)
    return pull_failed({errc::malformed, "the CE sent another piece than was asked for"});
  auto end = piece.offset + piece.bytes.size();
  auto last = piece.last || piece.bytes.empty();
  sandbox::put keep{terms.job, side::output, state.facts.output[pull.file].name, std::move(piece),
                    state.facts.output[pull.file].executable};
  self->request(files, disk_timeout, std::move(keep))
      .then(
          [=, this](sandbox::have& there) {
            if (round != pull.round)
              return;
            pull.failures = 0;
            pull.trouble.clear();
            if (last && there.size <= end) {
              ++pull.file;
              pull.offset = 0;
            } else
              pull.offset = there.size; // further on, where an earlier try got to
            pull_next();
          },
          [=, this](caf::error& e) {
            if (round == pull.round)
              pull_failed(from_caf(e));
          });
}

void job_shell::pull_failed(const error& why) {
  if (why.code == errc::not_found) // the CE has it no more
    return run(output_lost{why.text}, std::nullopt, [](const auto&) {});
  auto wait = std::chrono::seconds{1} * (1u << std::min(pull.failures++, 6u));
  pull.trouble
      = fmt::format("cannot fetch the output from {}: {}", state.ce->host().text(), why.text);
  self->delayed_send(self, wait, pull_on{pull.round});
  tell_router();
}

// --- the actor -----------------------------------------------------------------------------------

namespace {

template <class Answer>
caf::result<Answer> ask(job_shell& shell, job_input x, std::optional<receipt> from = {}) {
  ++shell.handled;
  auto promise = shell.self->make_response_promise<caf::typed_response_promise<Answer>>();
  shell.run(std::move(x), std::move(from), [promise](const std::optional<error>& e) mutable {
    if (e)
      promise.deliver(to_caf(*e));
    else
      promise.deliver(Answer{});
  });
  return promise;
}

} // namespace

job_actor::behavior_type job(job_actor::stateful_pointer<job_shell> self, node_context ctx,
                             std::shared_ptr<const wms_config> config, job_listener router,
                             sandbox_actor files, job_terms terms, job_state state) {
  auto& shell = self->state;
  shell.self = self;
  shell.ctx = std::move(ctx);
  shell.config = std::move(config);
  shell.router = std::move(router);
  shell.files = std::move(files);
  shell.terms = std::move(terms);
  shell.state = std::move(state);
  if (shell.state.phase == job_phase::pulling)
    shell.pull_next();
  return {
      [&shell](const start&) { return ask<started>(shell, start_asked{}); },
      [&shell](const cancel& x) { return ask<cancel_taken>(shell, cancel_asked{x.reason}); },
      [&shell](const purge&) { return ask<purged>(shell, purge_asked{}); },
      [&shell](const set_acl& x) { return ask<acl_set>(shell, acl_given{x.acl}); },
      [&shell](letter<report>& x) {
        return ask<received>(
            shell, reported{x.from.from.from, x.what.attempt.number, std::move(x.what.facts)},
            x.from);
      },
      [&shell](const letter<ask_token>& x) {
        return ask<received>(shell, token_asked{x.from.from.from, x.what.attempt.number}, x.from);
      },
      [&shell](happened& x) {
        ++shell.handled;
        shell.run(std::move(x.what), std::nullopt, [](const auto&) {});
      },
      [self](const retire&) { self->quit(); },
      [self](supervision::get_row) {
        return node::actor_row{
            {}, std::string{word(self->state.state.phase)}, self->mailbox().size(), 0};
      },
      [&shell](const pull_on& x) {
        if (x.round == shell.pull.round)
          shell.pull_next();
      },
  };
}

} // namespace trellis::wms
