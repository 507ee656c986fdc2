#pragma once
/// The proxy of a job's owner on a CE. Its key is born there; what the WMS has signed is believed
/// only as far as the site's own trust anchors and VOMS servers say so.
#include "protocols/gsi/proxy.hpp"
#include "runtime/edge/identity.hpp"

#include <functional>
#include <memory>

namespace trellis::edge {

/// What is believed at this moment.
using trust_source = std::function<std::shared_ptr<const trusted>()>;

/// The file for the payload: the chain holds here and now, is for this key, is of this owner, and
/// says no more of VO and FQANs than the owner came with. Errors: `expired`; `unauthenticated` for
/// a chain that does not hold here, `denied` for one of somebody else, each in a sentence.
result<std::string> proxy_for_payload(const gsi::private_key& key, std::string_view chain,
                                      const principal& owner, const trusted& by, gsi::instant now);

} // namespace trellis::edge
