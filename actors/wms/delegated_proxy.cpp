#include "actors/wms/delegated_proxy.hpp"

#include "protocols/gsi/proxy_facts.hpp"

#include <fmt/format.h>

namespace trellis::wms {

kept_proxy kept_proxy_of(const gsi::credential& x) {
  auto facts = gsi::facts_of(x.chain);
  kept_proxy out{facts.identity, {}, facts.limited, facts.ends};
  if (!facts.attributes.empty()) {
    out.vo = facts.attributes.front().vo;
    out.ends = std::min<ce::moment>(out.ends, facts.attributes.front().not_after);
  }
  return out;
}

std::optional<error> unfit(const kept_proxy& x, const std::string& id, const principal& owner,
                           const std::string& vo, ce::moment now) {
  if (x.identity != owner.subject)
    return error{errc::denied, fmt::format("cannot submit with the delegation {}: it is that of "
                                           "{}, not of {}",
                                           id, x.identity, owner.subject)};
  if (x.ends <= now)
    return error{errc::expired,
                 fmt::format("cannot submit with the delegation {}: its proxy is over", id)};
  if (x.vo != vo && !x.vo.empty())
    return error{errc::denied, fmt::format("cannot submit with the delegation {}: its proxy is of "
                                           "the VO {}, and the job of {}",
                                           id, x.vo, vo)};
  return std::nullopt;
}

result<std::string> sign_for_ce(const gsi::credential& of, std::string_view csr, gsi::instant now) {
  gsi::new_proxy wish;
  wish.policy = gsi::proxy_policy::limited;
  wish.lifetime = std::max(gsi::facts_of(of.chain).ends - now, std::chrono::seconds{1});
  auto chain = gsi::sign_delegation(of, csr, wish, now);
  return chain ? gsi::chain_pem(*chain) : result<std::string>{chain.why()};
}

} // namespace trellis::wms
