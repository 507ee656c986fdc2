#include "actors/wms/proxy_actor.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace trellis::wms {

proxy_actor::behavior_type proxy_keeper(proxy_actor::pointer, proxy_source source) {
  return {
      [source](const proxies::look& x) -> caf::result<proxies::found> {
        auto one = source(x.owner, x.id);
        if (!one)
          return to_caf(one.why());
        return proxies::found{kept_proxy_of(*one)};
      },
      [source](const proxies::sign& x) -> caf::result<signed_proxy> {
        auto one = source(x.owner, x.id);
        if (!one)
          return to_caf(one.why());
        auto chain = sign_for_ce(*one, x.csr, std::chrono::floor<std::chrono::seconds>(x.now));
        if (!chain)
          return to_caf(chain.why());
        return signed_proxy{*std::move(chain)};
      },
  };
}

} // namespace trellis::wms
