#pragma once
/// Proxies that users have delegated to this node, for their jobs: looked at when a job comes, used
/// to sign one for a CE when it runs. Their keys stay behind `delegated_proxies`. The actor only
/// keeps slow disks and signatures away from everybody else: it runs on its own thread where the
/// node is real.
#include "protocols/gsi/proxy.hpp"
#include "protocols/wms/messages.hpp"
#include "runtime/interfaces/base.hpp"

#include <functional>
#include <memory>

namespace trellis::wms {

/// What is known of one.
struct kept_proxy {
  std::string identity; // of its owner, in slash form
  std::string vo;       // of its first attribute certificate; empty: none
  bool limited = false;
  ce::moment ends{};
};

kept_proxy kept_proxy_of(const gsi::credential& x);

/// Why a job of this VO may not go with it at this time; nothing when it may.
std::optional<error> unfit(const kept_proxy& x, const std::string& id, const principal& owner,
                           const std::string& vo, ce::moment now);

/// What the CE gets: limited, for the key of its request, and no longer than the proxy itself.
/// Errors: those of gsi::sign_delegation.
result<std::string> sign_for_ce(const gsi::credential& of, std::string_view csr, gsi::instant now);

/// Gives the proxy of an owner by its id. Errors: `not_found`, those of files.
using proxy_source
    = std::function<result<gsi::credential>(const std::string& owner, const std::string& id)>;

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
