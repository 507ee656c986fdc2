#pragma once
/// A WMS at cern.example and a CE at ral.example in one actor system with a virtual clock, joined
/// by the simulated link: every frame is encoded by one gateway and decoded by the other.
#include "runtime/interfaces/crossings.hpp"
#include "runtime/link/links.hpp"
#include "runtime/log/log.hpp"
#include "runtime/simulation/network.hpp"
#include "tests/runtime/deterministic.hpp"

#include <caf/typed_event_based_actor.hpp>

BOOST_TEST_DONT_PRINT_LOG_VALUE(trellis::errc)

namespace trellis::link {

using namespace std::chrono_literals;

inline host_name host(std::string_view text) { return *host_name::parse(text); }

inline principal alice(std::string vo = "biomed") {
  principal who;
  who.kind = principal_kind::local_user;
  who.issuer = "somewhere.example";
  who.subject = "/CN=alice";
  who.vo = std::move(vo);
  who.capabilities = {"operator"};
  return who;
}

inline ce::attempt_id some_attempt() { return {job_id::make(host("lb.example"), 9000, {}), 1}; }

/// Answers with what it was asked: the host as an unknown attempt's job, the principal as a reason.
struct sample_ce_shell {
  static inline const char* name = "sample_ce";
};

inline ce_actor::behavior_type sample_ce(ce_actor::stateful_pointer<sample_ce_shell> self,
                                         int* asked) {
  return {
      [](letter<ce::hand_over>&) { return received{}; },
      [](letter<ce::cancel_attempt>&) { return received{}; },
      [](letter<ce::token_answer>&) { return received{}; },
      [](letter<ce::release>&) { return received{}; },
      [self, asked](ce::renew_leases& x) -> caf::result<ce::leases_renewed> {
        ++*asked;
        if (x.wms.text() == "bad.example")
          return to_caf({errc::illegal_transition, "no lease of " + x.wms.text()});
        if (x.wms.text() == "never.example")
          return self->make_response_promise<ce::leases_renewed>();
        return ce::leases_renewed{x.attempts};
      },
      [](ce::read_file& x) {
        return chunk{x.offset, std::string(x.size, 'x'), 0, x.size, true};
      },
      [asked](ce::list_attempts& x) {
        ++*asked;
        ce::attempt_row row;
        row.attempt = some_attempt();
        row.facts.reason = x.who.issuer + " " + x.who.subject
                           + (x.who.capabilities.empty() ? "" : " " + x.who.capabilities[0]);
        return ce::attempt_rows{{row}};
      },
      [](ce::drain&) { return ce::drained{}; },
  };
}

/// Records what the gateways tell it.
struct heard {
  std::vector<post::peer_up> up;
  std::vector<post::peer_down> down;
  std::vector<post::arrived> arrived;
};

struct sample_post_shell {
  static inline const char* name = "sample_post";
};

inline post_actor::behavior_type sample_post(post_actor::stateful_pointer<sample_post_shell>,
                                             heard* to, std::vector<inbox_mark> marks) {
  return {
      [](post::committed_letters&) {},
      [to](post::peer_up& x) { to->up.push_back(std::move(x)); },
      [to](post::peer_down& x) { to->down.push_back(std::move(x)); },
      [to](post::arrived& x) { to->arrived.push_back(std::move(x)); },
      [marks](post::get_marks&) { return post::marks{marks}; },
      [](post::get_depths) { return post::depths{}; },
  };
}

/// Keeps what a gateway says, for frames made by hand.
struct tape : connection {
  std::vector<frame> said;
  std::string closed;

  bool send(std::string bytes, urgency) override {
    said.emplace_back();
    return wire::read(bytes, said.back());
  }

  void taken(std::size_t) override {}

  void close(std::string_view why) override { closed = why; }
};

struct two_nodes : deterministic {
  log::collector log;
  host_name cern = host("cern.example"), ral = host("ral.example");
  simulation::network net{system, 2006};
  int asked = 0;
  heard at_cern_post, at_ral_post;
  link_directory_actor cern_names = keep(spawn_directory(system, cern));
  link_directory_actor ral_names = keep(spawn_directory(system, ral));
  ce_actor local = keep(system.spawn(sample_ce, &asked));
  gateway_actor at_cern, at_ral;
  ce_actor remote;

  explicit two_nodes(std::chrono::microseconds skew = {}, std::uint32_t credit = 1024) {
    auto wall = wall_time{} + std::chrono::hours{24 * 365 * 40};
    auto now = system.clock().now();
    links_config c, r;
    c.peers = {
        {ral, "RAL", {role::ce}, {}, false}
    };
    c.roles = {role::wms, role::lb};
    r.peers = {
        {cern, "CERN", {role::wms, role::lb}, {"biomed"}, false}
    };
    r.roles = {role::ce};
    r.credit = credit;
    at_cern = gate(context(cern, {wall, now}, cern_names), cern_names, c, &at_cern_post);
    auto off = std::make_shared<std::chrono::microseconds>(skew);
    at_ral = gate(context(ral, {wall, now, off}, ral_names), ral_names, r, &at_ral_post);
    serve(ral_names, role::ce, local);
    net.attach(cern, ral, at_cern);
    net.attach(ral, cern, at_ral);
    net.connect_all();
    advance(200ms);
    remote = *find<ce_actor>({role::ce, ral, 0});
  }

  static node_context context(const host_name& at, node_clock clock, directory_actor names) {
    node_context ctx;
    ctx.host = at;
    ctx.site = at.text();
    ctx.birth = "birth-of-" + at.text();
    ctx.incarnation = "first";
    ctx.directory = names;
    ctx.clock = clock;
    ctx.simulated = true;
    return ctx;
  }

  gateway_actor gate(const node_context& ctx, const link_directory_actor& names,
                     const links_config& config, heard* to) {
    std::vector<inbox_mark> marks{
        {"birth", "first", {role::wms, ctx.host, 0}, 7}
    };
    auto mail = keep(system.spawn(sample_post, to, marks));
    auto gates = spawn_gateways(system, ctx, names, config, mail);
    return keep(gates.begin()->second);
  }

  template <class A>
  void serve(const link_directory_actor& names, role which, const A& who) {
    auto handle = caf::actor_cast<caf::strong_actor_ptr>(who);
    BOOST_REQUIRE(bool(ask<directory::serving>(names, directory::serve{which, 0, handle}, 1ms)));
  }

  template <class A>
  result<A> find(address who) {
    auto found = ask<directory::found>(cern_names, directory::find{who}, 1ms);
    if (!found)
      return found.why();
    return keep(caf::actor_cast<A>(found->handle));
  }

  result<ce::leases_renewed> renew(std::string_view from = "cern.example",
                                   caf::timespan wait = 1s) {
    return ask<ce::leases_renewed>(remote, ce::renew_leases{host(from), {}, 1800s}, wait);
  }

  hello hello_of_cern() {
    hello x;
    x.host = cern;
    x.roles = {role::wms, role::lb};
    x.birth = x.incarnation = "x";
    x.wall = wall_time{} + std::chrono::hours{24 * 365 * 40};
    return x;
  }

  /// A connection to the gateway at RAL whose other end we play ourselves.
  std::shared_ptr<tape> by_hand(std::uint64_t number, std::optional<hello> first) {
    auto t = std::make_shared<tape>();
    caf::anon_send(at_ral, link_up{number, t, "in", "test"});
    if (first)
      say(number, *first);
    scheduler.run();
    return t;
  }

  void say(std::uint64_t number, frame f) {
    caf::anon_send(at_ral, arrived{number, wire::encode(message{std::move(f)})});
    scheduler.run();
  }

  /// What the gateway at RAL answers to one call.
  error told(call c) {
    auto t = by_hand(99, hello_of_cern());
    say(99, std::move(c));
    auto why = std::get_if<failure>(&t->said.back());
    return why ? why->why : error{errc::none, "answered"};
  }
};

} // namespace trellis::link
