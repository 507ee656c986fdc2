#include "protocols/gsi/voms_ac.hpp"

#include "protocols/gsi/strength.hpp"
#include "protocols/gsi/voms_oids.hpp"
#include "protocols/gsi/voms_signature.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

error refuse(const attribute_certificate& ac, std::string_view why,
             errc code = errc::unauthenticated) {
  return {code, fmt::format("the attributes of {} by {} are not accepted: {}", ac.uri(),
                            ac.issuer.slash(), why)};
}

std::string shown(instant x) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(x.time_since_epoch().count()));
}

/// Whether the names of an LSC chain are those of the certificates, from the server upwards.
bool fits(const lsc_chain& names, const std::vector<certificate>& chain) {
  if (names.empty() || names.size() > chain.size())
    return false;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (normal_slash(names[i].subject) != normal_slash(chain[i].subject())
        || normal_slash(names[i].issuer) != normal_slash(chain[i].issuer()))
      return false;
  return true;
}

/// The chain of the server that may speak for the VO; its certificate first.
result<std::vector<certificate>> server_chain(const attribute_certificate& ac,
                                              const vomsdir& servers) {
  auto names = servers.chains(ac.vo, ac.host);
  if (!ac.signers.empty() && names
      && std::ranges::any_of(*names, [&](const auto& x) { return fits(x, ac.signers); }))
    return ac.signers;
  for (const auto& x : servers.pinned(ac.vo)) {
    auto subject = x.subject_name();
    bool same = ac.signers.empty() ? subject && *subject == ac.issuer
                                   : x.fingerprint() == ac.signers.front().fingerprint();
    if (same)
      return std::vector{x};
  }
  if (ac.signers.empty())
    return refuse(ac, "they carry no certificate of their server, and none is in the vomsdir");
  if (!names)
    return refuse(ac, fmt::format("there is no {}/{}.lsc in the vomsdir", ac.vo, ac.host));
  return refuse(ac, fmt::format("their server is {} by {}, which is not what {}/{}.lsc says",
                                ac.signers.front().subject(), ac.signers.front().issuer(), ac.vo,
                                ac.host));
}

result<done> check_server(const attribute_certificate& ac, const vomsdir& servers,
                          const trust_anchors& anchors, instant now) {
  auto chain = server_chain(ac, servers);
  if (!chain)
    return chain.why();
  const auto& server = chain->front();
  auto subject = server.subject_name();
  if (!subject || *subject != ac.issuer)
    return refuse(ac, fmt::format("their issuer is not their server {}", server.subject()));
  auto verified = verify_chain(*chain, anchors, now, chain_use::any);
  if (!verified)
    return refuse(ac, verified.why().text, verified.why().code);
  if (verified->proxies > 0)
    return refuse(ac, "their server is a proxy");
  if (ac.key_id != key_id_of(server) && ac.key_id != key_digest_of(server))
    return refuse(ac, "their key identifier is not that of their server");
  auto good = check_signature(server, ac.algorithm, ac.signed_part, ac.signature);
  return good ? good : refuse(ac, good.why().text);
}

result<done> check_holder(const attribute_certificate& ac, const certificate& holder) {
  auto subject = holder.subject_name(), issuer = holder.issuer_name();
  auto same = subject && issuer && ac.holder_serial == holder.serial()
              && (ac.holder == *issuer || ac.holder == *subject);
  if (!same)
    return refuse(ac,
                  fmt::format("they were given to another certificate than {}", holder.subject()));
  return done{};
}

result<done> check_times(const attribute_certificate& ac, instant now,
                         std::chrono::seconds max_lifetime) {
  if (ac.not_before > now + clock_skew)
    return refuse(ac,
                  fmt::format("they begin at {}, now it is {}", shown(ac.not_before), shown(now)),
                  errc::expired);
  if (ac.not_after + clock_skew <= now)
    return refuse(ac,
                  fmt::format("they ended at {}, now it is {}", shown(ac.not_after), shown(now)),
                  errc::expired);
  if (ac.not_after - ac.not_before > max_lifetime)
    return refuse(ac, fmt::format("they hold for {} s; at most {} are taken",
                                  (ac.not_after - ac.not_before).count(), max_lifetime.count()));
  return done{};
}

result<done> check_meaning(const attribute_certificate& ac, std::string_view own_host) {
  auto same_host = [&](std::string_view target) {
    return std::ranges::equal(target, own_host, [](unsigned char a, unsigned char b) {
      return std::tolower(a) == std::tolower(b);
    });
  };
  if (!ac.targets.empty() && !std::ranges::any_of(ac.targets, same_host))
    return refuse(ac, fmt::format("they are for {}, not for {}", fmt::join(ac.targets, ", "),
                                  own_host.empty() ? "this host" : own_host));
  for (const auto& x : ac.fqans)
    if (x.vo() != ac.vo)
      return refuse(ac, fmt::format("{} is not of this VO", x.text()));
  return done{};
}

} // namespace

std::optional<std::string> find_acs(const std::vector<certificate>& chain) {
  for (const auto& x : chain) {
    if (!is_proxy(x))
      return std::nullopt;
    if (auto value = extension_of(x, voms_oid::acs.data()))
      return value;
  }
  return std::nullopt;
}

result<voms_attributes> verify_ac(const attribute_certificate& ac, const certificate& holder,
                                  const vomsdir& servers, const trust_anchors& anchors, instant now,
                                  const voms_settings& settings) {
  if (auto r = check_holder(ac, holder); !r)
    return r.why();
  if (auto r = check_times(ac, now, settings.max_lifetime); !r)
    return r.why();
  if (auto r = check_meaning(ac, settings.host); !r)
    return r.why();
  if (auto r = check_server(ac, servers, anchors, now); !r)
    return r.why();
  return voms_attributes{ac.vo,    ac.uri(),      ac.host,       ac.issuer,
                         ac.fqans, ac.attributes, ac.not_before, ac.not_after};
}

result<std::vector<voms_attributes>> verify_voms(const verified_chain& chain,
                                                 const vomsdir& servers,
                                                 const trust_anchors& anchors, instant now,
                                                 const voms_settings& settings) {
  std::vector<voms_attributes> out;
  auto value = find_acs(chain.path);
  if (!value)
    return out;
  auto acs = parse_ac_sequence(*value);
  if (!acs)
    return acs.why();
  for (const auto& x : *acs) {
    auto one = verify_ac(x, chain.end_entity, servers, anchors, now, settings);
    if (!one)
      return one.why();
    out.push_back(*std::move(one));
  }
  return out;
}

} // namespace trellis::gsi
