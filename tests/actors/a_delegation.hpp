#pragma once
/// A CA and alice at a time of one's choice, who has delegated a proxy, and those who believe it.
#include "protocols/gsi/digest.hpp"
#include "runtime/edge/identity.hpp"
#include "tests/protocols/gsi/forge.hpp"

namespace trellis {

struct a_delegation {
  explicit a_delegation(gsi::instant at, std::string_view subject = "/DC=example/CN=alice")
      : now(at), ca(make("/DC=example/CN=CA", true, nullptr)), alice(make(subject, false, &ca)) {}

  /// A proxy as a node keeps it.
  gsi::credential proxy(std::chrono::seconds lifetime) const {
    gsi::new_proxy wish;
    wish.lifetime = lifetime;
    return *gsi::make_proxy(alice, wish, now);
  }

  std::shared_ptr<const edge::trusted> believers() const {
    return std::make_shared<const edge::trusted>(
        edge::trusted{gsi::trust_anchors::of({ca.leaf()}), {}, {}, {}, {}});
  }

  /// What alice is to those who have judged her chain.
  principal owner() const {
    principal out;
    out.kind = principal_kind::x509;
    out.issuer = ca.leaf().subject();
    out.subject = alice.leaf().subject();
    return out;
  }

  gsi::credential make(std::string_view subject, bool is_ca, const gsi::credential* by) const {
    namespace forge = gsi::forge;
    auto key = forge::new_key();
    forge::recipe x{forge::name(subject), by ? *by->leaf().subject_name() : forge::name(subject),
                    key, by ? by->key : key};
    x.begin = now - std::chrono::hours{24};
    x.end = now + std::chrono::hours{24 * 365};
    x.extensions = {forge::named("basicConstraints", is_ca ? "critical,CA:TRUE" : "CA:FALSE"),
                    forge::named("keyUsage", is_ca ? "critical,keyCertSign,cRLSign"
                                                   : "critical,digitalSignature")};
    return forge::alone(x);
  }

  gsi::instant now;
  gsi::credential ca, alice;
};

} // namespace trellis
