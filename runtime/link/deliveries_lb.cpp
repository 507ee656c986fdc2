#include "runtime/interfaces/lb.hpp"
#include "runtime/link/deliveries_of.hpp"

namespace trellis::link {

delivery_rows lb_deliveries() { return rows_of<role::lb, lb_actor>(); }

} // namespace trellis::link
