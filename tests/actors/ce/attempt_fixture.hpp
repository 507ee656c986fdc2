#pragma once
/// The CE with a simulated batch system, on the virtual clock: leases, tokens, cancels, restarts.
#include "actors/world/lrms_actor.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/store_actor.hpp"
#include "storage/ce_attempts.hpp"
#include "storage/memory_engine.hpp"
#include "tests/actors/ce/ce_fixture.hpp"
#include "tests/runtime/deterministic.hpp"

namespace trellis {

using namespace std::chrono_literals;

struct a_ce : deterministic {
  a_ce() {
    auto wms = keep(system.spawn(wms_stub, all));
    auto info = keep(system.spawn(info_stub, all));
    directory = keep(system.spawn(directory_stub, wms, info, all));
    lrms_cfg.slots = 2;
    lrms_cfg.line_by_line = true; // every state is seen
    lrms = system.spawn(world::simulated_lrms, lrms_cfg, facts);
    open();
  }

  ~a_ce() {
    stop();
    caf::anon_send_exit(lrms, caf::exit_reason::kill);
    lrms = nullptr;
    deterministic::stop();
  }

  void open() {
    node_context ctx;
    ctx.host = host_of("ral.example");
    ctx.site = "ral";
    ctx.rows = &engine;
    ctx.simulated = true;
    ctx.clock = node_clock{ce::moment{std::chrono::seconds{1'150'000'000}} + away,
                           scheduler.clock().now()};
    ctx.directory = directory;
    ctx.store = own(spawn_store(system,
                                {
                                    &engine, {"birth",                                "inc"},
                                     {                                      }
    },
                                true));
    ce_config cfg;
    cfg.advertise_to = {host_of("cern.example")};
    if (!all->down.empty())
      cfg.advertise_to.push_back(host_of(all->down));
    ce_queue queue;
    queue.name = "short";
    queue.slots = lrms_cfg.slots;
    queue.vos = {"biomed"};
    queue.max_wall = queue.given_wall = 60min;
    queue.given_cpu = 50min;
    queue.batch = [this](caf::local_actor&) { return caf::actor_cast<batch_actor>(lrms); };
    cfg.queues = {queue};
    cfg.trust = trust;
    router = own(system.spawn(computing_element, ctx, cfg));
    ce = caf::actor_cast<ce_actor>(router);
    run();
  }

  template <class Actor>
  Actor own(Actor x) {
    node.push_back(caf::actor_cast<caf::strong_actor_ptr>(x));
    return x;
  }

  void stop() {
    for (auto& x : std::exchange(node, {}))
      caf::anon_send_exit(x, caf::exit_reason::kill);
    ce = nullptr;
    router = nullptr;
    run();
  }

  /// The node dies, what was not synced is lost, and it comes back after `gone`.
  void restart(std::chrono::seconds gone = 1s) {
    stop();
    engine.crash();
    advance(gone);
    away = std::chrono::duration_cast<std::chrono::microseconds>(
        scheduler.clock().now().time_since_epoch());
    open();
  }

  template <class T>
  receipt post(T what) {
    receipt r{
        {host_of("cern.example"), "b", "i", {role::ce, host_of("ral.example"), 0}},
        ++posted_
    };
    post_again(r, std::move(what));
    return r;
  }

  template <class T>
  void post_again(const receipt& r, T what) {
    auto answer = ask<received>(ce, letter<T>{r, std::move(what)}, 1ms);
    BOOST_TEST(bool(answer));
  }

  outbox_reader outbox() const { return {engine}; }

  std::string states(const ce::hand_over& x) const { return outbox().states(x.attempt); }

  ce::attempt_facts last(const ce::hand_over& x) const { return outbox().last(x.attempt); }

  std::string events(const ce::hand_over& x) const {
    std::string out;
    lb::sequence_code before;
    for (const auto& log : outbox().all<lb::log>())
      for (const auto& e : log.events)
        if (e.job == x.attempt.job) {
          BOOST_TEST((e.from == lb::source::lrms));
          BOOST_TEST((before < e.seqcode));
          before = e.seqcode;
          out += name_of_event(e.what) + ";";
        }
    return out;
  }

  static std::string name_of_event(const lb::event_body& x) {
    if (std::holds_alternative<lb::running>(x))
      return "Running";
    if (std::holds_alternative<lb::really_running>(x))
      return "ReallyRunning";
    if (auto* use = std::get_if<lb::resource_usage>(&x))
      return "Usage " + use->resource;
    if (auto* done = std::get_if<lb::done>(&x))
      return "Done " + std::to_string(static_cast<int>(done->status_code));
    if (auto* note = std::get_if<lb::remark>(&x))
      return note->id;
    return "other";
  }

  void renew(std::vector<ce::attempt_id> which, std::chrono::seconds left) {
    auto answer = ask<ce::leases_renewed>(
        ce, ce::renew_leases{host_of("cern.example"), std::move(which), left}, 1ms);
    BOOST_REQUIRE(answer);
    unknown = answer->unknown;
  }

  std::shared_ptr<neighbours> all = std::make_shared<neighbours>();
  std::shared_ptr<world::lrms_facts> facts = std::make_shared<world::lrms_facts>();
  world::lrms_config lrms_cfg;
  lrms_actor lrms;
  directory_actor directory;
  storage::memory_engine engine;
  std::vector<caf::strong_actor_ptr> node;
  ce_router_actor router;
  ce_actor ce;
  std::chrono::microseconds away{0};
  std::vector<ce::attempt_id> unknown;
  std::uint64_t posted_ = 0;
  edge::trust_source trust; // from the next start on
};

inline ce::hand_over sleeper(int seconds, std::uint32_t number = 1, char job = 'A') {
  auto x = a_task(number, job);
  x.what.executable = "/bin/sleep";
  x.what.arguments = std::to_string(seconds);
  return x;
}

inline constexpr auto good_life = "IDLE RUNNING REALLY-RUNNING DONE-OK";

} // namespace trellis
