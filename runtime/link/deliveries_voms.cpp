#include "runtime/interfaces/voms.hpp"
#include "runtime/link/deliveries_of.hpp"

namespace trellis::link {

delivery_rows voms_deliveries() { return rows_of<role::voms, voms_actor>(); }

} // namespace trellis::link
