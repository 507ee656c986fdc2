#pragma once
/// One actor system on CAF's test coordinator: one thread, a virtual clock that the test moves, and
/// messages that run when the test says so. Nothing sleeps.
#include "protocols/base/result.hpp"
#include "runtime/interfaces/base.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <vector>

namespace trellis {

struct deterministic_config : caf::actor_system_config {
  deterministic_config() { set("scheduler.policy", caf::atom("testing")); }
};

struct deterministic {
  deterministic_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler
      = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  caf::scoped_actor self{system, true};
  std::vector<caf::strong_actor_ptr> kept;

  ~deterministic() { stop(); }

  /// Ends everything that was kept; a timer that re-arms itself would hang the system's end.
  void stop() {
    for (auto& x : std::exchange(kept, {}))
      caf::anon_send_exit(x, caf::exit_reason::kill);
    scheduler.run();
    scheduler.clock().cancel_all();
    scheduler.run();
  }

  template <class Actor>
  Actor keep(Actor x) {
    kept.push_back(caf::actor_cast<caf::strong_actor_ptr>(x));
    return x;
  }

  void run() { scheduler.run(); }

  /// Fires timers one by one in the order of time, draining after each.
  void advance(caf::timespan d) {
    auto end = scheduler.clock().now() + d;
    scheduler.run();
    while (scheduler.has_pending_timeout() && scheduler.clock().schedule().begin()->first <= end) {
      scheduler.clock().trigger_timeout();
      scheduler.run();
    }
    scheduler.clock().current_time = end;
  }

  /// Asks, lets `wait` go by, and takes the answer. No answer is an error of code none.
  template <class Response, class Actor, class Request>
  result<Response> ask(const Actor& to, Request x, caf::timespan wait = std::chrono::seconds{1}) {
    result<Response> out = error{errc::none, "no answer"};
    auto request = self->request(to, caf::infinite, std::move(x));
    advance(wait);
    if (self->has_next_message()) // a receive with nothing queued would block for ever
      request.receive([&](Response& y) { out = std::move(y); },
                      [&](const caf::error& e) { out = from_caf(e); });
    return out;
  }
};

} // namespace trellis
