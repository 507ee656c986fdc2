#include "runtime/interfaces/info.hpp"
#include "runtime/link/deliveries_of.hpp"

namespace trellis::link {

delivery_rows info_deliveries() { return rows_of<role::info, info_actor>(); }

} // namespace trellis::link
