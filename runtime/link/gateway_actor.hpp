#pragma once
/// The gate to one peer, in both directions: it alone sees the peer's frames. It holds the
/// promises of
/// calls that went out, checks what comes in against the table of crossings and the peer's rights,
/// decodes and delivers it to the actors that the peer may reach.
///
/// Nothing but a hello is taken before the hello of the peer is accepted. When a connection ends,
/// all
/// promises fail at once with `site_unreachable`. An answer goes out only on the connection on
/// which
/// its call came in. Refusals are failure frames to the peer and log lines here.
#include "runtime/link/gateway.hpp"
#include "runtime/link/rights.hpp"
#include "runtime/node/context.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <span>

namespace trellis::link {

struct gateway_config {
  peer_rights peer;
  std::vector<role> roles;     // of this node, for the hello
  std::uint32_t credit = 1024; // calls of the peer that may be open here; more are answered `busy`
  std::size_t max_open = 4096; // calls of ours that may be open there, whatever its credit
  /// A call is given up after this time; too low fails slow answers, too high keeps memory.
  std::chrono::seconds call_limit{60};
  /// From a connection to the peer's hello. Too low: slow peers never get through. Without it a
  /// hello that got lost would leave a link that is open and serves nobody.
  std::chrono::milliseconds hello_limit{30'000};
  std::chrono::milliseconds clocks_shown{5'000};
  /// The same bound as for certificates; beyond it neither leases nor expiries mean anything.
  std::chrono::milliseconds clocks_refused{300'000};
  /// Log lines about refusals a second; the rest is counted.
  std::uint32_t refusal_lines = 20;
};

class gateway_shell {
public:
  static inline const char* name = "gateway";
  using self_ptr = gateway_actor::stateful_pointer<gateway_shell>;

  void start(self_ptr self, node_context ctx, gateway_config config, post_actor post);

  void up(link_up& x);
  void down(const link_down& x);
  void hear(const arrived& x);
  caf::result<carried> ask(outgoing& x);
  void carry(post::carry& x);
  void serve(serves& x);
  void expire();
  void measure_again(const link::measure_again& x);
  void look_for_hello(const link::hello_due& x);
  node::link_row row() const;

  void dial_failed(link::dial_failed& x) { last_error_ = std::move(x.why); }

private:
  struct open_call {
    caf::response_promise promise;
    answer_reader read = nullptr;
    steady_time until;
  };

  enum class stage { down, greeting, ready };

  bool say(const frame& f, urgency how);
  void say_hello(post::marks& of_peer);
  void close(const std::string& why);
  void end(const std::string& why);
  void forget_calls(const std::string& why);
  void refuse(std::uint64_t number, const error& why, std::string_view log_id);

  void take(call& in);
  void take(answer& in);
  void take(failure& in);
  void take(parcel& in);
  void take(ack& in);
  void take(hello& in);
  void take(credit& in);
  void check_clocks(const hello& in);
  void become_ready();
  void hand_to_post();
  void deliver(call& in, passage how, const caf::strong_actor_ptr& target);
  std::optional<error> may_go(const outgoing& x) const;
  void arm();
  error unreachable() const;

  self_ptr self_ = nullptr;
  node_context ctx_;
  gateway_config config_;
  post_actor post_;
  std::map<std::pair<role, std::uint32_t>, caf::strong_actor_ptr> served_;

  // of the present connection
  std::shared_ptr<connection> via_;
  std::uint64_t connection_ = 0;
  stage stage_ = stage::down;
  bool said_hello_ = false;
  std::optional<hello> peer_;
  std::shared_ptr<const peer_rights> rights_; // after the hello
  bool clocks_apart_ = false;
  std::uint32_t peer_credit_ = 0;
  std::uint32_t serving_ = 0; // calls of the peer that actors here still work on
  post::arrived for_post_;

  // over all connections
  std::map<std::uint64_t, open_call> open_;
  std::uint64_t last_number_ = 0;
  bool armed_ = false;
  std::uint64_t frames_in_ = 0, frames_out_ = 0;
  std::chrono::milliseconds clock_difference_{0};
  std::string direction_, remote_, last_error_;
  steady_time since_{};
  steady_time lines_since_{};
  std::uint32_t lines_ = 0, unsaid_lines_ = 0;
};

gateway_actor::behavior_type gateway(gateway_shell::self_ptr self, node_context ctx,
                                     gateway_config config, post_actor post);

} // namespace trellis::link
