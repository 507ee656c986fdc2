#pragma once
/// Workload management: what its actor understands, and what of it may cross nodes.
#include "protocols/wms/messages.hpp"
#include "runtime/interfaces/base.hpp"

namespace trellis {

using wms_actor = caf::typed_actor<
    asked<wms::submit, wms::submitted>,           // register a job, and start it
    asked<wms::put_input, wms::input_taken>,      // a piece of an input file
    asked<wms::start, wms::started>,              // a registered job may run
    asked<wms::cancel, wms::cancel_taken>,        // the user wants it no more
    asked<wms::list_match, wms::matches>,         // which CEs would take it
    asked<wms::why, wms::explanation>,            // what it waits for
    asked<wms::list_output, wms::output_files>,   // what output there is
    asked<wms::read_output, chunk>,               // a piece of it, also while it runs
    asked<wms::purge, wms::purged>,               // the output was fetched
    posted<wms::report>,                          // a CE: an attempt took a step
    posted<wms::ask_token>,                       // a CE: may the payload start?
    asked<wms::read_input, chunk>,                // a CE: a piece of an input file
    asked<wms::inventory, wms::inventory_answer>, // a CE: what it holds; which are stale?
    asked<wms::set_acl, wms::acl_set>,            // who else may see, fetch, cancel it
    asked<wms::get_acl, wms::job_acl>,            // the same, to read
    asked<wms::sign_proxy, wms::signed_proxy>>;   // a CE: a proxy for the payload

inline constexpr crossing wms_crossings[] = {
    may_cross<wms::submit>(0x0101, role::wms, users),
    may_cross<wms::put_input>(0x0102, role::wms, users),
    may_cross<wms::start>(0x0103, role::wms, users),
    may_cross<wms::cancel>(0x0104, role::wms, users),
    may_cross<wms::list_match>(0x0105, role::wms, users),
    may_cross<wms::why>(0x0106, role::wms, users),
    may_cross<wms::list_output>(0x0107, role::wms, users),
    may_cross<wms::read_output>(0x0108, role::wms, users),
    may_cross<wms::purge>(0x0109, role::wms, users),
    may_cross<wms::set_acl>(0x010A, role::wms, users),
    may_cross<wms::get_acl>(0x010B, role::wms, users),
    may_cross<wms::report>(0x0120, role::wms, roles(role::ce)),
    may_cross<wms::ask_token>(0x0121, role::wms, roles(role::ce)),
    may_cross<wms::read_input>(0x0122, role::wms, roles(role::ce)),
    may_cross<wms::inventory>(0x0123, role::wms, roles(role::ce)),
    may_cross<wms::sign_proxy>(0x0124, role::wms, roles(role::ce)),
};

namespace wms {
template <class Message>
constexpr std::span<const crossing> table_for(const Message*) {
  return wms_crossings;
}
} // namespace wms

} // namespace trellis
