#include "runtime/interfaces/voms.hpp"
#include "runtime/link/stub_of.hpp"

namespace trellis::link {

caf::strong_actor_ptr voms_stub(caf::actor_system& in, gateway_actor gate, address to) {
  return spawn_stub_of<voms_actor>(in, std::move(gate), std::move(to));
}

} // namespace trellis::link
