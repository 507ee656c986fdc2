#include "actors/wms/keeping.hpp"

namespace trellis::wms {

keeping due(const keep_settings& keep, const job_state& x, ce::moment now) {
  auto age = now - x.since;
  switch (x.phase) {
  case job_phase::done:
    return age >= keep.output ? keeping::clear : keeping::stay;
  case job_phase::aborted:
  case job_phase::cancelled:
    return age >= keep.ended ? keeping::clear : keeping::stay;
  case job_phase::cleared:
    return age >= keep.cleared ? keeping::forget : keeping::stay;
  default:
    return keeping::stay;
  }
}

} // namespace trellis::wms
