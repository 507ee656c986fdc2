#include "runtime/edge/identity.hpp"

#include "protocols/gsi/known_certificates.hpp"
#include "protocols/gsi/voms_ac.hpp"
#include "protocols/names/limited.hpp"

namespace trellis::edge {

result<gsi::verified_chain> verified(const std::vector<std::string>& chain, const trusted& by,
                                     gsi::instant now) {
  if (chain.empty())
    return error{errc::unauthenticated, "no certificate was shown: come with a proxy or a "
                                        "certificate of your own"};
  std::vector<gsi::certificate> shown;
  for (const auto& der : chain) {
    auto one = gsi::read_known(der);
    if (!one)
      return error{errc::unauthenticated, one.why().text};
    shown.push_back(*std::move(one));
  }
  return gsi::verify_chain(shown, by.anchors, now);
}

result<principal> principal_of(const std::vector<std::string>& chain, const trusted& by,
                               gsi::instant now) {
  auto who = verified(chain, by, now);
  if (!who)
    return who.why();
  gsi::voms_settings settings;
  settings.host = by.here.text();
  auto attributes = gsi::verify_voms(*who, by.voms, by.anchors, now, settings);
  if (!attributes)
    return attributes.why();
  principal out;
  out.kind = principal_kind::x509;
  out.issuer = who->issuer.slash();
  out.subject = who->identity.slash();
  const voms::certificate_name holder{gsi::normal_slash(out.subject),
                                      gsi::normal_slash(out.issuer)};
  auto ends = who->ends;
  for (const auto& x : *attributes) {
    if (auto still = by.taken_back.check(x.host, x.vo, holder, x.fqans); !still)
      return still.why();
    if (out.vo.empty())
      out.vo = x.vo;
    if (x.vo != out.vo)
      continue; // one VO a request; the first is the one that was asked for first
    for (const auto& fqan : x.fqans)
      out.fqans.push_back(fqan.text());
    ends = std::min(ends, x.not_after);
  }
  if (who->limited)
    out.capabilities.emplace_back(limited_capability);
  out.expires = ends;
  return out;
}

} // namespace trellis::edge
