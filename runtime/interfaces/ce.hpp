#pragma once
/// Computing element: what its actor understands, and what of it may cross nodes.
#include "protocols/ce/messages.hpp"
#include "runtime/interfaces/base.hpp"

namespace trellis {

using ce_actor = caf::typed_actor<posted<ce::hand_over>,      // a new attempt
                                  posted<ce::cancel_attempt>, // end it
                                  posted<ce::token_answer>,   // the payload may start, or not
                                  posted<ce::release>,        // its files may go
                                  asked<ce::renew_leases, ce::leases_renewed>, // the WMS is alive
                                  asked<ce::read_file, chunk>, // a piece of the output
                                  asked<ce::list_attempts, ce::attempt_rows>, // an operator looks
                                  asked<ce::drain, ce::drained>>; // an operator stops new attempts

inline constexpr crossing ce_crossings[] = {
    may_cross<ce::hand_over>(0x0301, role::ce, roles(role::wms)),
    may_cross<ce::cancel_attempt>(0x0302, role::ce, roles(role::wms)),
    may_cross<ce::token_answer>(0x0303, role::ce, roles(role::wms)),
    may_cross<ce::release>(0x0304, role::ce, roles(role::wms)),
    may_cross<ce::renew_leases>(0x0305, role::ce, roles(role::wms)),
    may_cross<ce::read_file>(0x0306, role::ce, roles(role::wms)),
    may_cross<ce::list_attempts>(0x0307, role::ce, users),
    may_cross<ce::drain>(0x0308, role::ce, users),
};

namespace ce {
template <class Message>
constexpr std::span<const crossing> table_for(const Message*) {
  return ce_crossings;
}
} // namespace ce

} // namespace trellis
