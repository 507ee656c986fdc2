#include "runtime/interfaces/node.hpp"
#include "runtime/link/deliveries_of.hpp"

namespace trellis::link {

delivery_rows node_deliveries() { return rows_of<role::node, node_actor>(); }

} // namespace trellis::link
