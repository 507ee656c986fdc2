#include "runtime/edge/payload_proxy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::edge {

namespace {

error refused(const principal& owner, const error& why) {
  return {why.code,
          fmt::format("The delegated proxy of {} is refused: {}", owner.subject, why.text)};
}

std::optional<error> of_another(const principal& x, const principal& owner) {
  if (x.subject != owner.subject || x.issuer != owner.issuer)
    return error{errc::denied, fmt::format("it is that of {} by {}", x.subject, x.issuer)};
  if (!x.vo.empty() && x.vo != owner.vo)
    return error{errc::denied, fmt::format("it is of the VO {}, the job of {}", x.vo, owner.vo)};
  for (const auto& fqan : x.fqans)
    if (std::ranges::find(owner.fqans, fqan) == owner.fqans.end())
      return error{errc::denied,
                   fmt::format("it has {}, which the job was not submitted with", fqan)};
  return std::nullopt;
}

} // namespace

result<std::string> proxy_for_payload(const gsi::private_key& key, std::string_view chain,
                                      const principal& owner, const trusted& by, gsi::instant now) {
  auto proxy = gsi::accept_delegation(key, chain);
  if (!proxy)
    return refused(owner, proxy.why());
  std::vector<std::string> der;
  for (const auto& x : proxy->chain)
    der.push_back(x.der());
  auto who = principal_of(der, by, now);
  if (!who)
    return refused(owner, who.why());
  if (auto why = of_another(*who, owner))
    return refused(owner, *why);
  return gsi::credential_pem(*proxy);
}

} // namespace trellis::edge
