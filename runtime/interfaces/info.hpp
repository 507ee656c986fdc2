#pragma once
/// Information supermarket: what its actor understands, and what of it may cross nodes.
#include "protocols/info/messages.hpp"
#include "runtime/interfaces/base.hpp"

#include <memory>

namespace trellis::info {

/// All valid advertisements at one moment; never changed once published (actors/info/snapshot.hpp).
class snapshot;

/// A new snapshot, to a subscriber of the same node.
struct news {
  using stays_at_home = void;
  std::shared_ptr<const snapshot> all;
};

} // namespace trellis::info

namespace trellis {

using info_listener = caf::typed_actor<told<info::news>>;

namespace info {

/// From now on every new snapshot is told to `who`, the present one at once.
struct subscribe {
  using stays_at_home = void;
  info_listener who;
};

} // namespace info

using info_actor
    = caf::typed_actor<asked<info::advertise, info::advertised>, // a CE as it is now
                       asked<info::list_ces, info::ce_list>,     // what is known
                       told<info::subscribe>>; // the matchmaker of this node wants snapshots

inline constexpr crossing info_crossings[] = {
    may_cross<info::advertise>(0x0401, role::info, roles(role::ce)),
    may_cross<info::list_ces>(0x0402, role::info, roles(role::wms) | users),
};

namespace info {
template <class Message>
constexpr std::span<const crossing> table_for(const Message*) {
  return info_crossings;
}
} // namespace info

} // namespace trellis
