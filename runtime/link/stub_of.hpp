#pragma once
/// Makes a stub from an interface. For stub_<role>.cpp alone.
#include "runtime/link/clauses.hpp"
#include "runtime/link/stub.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis::link {

template <class Response>
result<caf::message> read_answer(std::string_view body) {
  auto x = wire::decode<Response>(body, {16, 1u << 20});
  if (!x)
    return x.why();
  return caf::make_message(std::move(*x));
}

template <class Request, class Response, class Self>
auto forward(Self* self, const caf::actor& gate, const address& to, clause<Request, Response>) {
  return [self, gate, to](const Request& x) -> caf::result<Response> {
    constexpr auto row = crossing_of<Request>();
    if constexpr (is_letter<Request>)
      return to_caf({errc::not_remote, "a letter to another node goes through the outbox"});
    else if constexpr (row.id == 0)
      return to_caf({errc::not_remote, "this message does not leave its node"});
    else {
      outgoing out;
      out.what.to = to;
      out.what.type = row.id;
      out.what.body = wire::encode(x);
      if constexpr (!std::is_void_v<Response>)
        out.read = read_answer<Response>;
      self->delegate(gate, std::move(out));
      return caf::delegated<Response>{};
    }
  };
}

template <class Interface>
typename Interface::behavior_type stub(typename Interface::pointer self, gateway_actor to_gate,
                                       address to) {
  auto gate
      = caf::actor_cast<caf::actor>(to_gate); // its answer has the type that the call asks for
  return [&]<class... Cs>(clauses<Cs...>) -> typename Interface::behavior_type {
    return {forward(self, gate, to, Cs{})...};
  }(typename clauses_of<Interface>::type{});
}

template <class Interface>
caf::strong_actor_ptr spawn_stub_of(caf::actor_system& in, gateway_actor gate, address to) {
  return caf::actor_cast<caf::strong_actor_ptr>(
      in.spawn(stub<Interface>, std::move(gate), std::move(to)));
}

caf::strong_actor_ptr wms_stub(caf::actor_system& in, gateway_actor gate, address to);
caf::strong_actor_ptr lb_stub(caf::actor_system& in, gateway_actor gate, address to);
caf::strong_actor_ptr ce_stub(caf::actor_system& in, gateway_actor gate, address to);
caf::strong_actor_ptr info_stub(caf::actor_system& in, gateway_actor gate, address to);
caf::strong_actor_ptr node_stub(caf::actor_system& in, gateway_actor gate, address to);
caf::strong_actor_ptr voms_stub(caf::actor_system& in, gateway_actor gate, address to);

} // namespace trellis::link
