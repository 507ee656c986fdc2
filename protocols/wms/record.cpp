#include "protocols/wms/record.hpp"

namespace trellis::wms {

std::string_view word(job_phase x) {
  switch (x) {
  case job_phase::registering:
    return "registering";
  case job_phase::registered:
    return "registered";
  case job_phase::idle:
    return "idle";
  case job_phase::handed_over:
    return "handed over";
  case job_phase::running:
    return "running";
  case job_phase::lost_contact:
    return "lost contact";
  case job_phase::pulling:
    return "fetching output";
  case job_phase::done:
    return "done";
  case job_phase::aborted:
    return "aborted";
  case job_phase::cancelled:
    return "cancelled";
  case job_phase::cleared:
    return "cleared";
  }
  return "?";
}

} // namespace trellis::wms
