#include "actors/voms/signing.hpp"

#include "protocols/gsi/dn.hpp"

namespace trellis::voms {

reply answer(const book& vos, const gsi::credential& by, const place& here,
             const gsi::certificate& holder, std::optional<std::vector<std::string>> most,
             const request& what, gsi::instant now) {
  asker who{
      {gsi::normal_slash(holder.subject()), gsi::normal_slash(holder.issuer())},
      std::move(most)
  };
  auto decided = decide(vos, who, what, here);
  if (!decided.to_sign)
    return std::move(decided.answer);
  auto& granted = *decided.to_sign;
  gsi::new_ac x;
  x.vo = granted.vo;
  x.host = here.host;
  x.port = here.port;
  x.fqans = std::move(granted.fqans);
  x.attributes = std::move(granted.attributes);
  x.targets = std::move(granted.targets);
  x.not_before = now;
  x.not_after = now + granted.lifetime;
  auto signed_ac = gsi::issue_ac(by, holder, x);
  if (!signed_ac)
    return refuse(signed_ac.why().code == errc::usage ? refusal::bad_request
                                                      : refusal::internal_error,
                  signed_ac.why().text);
  decided.answer.ac = *std::move(signed_ac);
  return std::move(decided.answer);
}

} // namespace trellis::voms
