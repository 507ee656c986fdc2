#pragma once
/// One L&B server with its store in memory, on a virtual clock, and the people and nodes that ask
/// it.
#include "actors/lb/lb_actor.hpp"
#include "protocols/lb/event_table.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/store_actor.hpp"
#include "storage/audit.hpp"
#include "storage/memory_engine.hpp"
#include "tests/actors/lb/stories.hpp"
#include "tests/runtime/deterministic.hpp"

#include <caf/event_based_actor.hpp>

namespace trellis::lb {
inline std::ostream& operator<<(std::ostream& out, job_state x) { return out << word(x); }
} // namespace trellis::lb

namespace trellis {
inline std::ostream& operator<<(std::ostream& out, errc x) { return out << word(x); }
} // namespace trellis

namespace trellis::lb::tests {

using namespace std::chrono_literals;

inline host_name host(std::string_view x) { return *host_name::parse(x); }

inline principal person(std::string subject) {
  principal out;
  out.kind = principal_kind::local_user;
  out.subject = std::move(subject);
  out.vo = "biomed";
  return out;
}

inline principal node(std::string subject) {
  auto out = person(std::move(subject));
  out.kind = principal_kind::node;
  return out;
}

inline const auto alice = person("/DC=example/CN=alice");
inline const auto bob = person("/DC=example/CN=bob");
inline const auto wms = node("wms.example");
inline const auto here = node("cern.example");

inline principal make_operator() {
  auto out = person("/DC=example/CN=root");
  out.capabilities = {"operator"};
  return out;
}

/// One L&B server with a store in memory, on a virtual clock.
struct server : deterministic {
  storage::memory_engine engine;
  lb_config config;
  store_actor store;
  lb_actor lb;
  teller t;
  std::uint64_t letter_number = 0;

  server() {
    config.peers[host("wms.example")] = roles(role::wms);
    config.peers[host("ral.example")] = roles(role::ce);
    config.peers[host("ce1.ral.example")] = roles(role::ce);
    start();
  }

  ~server() { stop(); }

  void start() {
    store = spawn_store(system,
                        {
                            &engine, {"birth",                        "one"},
                             {                              }
    },
                        true);
    node_context ctx;
    ctx.host = host("cern.example");
    ctx.rows = &engine;
    ctx.store = store;
    ctx.clock = node_clock{wall_time{1'000'000s}, scheduler.clock().now()};
    ctx.simulated = true;
    lb = spawn_lb(system, ctx, config);
    scheduler.run();
  }

  void stop() {
    caf::anon_send_exit(lb, caf::exit_reason::kill);
    caf::anon_send_exit(store, caf::exit_reason::kill);
    scheduler.run();
    scheduler.clock().cancel_all();
    scheduler.run();
  }

  /// A power cut, and up again.
  void crash() {
    caf::anon_send_exit(lb, caf::exit_reason::kill);
    caf::anon_send_exit(store, caf::exit_reason::kill);
    scheduler.run();
    engine.crash();
    start();
  }

  /// Sends now; the answer is there when the scheduler has run far enough.
  template <class R, class M>
  std::shared_ptr<std::optional<result<R>>> asking(M message) {
    auto out = std::make_shared<std::optional<result<R>>>();
    system.spawn(
        [out, to = lb, message = std::move(message)](caf::event_based_actor* self) mutable {
          self->request(to, caf::infinite, std::move(message))
              .then([out](R& x) { out->emplace(std::move(x)); },
                    [out](const caf::error& e) { out->emplace(from_caf(e)); });
        });
    return out;
  }

  template <class R, class M>
  result<R> ask(M message) {
    auto out = asking<R>(std::move(message));
    scheduler.run();
    BOOST_REQUIRE_MESSAGE(out->has_value(), "no answer");
    return std::move(**out);
  }

  template <class R, class M>
  R good(M message) {
    auto out = ask<R>(std::move(message));
    BOOST_REQUIRE_MESSAGE(out, (out ? "" : out.why().text));
    return std::move(*out);
  }

  void registered(teller& who) {
    good<lb::registered>(lb::register_job{person(who.owner), who.registration()});
  }

  result<lb::logged> log(const principal& who, std::vector<lb::event> events) {
    return ask<lb::logged>(lb::log{who, std::move(events)});
  }

  letter<lb::log> letter_from(std::string_view from, std::vector<lb::event> events) {
    stream s{
        host(from), "b", "i", {role::lb, host("cern.example")}
    };
    return {
        {s,    ++letter_number  },
        {here, std::move(events)}
    };
  }

  lb::job_status status(const principal& who = alice) {
    return good<lb::job_status>(lb::get_status{who, t.job});
  }

  std::size_t events_stored() {
    return good<lb::event_list>(lb::get_events{alice, t.job, 0, 1000}).events.size();
  }

  std::vector<storage::audit_entry> audited() { return *storage::audit_entries(engine, {}, 1000); }
};

inline lb::event match_of(teller& t, const char* code = "NS=4 WM=3") {
  return t.said(source::workload_manager, code, lb::match{ce_name(1)}); // at ce1.ral.example
}

inline lb::event running_of(teller& t, const char* code = "NS=4 WM=5 JSS=3 LRMS=1") {
  return t.said(source::lrms, code, lb::running{"worker1"});
}

} // namespace trellis::lb::tests
