#pragma once
/// A WMS node on the virtual clock with the real store and post, a supermarket, an L&B that only
/// takes notes, and CEs at other hosts that do what the test says. A power cut may come at any
/// moment.
#include "actors/info/info_actor.hpp"
#include "actors/wms/wms_actor.hpp"
#include "protocols/lb/messages.hpp"
#include "runtime/interfaces/ce.hpp"
#include "runtime/link/post_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "storage/keys.hpp"
#include "storage/memory_engine.hpp"
#include "tests/runtime/deterministic.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include <map>
#include <memory>

namespace trellis::wms {

/// A CE as its WMS sees it: letters in and out in order, calls answered or not.
struct fake_ce {
  host_name host;
  ce_id id;
  bool up = true;
  std::uint64_t connection = 0;
  std::map<std::string, std::uint64_t> seen; // last number by stream
  std::uint64_t next = 1;
  std::vector<link::parcel> unacknowledged;
  std::vector<ce::hand_over> hand_overs;
  std::vector<ce::cancel_attempt> cancels;
  std::vector<ce::token_answer> answers;
  std::vector<ce::release> releases;
  std::uint64_t renewals = 0;
  std::set<ce::attempt_id> unknown;
  std::map<std::string, std::string> files;
  std::uint64_t serial = 0;

  bool take(const link::parcel& x) {
    auto& last = seen[x.incarnation];
    if (x.number <= last)
      return true;
    if (x.number != last + 1)
      return false;
    last = x.number;
    if (x.type == crossing_of<ce::hand_over>().id)
      hand_overs.push_back(*wire::decode<ce::hand_over>(x.body));
    else if (x.type == crossing_of<ce::cancel_attempt>().id)
      cancels.push_back(*wire::decode<ce::cancel_attempt>(x.body));
    else if (x.type == crossing_of<ce::token_answer>().id)
      answers.push_back(*wire::decode<ce::token_answer>(x.body));
    else if (x.type == crossing_of<ce::release>().id)
      releases.push_back(*wire::decode<ce::release>(x.body));
    return true;
  }

  const ce::hand_over& last() const { return hand_overs.back(); }
};

struct small_grid : deterministic {
  host_name here = *host_name::parse("cern.example");
  std::unique_ptr<storage::memory_engine> engine = std::make_unique<storage::memory_engine>();
  node_context ctx;
  post_actor post;
  wms_router broker;
  info::info_keeper market;
  wms_config config;
  std::map<std::string, fake_ce> ces;
  std::map<std::string, caf::strong_actor_ptr> served;
  std::uint64_t arrivals = 0; // at the L&B, which keeps its events in rows of its own
  std::set<job_id> registered_jobs;
  bool lb_up = true;
  principal alice = person("/DC=example/CN=alice"), bob = person("/DC=example/CN=bob");
  principal boss = person("/DC=example/CN=boss");
  std::uint64_t requests = 0;

  small_grid() {
    config.sandbox = memory_sandboxes();
    config.jdl.default_vo = "atlas";
    config.allowed_skew = std::chrono::seconds{300};
    config.renew_every = std::chrono::seconds{60};
    boss.capabilities = {"operator"};
    boot();
  }

  ~small_grid() { halt(); }

  /// An actor that waits for the store hears nothing else, also not its end: it gives up at its
  /// time-out, which has to come before the clock is emptied.
  void halt() {
    for (auto& x : kept)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    advance(std::chrono::seconds{61});
    stop();
  }

  static principal person(std::string dn) {
    principal out;
    out.kind = principal_kind::local_user;
    out.subject = std::move(dn);
    out.vo = "atlas";
    out.fqans = {"/atlas"};
    return out;
  }

  // --- the node ----------------------------------------------------------------------------------

  directory_actor::behavior_type directory() {
    return {
        [this](const directory::find& x) -> caf::result<directory::found> {
          auto found = served.find(text(x.who));
          if (found == served.end())
            return to_caf({errc::no_such_address, text(x.who) + " is not here"});
          return directory::found{found->second};
        },
        [this](const directory::serve& x) {
          served[text(address{x.which, here, 0})] = x.handle;
          return directory::serving{};
        },
    };
  }

  lb_actor::behavior_type bookkeeping(lb_actor::pointer self) {
    auto no = [] { return to_caf({errc::not_found, "not here"}); };
    return {
        [this](const lb::register_job& x) -> caf::result<lb::registered> {
          if (!lb_up)
            return to_caf({errc::site_unreachable, "no link to the L&B server"});
          registered_jobs.insert(x.first.job);
          return lb::registered{};
        },
        [this, self](const letter<lb::log>& x) -> caf::result<received> {
          store::step s;
          s.accept(x.from);
          for (const auto& event : x.what.events)
            s.put(storage::family::lb_events, storage::be64(++arrivals), wire::encode(event));
          auto promise = self->make_response_promise<caf::typed_response_promise<received>>();
          self->request(ctx.store, std::chrono::seconds{60}, std::move(s))
              .then([promise](const store::committed&) mutable { promise.deliver(received{}); },
                    [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
          return promise;
        },
        [](const lb::log&) { return lb::logged{}; },
        [no](const lb::get_status&) -> caf::result<lb::job_status> { return no(); },
        [no](const lb::list_jobs&) -> caf::result<lb::job_list> { return no(); },
        [no](const lb::count_jobs&) -> caf::result<lb::job_counts> { return no(); },
        [no](const lb::get_events&) -> caf::result<lb::event_list> { return no(); },
        [no](const lb::watch&) -> caf::result<lb::changes> { return no(); },
    };
  }

  ce_actor::behavior_type element(const std::string& host) {
    auto got = [] { return received{}; };
    return {
        [got](const letter<ce::hand_over>&) { return got(); },
        [got](const letter<ce::cancel_attempt>&) { return got(); },
        [got](const letter<ce::token_answer>&) { return got(); },
        [got](const letter<ce::release>&) { return got(); },
        [this, host](const ce::renew_leases& x) -> caf::result<ce::leases_renewed> {
          auto& ce = ces.at(host);
          if (!ce.up)
            return to_caf({errc::site_unreachable, "no link to " + host});
          ++ce.renewals;
          ce::leases_renewed out;
          for (const auto& attempt : x.attempts)
            if (ce.unknown.contains(attempt))
              out.unknown.push_back(attempt);
          return out;
        },
        [this, host](const ce::read_file& x) -> caf::result<chunk> {
          auto& ce = ces.at(host);
          if (!ce.up)
            return to_caf({errc::site_unreachable, "no link to " + host});
          auto found = ce.files.find(x.file);
          if (found == ce.files.end())
            return to_caf({errc::not_found, "there is no file " + x.file});
          chunk out;
          out.offset = x.offset;
          out.bytes = found->second.substr(std::min<std::size_t>(x.offset, found->second.size()),
                                           std::min<std::uint32_t>(x.size, 1000));
          out.crc32 = crc32(out.bytes);
          out.file_size = found->second.size();
          out.last = x.offset + out.bytes.size() >= out.file_size;
          return out;
        },
        [](const ce::list_attempts&) { return ce::attempt_rows{}; },
        [](const ce::drain&) { return ce::drained{}; },
    };
  }

  carrier_actor::behavior_type carrier(const std::string& host) {
    return {[this, host](const post::carry& x) {
      auto& ce = ces.at(host);
      if (!ce.up)
        return;
      post::arrived back{ce.host, ce.connection, {}, {}};
      for (const auto& frame : x.frames)
        if (auto parcel = std::get_if<link::parcel>(&frame)) {
          if (ce.take(*parcel))
            back.acks.push_back({parcel->birth, parcel->incarnation, parcel->to, parcel->number});
        } else if (auto ack = std::get_if<link::ack>(&frame))
          std::erase_if(ce.unacknowledged, [&](const auto& p) { return p.number <= ack->number; });
      if (!back.acks.empty())
        self->send(post, std::move(back));
    }};
  }

  void boot() {
    served.clear();
    storage::identity who{"birth", "incarnation"};
    ctx.host = here;
    ctx.birth = who.birth;
    ctx.incarnation = who.incarnation;
    ctx.rows = engine.get();
    ctx.seed = 2006;
    ctx.simulated = true;
    ctx.clock = node_clock{wall_time{std::chrono::seconds{1'160'000'000}}, steady_time{}};
    ctx.store = keep(spawn_store(system, {engine.get(), who, {}}, true));
    ctx.directory = keep(system.spawn([this](directory_actor::pointer) { return directory(); }));
    auto lb = keep(system.spawn([this](lb_actor::pointer x) { return bookkeeping(x); }));
    served["lb@cern.example"] = caf::actor_cast<caf::strong_actor_ptr>(lb);
    market = keep(system.spawn(info::info, ctx, info::info_config{}));
    served["info@cern.example"] = caf::actor_cast<caf::strong_actor_ptr>(market);
    post = keep(spawn_post(system, ctx));
    broker = keep(system.spawn(wms, ctx, config));
    served["wms@cern.example"] = caf::actor_cast<caf::strong_actor_ptr>(broker);
    run();
    for (auto& [host, ce] : ces) {
      serve_ce(host);
      link_up(ce);
    }
  }

  /// The power goes and comes back: what was not synced is lost.
  void power_cut() {
    halt();
    engine->crash();
    boot();
  }

  // --- CEs ---------------------------------------------------------------------------------------

  void serve_ce(const std::string& host) {
    auto x = keep(system.spawn([=, this](ce_actor::pointer) { return element(host); }));
    served["ce@" + host] = caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  void link_up(fake_ce& ce) {
    ce.up = true;
    auto carry = keep(system.spawn(
        [this, host = ce.host.text()](carrier_actor::pointer) { return carrier(host); }));
    ++ce.connection;
    std::vector<link::inbox_mark> marks;
    for (const auto& [incarnation, last] : ce.seen)
      marks.push_back({
          "birth", incarnation, {role::ce, ce.host, 0},
            last
      });
    self->send(post, post::peer_up{ce.host, ce.connection, carry, "ce birth", "ce inc", marks});
    run();
    self->send(post, post::arrived{ce.host, ce.connection, ce.unacknowledged, {}});
    run();
  }

  void link_down(fake_ce& ce) {
    ce.up = false;
    self->send(post, post::peer_down{ce.host, ce.connection});
    run();
  }

  fake_ce& add_ce(const std::string& name, int slots, const std::string& more = "") {
    auto host = *host_name::parse(name);
    auto& ce = ces[name];
    ce.host = host;
    ce.id = *ce_id::make(host, 8443, "fork", "short");
    serve_ce(name);
    link_up(ce);
    advertise(ce, slots, more);
    return ce;
  }

  void advertise(fake_ce& ce, int free, const std::string& more = "", int waiting = 0) {
    info::advertise x;
    x.ce = ce.id;
    x.serial = ++ce.serial;
    x.time_left = std::chrono::hours{1};
    x.ad = fmt::format(R"([ GlueCEUniqueID = "{}"; GlueCEInfoHostName = "{}";
      GlueCEStateStatus = "Production"; GlueCEStateFreeJobSlots = {}; GlueCEStateWaitingJobs = {};
      GlueCEStateTotalJobs = 0; GlueCEPolicyMaxTotalJobs = 0; GlueCEStateEstimatedResponseTime = 0;
      GlueCEAccessControlBaseRule = {{"VO:atlas"}}; {} ])",
                       ce.id.text(), ce.host.text(), free, waiting, more);
    BOOST_REQUIRE(ask<info::advertised>(market, x));
  }

  template <class T>
  void letter_from(fake_ce& ce, const T& what) {
    link::parcel p{
        "ce birth",          "ce inc",          {role::wms, here, 0},
                            ce.next++,
        crossing_of<T>().id, wire::encode(what)
    };
    ce.unacknowledged.push_back(p);
    if (ce.up)
      self->send(post, post::arrived{ce.host, ce.connection, {p}, {}});
    advance(std::chrono::milliseconds{100});
  }

  void report(fake_ce& ce, ce::attempt_id attempt, ce::attempt_state state,
              ce::failure_class why = ce::failure_class::none,
              std::vector<sandbox_file> output = {}) {
    ce::attempt_facts facts;
    facts.state = state;
    facts.at = ce::moment{std::chrono::seconds{1'160'000'100}};
    facts.failure = why;
    facts.local_id = "17";
    facts.worker_node = "wn1." + ce.host.text();
    facts.output = std::move(output);
    facts.exit_code = state == ce::attempt_state::done_ok ? 0 : -1;
    if (state == ce::attempt_state::done_failed)
      facts.reason = "it failed";
    letter_from(ce, report_of(attempt, facts));
  }

  static wms::report report_of(ce::attempt_id attempt, ce::attempt_facts facts) {
    return {std::move(attempt), std::move(facts)};
  }

  // --- users -------------------------------------------------------------------------------------

  result<submitted> try_submit(const std::string& jdl, const principal& who, std::string request) {
    submit x;
    x.who = who;
    x.request = std::move(request);
    x.jdl = jdl;
    return ask<submitted>(broker, x);
  }

  job_id submit_job(const std::string& jdl = R"([ Executable = "/bin/hostname"; ])") {
    auto x = try_submit(jdl, alice, fmt::format("request {}", ++requests));
    BOOST_REQUIRE_MESSAGE(x, (x ? "" : x.why().text));
    return x->job;
  }

  job_state row(const job_id& job) {
    auto x = storage::wms_jobs::load_state(*engine, "atlas", job);
    BOOST_REQUIRE(x);
    return *x;
  }

  job_phase phase(const job_id& job) { return row(job).phase; }

  result<cancel_taken> cancel_job(const job_id& job, const principal& who) {
    return ask<cancel_taken>(broker, cancel{who, job, {}});
  }

  /// The words of the events of a job at the L&B, in the order in which they came.
  std::string history(const job_id& job) const {
    static constexpr std::string_view words[]
        = {"RegJob",   "Transfer",      "Accepted",        "Refused",   "EnQueued",
           "DeQueued", "HelperCall",    "HelperReturn",    "Match",     "Pending",
           "Running",  "ReallyRunning", "Suspend",         "Resume",    "Resubmission",
           "Done",     "Cancel",        "Abort",           "Clear",     "Purge",
           "UserTag",  "ResourceUsage", "CollectionState", "ChangeACL", "Sandbox",
           "CurDescr", "Remark"};
    std::string out = registered_jobs.contains(job) ? "RegJob" : "";
    auto read = engine->scan(storage::family::lb_events, "", "", [&](auto, std::string_view value) {
      if (auto x = wire::decode<lb::event>(value); x && x->job == job)
        out += ' ' + std::string{words[x->what.index()]};
      return true;
    });
    BOOST_TEST(bool(read));
    return out;
  }

  std::size_t count(const job_id& job, std::string_view word) const {
    std::size_t n = 0;
    auto all = ' ' + history(job) + ' ';
    auto one = ' ' + std::string{word} + ' ';
    for (auto at = all.find(one); at != all.npos; at = all.find(one, at + 1))
      ++n;
    return n;
  }
};

} // namespace trellis::wms
