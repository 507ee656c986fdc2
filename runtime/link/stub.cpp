#include "runtime/link/stub.hpp"

#include "runtime/link/stub_of.hpp"

namespace trellis::link {

namespace {

struct stub_row {
  role which;
  caf::strong_actor_ptr (*spawn)(caf::actor_system&, gateway_actor, address);
};

constexpr stub_row stubs[] = {
    {role::wms,  wms_stub },
    {role::lb,   lb_stub  },
    {role::ce,   ce_stub  },
    {role::info, info_stub},
    {role::node, node_stub},
    {role::voms, voms_stub},
};

} // namespace

caf::strong_actor_ptr spawn_stub(caf::actor_system& in, gateway_actor gate, address to) {
  for (const auto& row : stubs)
    if (row.which == to.to)
      return row.spawn(in, std::move(gate), std::move(to));
  return nullptr;
}

} // namespace trellis::link
