#include "actors/wms/describe.hpp"
#include "actors/wms/wms_actor.hpp"
#include "protocols/names/limited.hpp"
#include "runtime/log/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace trellis::wms {

namespace rows = storage::wms_jobs;

namespace {

constexpr auto store_timeout = caf::infinite; // our own: it answers or ends
constexpr auto call_timeout = std::chrono::seconds{10};

error not_authenticated(std::string_view doing) {
  return {errc::unauthenticated, fmt::format("cannot {}: nobody knows who asks", doing)};
}

} // namespace

/// Now, but later than every acceptance before: the order of the queue, over restarts too.
ce::moment wms_shell::next_acceptance() {
  auto now_us = static_cast<std::uint64_t>(wall().time_since_epoch().count());
  last_order = std::max(last_order + 1, now_us);
  return ce::moment{std::chrono::microseconds{static_cast<std::int64_t>(last_order)}};
}

// --- submission ----------------------------------------------------------------------------------

caf::result<submitted> wms_shell::on_submit(const submit& x) {
  if (x.who.kind == principal_kind::nobody)
    return to_caf(not_authenticated("submit a job"));
  if (is_limited(x.who))
    return to_caf({errc::denied, fmt::format("cannot submit a job: the proxy of {} is limited, and "
                                             "limited proxies may not submit",
                                             x.who.subject)});
  if (!may_name_vo(x.who))
    return to_caf({errc::denied, fmt::format("cannot submit a job: {} is of no VO: get a proxy "
                                             "with attributes of one, as by voms-proxy-init --voms",
                                             x.who.subject)});
  auto answer = self->make_response_promise<submission>();
  if (x.delegation.empty())
    take_job(x, std::nullopt, answer);
  else
    self->request(proxies, call_timeout, proxies::look{x.who.subject, x.delegation})
        .then([=, this](const proxies::found& there) { take_job(x, there.proxy, answer); },
              [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

void wms_shell::take_job(const submit& x, const std::optional<kept_proxy>& proxy,
                         submission promise) {
  auto say = [&promise](auto x) { promise.deliver(std::move(x)); };
  if (!x.dry_run && !x.request.empty()) {
    auto first = rows::answered(*ctx.rows, x.who, x.request);
    if (!first)
      return say(to_caf(first.why()));
    auto request = rows::request_key(x.who, x.request, {});
    auto under_way = submitting.find(request);
    if (under_way == submitting.end() && *first)
      return say(std::move(**first));
    if (under_way != submitting.end())
      return under_way->second.push_back(promise);
  }
  submitted answer;
  auto terms = terms_of(x, proxy, answer);
  if (!terms)
    return say(to_caf(terms.why()));
  if (x.dry_run)
    return say(std::move(answer));
  if (shares->idle() >= config->max_waiting)
    return say(to_caf({errc::busy, fmt::format("cannot take the job: {} wait at {} already",
                                               shares->idle(), ctx.host.text())}));
  auto key = rows::request_key(x.who, x.request, terms->job);
  submitting[key].push_back(promise);
  save_submission(key, *std::move(terms), std::move(answer));
}

/// What the job is accepted on; fills in what is answered.
result<job_terms> wms_shell::terms_of(const submit& x, const std::optional<kept_proxy>& proxy,
                                      submitted& answer) {
  auto request = read_jdl(*config, x.who, x.jdl, wall(), answer.warnings);
  if (!request)
    return request.why();
  auto terms = describe(*config, x.who, request->job, x.dry_run ? wall() : next_acceptance());
  if (!terms)
    return terms.why();
  auto cluster = matching->key_of(request_of(*terms, {}));
  if (!cluster)
    return cluster.why();
  if (proxy) {
    if (auto why = unfit(*proxy, x.delegation, x.who, terms->vo, wall()))
      return *why;
    terms->delegation = x.delegation;
    terms->proxy_ends = proxy->ends;
  }
  terms->cluster = std::move(*cluster);
  terms->request = x.request;
  terms->start = x.start;
  terms->job = job_id::make(config->lb, config->lb_port, ids->bytes16());
  answer.job = terms->job;
  answer.upload = terms->upload;
  return terms;
}

/// The job's rows first, then its registration at the L&B server, then the answer: whatever ends in
/// between, a job that was answered for is on disk here and known there. A job whose rows are found
/// unregistered after a restart is registered then; L&B takes a repeat as the first one.
void wms_shell::save_submission(const std::string& request, job_terms terms, submitted answer) {
  auto state = first_state(terms, wall());
  store::step s;
  s.put(storage::family::wms_jobs, rows::terms_key(terms.vo, terms.job), rows::write(terms));
  s.put(storage::family::wms_jobs, rows::state_key(terms.vo, terms.job), rows::write(state));
  s.put(storage::family::wms_requests, request, rows::write(answer));
  self->request(ctx.store, store_timeout, std::move(s))
      .then(
          [=, this](store::committed&) {
            place(terms, state);
            register_job(terms, [=, this](std::optional<error> e) {
              if (e)
                return undo_submission(request, terms, *e);
              adopt_registered(terms);
              answer_submission(request, answer);
            });
          },
          [=, this](caf::error& e) {
            auto why = from_caf(e);
            answer_submission(request, why);
            if (why.code == errc::storage)
              self->quit(e);
          });
}

void wms_shell::adopt_registered(const job_terms& terms) {
  auto left = std::max(terms.expires - wall(), ce::moment::duration{0});
  at(now() + left, timer::job_expires, terms.job.text());
  if (terms.proxy_ends != ce::moment{})
    at(now() + std::max(terms.proxy_ends - wall(), ce::moment::duration{0}), timer::job_expires,
       terms.job.text());
  tell(terms.job, confirmed{});
}

void wms_shell::register_job(const job_terms& terms,
                             std::function<void(std::optional<error>)> then) {
  lb::register_job ask;
  ask.who = terms.who;
  lb::reg_job what;
  what.jdl = terms.jdl;
  what.ns = ctx.host.text();
  what.vo = terms.vo;
  if (terms.proxy_ends != ce::moment{})
    what.proxy_ends = terms.proxy_ends;
  lb::sequence_code code;
  code.raise(lb::counter::ns);
  ask.first = {terms.job,
               lb::source::network_server,
               code,
               terms.accepted,
               ctx.host.text(),
               "trellis-wms",
               terms.who.subject,
               lb::level::system,
               std::move(what)};
  find({role::lb, terms.job.lb(), 0}, [=, this](const result<caf::strong_actor_ptr>& lb) {
    if (!lb)
      return then(lb.why());
    self->request(caf::actor_cast<lb_actor>(*lb), call_timeout, ask)
        .then([=](const lb::registered&) { then(std::nullopt); },
              [=](const caf::error& e) { then(from_caf(e)); });
  });
}

/// Nobody was told of this job: it never was. Should the L&B server have it all the same, it hears
/// that it is over.
void wms_shell::undo_submission(const std::string& request, const job_terms& terms,
                                const error& why) {
  auto text = fmt::format("cannot register the job at the L&B server {}: {}", terms.job.lb().text(),
                          why.text);
  auto code = why.code == errc::internal ? errc::site_unreachable : why.code;
  store::step s;
  s.erase(storage::family::wms_jobs, rows::terms_key(terms.vo, terms.job));
  s.erase(storage::family::wms_jobs, rows::state_key(terms.vo, terms.job));
  s.erase(storage::family::wms_requests, request);
  lb::log events;
  events.who.kind = principal_kind::node;
  events.who.subject = ctx.host.text();
  lb::sequence_code seq;
  seq.raise(lb::counter::ns).raise(lb::counter::ns);
  events.events.push_back({terms.job, lb::source::network_server, seq, wall(), ctx.host.text(),
                           "trellis-wms", terms.who.subject, lb::level::system,
                           lb::abort{"the registration was not confirmed in time"}});
  s.post({role::lb, terms.job.lb(), 0}, events);
  self->request(ctx.store, store_timeout, std::move(s))
      .then(
          [=, this](store::committed&) {
            jobs.erase(terms.job.text());
            answer_submission(request, error{code, text});
          },
          [=, this](caf::error& e) {
            answer_submission(request, error{code, text});
            self->quit(e);
          });
}

void wms_shell::answer_submission(const std::string& request, const result<submitted>& x) {
  auto waiting = submitting.extract(request);
  if (waiting.empty())
    return;
  for (auto& promise : waiting.mapped())
    if (x)
      promise.deliver(*x);
    else
      promise.deliver(to_caf(x.why()));
}

// --- one's own jobs ------------------------------------------------------------------------------

caf::result<input_taken> wms_shell::on_put_input(put_input& x) {
  auto job = authorised(x.who, x.job, "send input for");
  if (!job)
    return to_caf(job.why());
  const auto& upload = job->terms.upload;
  if (std::find(upload.begin(), upload.end(), x.file) == upload.end())
    return to_caf({errc::usage, fmt::format("cannot take {} for {}: it does not stand in its "
                                            "InputSandbox",
                                            x.file, x.job.text())});
  if (job->state.phase > job_phase::registered)
    return to_caf(
        {errc::illegal_transition, fmt::format("cannot take {} for {}: the job is {} already",
                                               x.file, x.job.text(), word(job->state.phase))});
  auto promise = self->make_response_promise<caf::typed_response_promise<input_taken>>();
  self->request(files, call_timeout,
                sandbox::put{x.job, side::input, x.file, std::move(x.piece), x.executable,
                             config->max_input_bytes})
      .then([promise](
                const sandbox::have& there) mutable { promise.deliver(input_taken{there.size}); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

// --- looking on ----------------------------------------------------------------------------------

caf::result<matches> wms_shell::on_list_match(const list_match& x) {
  if (x.who.kind == principal_kind::nobody)
    return to_caf(not_authenticated("list matching CEs"));
  std::vector<std::string> warnings;
  auto request = read_jdl(*config, x.who, x.jdl, wall(), warnings);
  if (!request)
    return to_caf(request.why());
  auto terms = describe(*config, x.who, request->job, wall());
  if (!terms)
    return to_caf(terms.why());
  auto found = matching->explain(request_of(*terms, {}));
  if (!found)
    return to_caf(found.why());
  return std::move(*found);
}

namespace {

std::string waits_for(const job_state& x, const live_job* live, const matches& now) {
  switch (x.phase) {
  case job_phase::registering:
    return "the L&B server to confirm its registration";
  case job_phase::registered:
    return "its start: the input files, then `start`";
  case job_phase::idle:
    if (live && live->matching)
      return "the hand-over to a CE that was just chosen";
    if (now.considered == 0)
      return "a CE that advertises itself";
    return now.ces.empty() ? "a CE that fits its Requirements"
                           : "a free slot at one of the CEs that fit";
  case job_phase::handed_over:
    if (x.facts.at == ce::moment{})
      return fmt::format("{} to take it", x.ce->text());
    return fmt::format("a slot at {}, where it is {}", x.ce->text(), word(x.facts.state));
  case job_phase::running:
    return x.cancelling ? "the CE to end it" : "its payload to end";
  case job_phase::lost_contact:
    return fmt::format("{} to answer again, or its lease to run out", x.ce->host().text());
  case job_phase::pulling:
    return fmt::format("its output to come from {}", x.ce->host().text());
  default:
    return {};
  }
}

} // namespace

caf::result<explanation> wms_shell::on_why(const why& x) {
  auto job = authorised(x.who, x.job, "explain", gacl::job_act::see);
  if (!job)
    return to_caf(job.why());
  const auto& state = job->state;
  auto live = jobs.find(x.job.text());
  explanation out;
  out.state = word(state.phase);
  out.last_error = state.last_error;
  out.attempt = state.attempt;
  if (state.ce)
    out.ce = state.ce->text();
  if (state.phase == job_phase::idle)
    if (auto found = matching->explain(request_of(job->terms, state.previous)))
      out.now = std::move(*found);
  if (live != jobs.end()) {
    out.waits_for = waits_for(state, &live->second, out.now);
    if (live->second.trouble)
      out.last_error = *live->second.trouble;
    if (state.phase == job_phase::idle)
      out.ahead = shares->ahead_of(live->second.leaf, live->second.order);
  }
  auto leaf = shares->place(job->terms.vo, job->terms.group, job->terms.user);
  out.shares = shares->shares_of(leaf, wall_s());
  return out;
}

caf::result<output_files> wms_shell::on_list_output(const list_output& x) {
  auto job = authorised(x.who, x.job, "list the output of", gacl::job_act::read_output);
  if (!job)
    return to_caf(job.why());
  output_files out;
  out.std_output = job->terms.work.std_output;
  out.std_error = job->terms.work.std_error;
  if (job->state.phase != job_phase::done) {
    if (has_attempt(job->state.phase))
      for (const auto& file : {out.std_output, out.std_error})
        if (!file.empty() && (out.files.empty() || out.files.front().name != file))
          out.files.push_back({file, 0, false});
    return out;
  }
  out.final = true;
  auto promise = self->make_response_promise<caf::typed_response_promise<output_files>>();
  self->request(files, call_timeout, sandbox::list{x.job, side::output})
      .then(
          [promise, out](sandbox::files& found) mutable {
            out.files = std::move(found.all);
            promise.deliver(std::move(out));
          },
          [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

caf::result<chunk> wms_shell::on_read_output(const read_output& x) {
  auto job = authorised(x.who, x.job, "read the output of", gacl::job_act::read_output);
  if (!job)
    return to_caf(job.why());
  const auto& state = job->state;
  if (state.phase == job_phase::done)
    return self->delegate(files, sandbox::get{x.job, side::output, x.file, x.offset, x.size});
  if (!has_attempt(state.phase) || !state.ce)
    return to_caf({errc::illegal_transition,
                   fmt::format("cannot read {} of {}: output files not yet available, it is {}",
                               x.file, x.job.text(), word(state.phase))});
  auto promise = self->make_response_promise<caf::typed_response_promise<chunk>>();
  ce::read_file ask{
      {x.job, state.attempt},
      x.file, x.offset, x.size
  };
  find({role::ce, state.ce->host(), 0}, [=, this](const result<caf::strong_actor_ptr>& ce) mutable {
    if (!ce) {
      promise.deliver(to_caf(ce.why()));
      return;
    }
    self->request(caf::actor_cast<ce_actor>(*ce), call_timeout, ask)
        .then([promise](chunk& piece) mutable { promise.deliver(std::move(piece)); },
              [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  });
  return promise;
}

} // namespace trellis::wms
