#pragma once
/// The VOMS server of a node: operators change its VOs, visitors of the front get attribute
/// certificates, other nodes hear what is taken back of them.
#include "protocols/gsi/certificate.hpp"
#include "protocols/voms/admin.hpp"
#include "protocols/voms/messages.hpp"
#include "protocols/voms/withdrawn.hpp"
#include "runtime/interfaces/base.hpp"

#include <functional>

namespace trellis::voms {

/// Somebody with a verified certificate asks for attributes; answered once, from any thread.
struct ask {
  using stays_at_home = void;
  std::optional<gsi::certificate> certificate;  // of the end entity, never of a proxy
  std::optional<std::vector<std::string>> most; // FQANs that the proxy in use already has
  request what;
  std::function<void(reply)> answer;
};

} // namespace trellis::voms

namespace trellis {

using voms_actor = caf::typed_actor<asked<voms::change, voms::changed>,       // of VOs and members
                                    asked<voms::list_vos, voms::vo_list>,     // which there are
                                    asked<voms::list_users, voms::user_list>, // members of one
                                    asked<voms::list_fqans, voms::fqan_list>, // groups and roles
                                    asked<voms::watch_withdrawn, voms::withdrawn_news>,
                                    told<voms::ask>>; // attributes for a visitor

inline constexpr crossing voms_crossings[] = {
    may_cross<voms::change>(0x0601, role::voms, users),
    may_cross<voms::list_vos>(0x0602, role::voms, users),
    may_cross<voms::list_users>(0x0603, role::voms, users),
    may_cross<voms::list_fqans>(0x0604, role::voms, users),
    may_cross<voms::watch_withdrawn>(0x0605, role::voms,
                                     roles(role::wms, role::lb, role::ce, role::info, role::voms)),
};

namespace voms {
template <class Message>
constexpr std::span<const crossing> table_for(const Message*) {
  return voms_crossings;
}
} // namespace voms

} // namespace trellis
