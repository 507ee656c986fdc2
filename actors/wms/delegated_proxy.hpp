#pragma once
/// Proxies that users have delegated for their jobs: which of them a job may go with, and what a CE
/// gets of one.
#include "protocols/gsi/proxy.hpp"
#include "protocols/wms/messages.hpp"

#include <functional>
#include <optional>

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

} // namespace trellis::wms
