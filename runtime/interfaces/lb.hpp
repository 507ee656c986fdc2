#pragma once
/// Logging & Bookkeeping: what its actor understands, and what of it may cross nodes.
#include "protocols/lb/messages.hpp"
#include "runtime/interfaces/base.hpp"

namespace trellis {

using lb_actor = caf::typed_actor<
    asked<lb::register_job, lb::registered>, // a job's first event, on disk before the answer
    posted<lb::log>,                         // events from another node, or of a step of this one
    asked<lb::log, lb::logged>,              // events of a producer that waits, and users' tags
    asked<lb::get_status, lb::job_status>,   // where a job is
    asked<lb::list_jobs, lb::job_list>,      // one's jobs
    asked<lb::count_jobs, lb::job_counts>,   // how many in which state
    asked<lb::get_events, lb::event_list>,   // a job's history
    asked<lb::watch, lb::changes>>;          // wait for news

inline constexpr crossing lb_crossings[] = {
    may_cross<lb::register_job>(0x0201, role::lb, roles(role::wms)),
    may_cross<lb::log>(0x0202, role::lb, roles(role::wms, role::ce) | users),
    may_cross<lb::get_status>(0x0203, role::lb, roles(role::wms) | users),
    may_cross<lb::list_jobs>(0x0204, role::lb, users),
    may_cross<lb::count_jobs>(0x0205, role::lb, users),
    may_cross<lb::get_events>(0x0206, role::lb, roles(role::wms) | users),
    may_cross<lb::watch>(0x0207, role::lb, users),
};

namespace lb {
template <class Message>
constexpr std::span<const crossing> table_for(const Message*) {
  return lb_crossings;
}
} // namespace lb

} // namespace trellis
