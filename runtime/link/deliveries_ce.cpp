#include "runtime/interfaces/ce.hpp"
#include "runtime/link/deliveries_of.hpp"

namespace trellis::link {

delivery_rows ce_deliveries() { return rows_of<role::ce, ce_actor>(); }

} // namespace trellis::link
