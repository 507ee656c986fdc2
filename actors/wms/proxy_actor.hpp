#pragma once
/// Proxies that users have delegated to this node, for their jobs: looked at when a job comes, used
/// to sign one for a CE when it runs. Their keys stay behind `proxy_source`. The actor only
/// keeps slow disks and signatures away from everybody else: it runs on its own thread where the
/// node is real.
#include "actors/wms/delegated_proxy.hpp"
#include "runtime/interfaces/base.hpp"

namespace trellis::wms {

namespace proxies {

struct look {
  using stays_at_home = void;
  std::string owner, id;
};

struct found {
  using stays_at_home = void;
  kept_proxy proxy;
};

struct sign {
  using stays_at_home = void;
  std::string owner, id, csr;
  ce::moment now{};
};

} // namespace proxies

using proxy_actor
    = caf::typed_actor<asked<proxies::look, proxies::found>, asked<proxies::sign, signed_proxy>>;

proxy_actor::behavior_type proxy_keeper(proxy_actor::pointer self, proxy_source source);

} // namespace trellis::wms
