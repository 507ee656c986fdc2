#include "runtime/interfaces/wms.hpp"
#include "runtime/link/deliveries_of.hpp"

namespace trellis::link {

delivery_rows wms_deliveries() { return rows_of<role::wms, wms_actor>(); }

} // namespace trellis::link
