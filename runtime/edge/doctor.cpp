#include "runtime/edge/doctor.hpp"

#include "protocols/gsi/proxy_facts.hpp"
#include "protocols/gsi/voms_ac.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace trellis::edge {

namespace {

constexpr std::array<std::string_view, 26> cause_words{
    "none",
    "no-credential",
    "file-mode",
    "no-key",
    "wrong-key",
    "unreadable",
    "no-anchors",
    "clock",
    "ca-expired",
    "user-expired",
    "proxy-expired",
    "crl-expired",
    "revoked",
    "unknown-ca",
    "chain-refused",
    "no-attributes",
    "attributes-expired",
    "wrong-lsc",
    "attributes-refused",
    "suspended",
    "voms-refused",
    "unreachable",
    "host-expired",
    "host-name",
    "host-untrusted",
    "refused",
};

std::string shown(gsi::instant x) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(x.time_since_epoch().count()));
}

/// "2 h 5 min"
std::string span(std::chrono::seconds x) {
  auto minutes = std::abs(x.count()) / 60;
  return minutes >= 2880 ? fmt::format("{} days", minutes / 1440)
         : minutes >= 60 ? fmt::format("{} h {} min", minutes / 60, minutes % 60)
                         : fmt::format("{} min", minutes);
}

bool is_over(const gsi::certificate& x, gsi::instant now) { return x.not_after() <= now; }

/// The facts of the anchor that this certificate is issued by, by its name.
std::vector<gsi::anchor_facts> anchors_of(const gsi::certificate& x, const believed& by) {
  std::vector<gsi::anchor_facts> out;
  for (auto& fact : by.anchors.facts())
    if (fact.cert.subject() == x.issuer())
      out.push_back(std::move(fact));
  return out;
}

/// The one that no other in the chain has issued.
const gsi::certificate& top_of(const std::vector<gsi::certificate>& chain) {
  const auto* at = &chain.front();
  for (std::size_t i = 0; i < chain.size(); ++i) {
    auto up = std::ranges::find_if(chain, [&](const auto& x) {
      return x.subject() == at->issuer() && x.subject() != at->subject();
    });
    if (up == chain.end())
      return *at;
    at = &*up;
  }
  return *at;
}

finding fault(std::string check, cause what, std::string text, std::string next) {
  return {std::move(check), what, std::move(text), std::move(next)};
}

/// From the top down: what stands below ends with it.
std::optional<finding> expired(const std::string& check, const std::vector<gsi::certificate>& chain,
                               const believed& by, gsi::instant now) {
  auto anchors = anchors_of(top_of(chain), by);
  if (!anchors.empty()
      && std::ranges::all_of(anchors, [&](const auto& x) { return is_over(x.cert, now); }))
    return fault(check, cause::ca_expired,
                 fmt::format("the CA {} has expired at {} (in {})", anchors.front().cert.subject(),
                             shown(anchors.front().cert.not_after()), by.anchors_place),
                 "install the CA's new certificate; if there is none, ask for a certificate of "
                 "another CA");
  for (auto i = chain.rbegin(); i != chain.rend(); ++i) {
    if (!is_over(*i, now))
      continue;
    auto ended = fmt::format("{} has expired at {}", i->subject(), shown(i->not_after()));
    if (i->is_ca())
      return fault(check, cause::ca_expired, "the CA " + ended, "install the CA's new certificate");
    if (check == "server")
      return fault(check, cause::host_expired, "the server's certificate " + ended,
                   "tell the server's operator: its host certificate has to be renewed");
    if (gsi::is_proxy(*i))
      return fault(check, cause::proxy_expired, "your proxy " + ended,
                   "make a new one: trellis proxy init");
    return fault(check, cause::user_expired, "your certificate " + ended,
                 "ask your CA for a new certificate; a new proxy would not help");
  }
  return std::nullopt;
}

std::optional<finding> outdated_crl(const std::string& check,
                                    const std::vector<gsi::certificate>& chain, const believed& by,
                                    gsi::instant now) {
  for (const auto& x : chain)
    for (const auto& fact : anchors_of(x, by))
      if (fact.crl_ends && *fact.crl_ends <= now)
        return fault(check, cause::crl_expired,
                     fmt::format("the revocation list of the CA {} has expired at {} (in {}): "
                                 "nothing of this CA is accepted until there is a newer one",
                                 fact.cert.subject(), shown(*fact.crl_ends), by.anchors_place),
                     "fetch the lists again: fetch-crl");
  return std::nullopt;
}

finding refused(const std::string& check, const gsi::refused_chain& no,
                const std::vector<gsi::certificate>& chain, const believed& by, gsi::instant now) {
  auto ours = check != "server";
  if (no.rule == gsi::chain_rule::time)
    if (auto x = expired(check, chain, by, now))
      return *x;
  if (no.rule == gsi::chain_rule::revoked) {
    if (auto x = outdated_crl(check, chain, by, now))
      return *x;
    return fault(check, ours ? cause::revoked : cause::host_untrusted, no.why.text,
                 ours ? "ask your CA for a new certificate" : "tell the server's operator");
  }
  const auto& top = top_of(chain);
  if (no.rule == gsi::chain_rule::anchored && anchors_of(top, by).empty())
    return fault(check, ours ? cause::unknown_ca : cause::host_untrusted,
                 fmt::format("{} is issued by {}, which is no trust anchor in {}",
                             ours ? "your certificate " + top.subject()
                                  : "the server's certificate " + top.subject(),
                             top.issuer(), by.anchors_place),
                 "install the certificate of that CA there, if it is to be trusted, or name "
                 "another directory: X509_CERT_DIR");
  return fault(check, ours ? cause::chain_refused : cause::host_untrusted, no.why.text,
               ours ? "make a new proxy: trellis proxy init" : "tell the server's operator");
}

std::string chain_text(const gsi::lsc_chain& x) {
  std::string out;
  for (const auto& pair : x)
    out += fmt::format("{}{} by {}", out.empty() ? "" : ", ", pair.subject, pair.issuer);
  return out;
}

gsi::lsc_chain as_lsc(const std::vector<gsi::certificate>& chain) {
  gsi::lsc_chain out;
  for (const auto& x : chain)
    out.push_back({x.subject(), x.issuer()});
  return out;
}

bool same(const gsi::lsc_chain& a, const gsi::lsc_chain& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return gsi::normal_slash(x.subject) == gsi::normal_slash(y.subject)
           && gsi::normal_slash(x.issuer) == gsi::normal_slash(y.issuer);
  });
}

/// Why the attributes of this server are not believed, if its LSC file is the reason.
std::optional<finding> wrong_lsc(const gsi::attribute_certificate& ac, const believed& by) {
  auto file = fmt::format("{}/{}/{}.lsc", by.voms_place, ac.vo, ac.host);
  auto known = by.voms->chains(ac.vo, ac.host);
  if (!known && !by.voms->pinned(ac.vo).empty())
    return std::nullopt;
  if (!known)
    return fault(
        "attributes", cause::wrong_lsc,
        fmt::format("nobody may speak for the VO {} from {}: there is no {}", ac.vo, ac.host, file),
        "install the VO's LSC file there");
  auto shown_chain = as_lsc(ac.signers);
  if (ac.signers.empty()
      || std::ranges::any_of(*known, [&](const auto& x) { return same(x, shown_chain); }))
    return std::nullopt;
  return fault("attributes", cause::wrong_lsc,
               fmt::format("{} names {}, and the VOMS server of {} is {}", file,
                           chain_text(known->front()), ac.vo, chain_text(shown_chain)),
               "install the VO's present LSC file there");
}

} // namespace

std::string_view word(cause x) { return cause_words[static_cast<std::size_t>(x)]; }

finding examine_key(const std::string& path, std::string_view cert_pem, std::string_view key_pem) {
  auto chain = gsi::parse_chain(cert_pem);
  if (!chain)
    return fault("key", cause::unreadable, fmt::format("{}: {}", path, chain.why().text),
                 "make a new proxy: trellis proxy init");
  if (key_pem.find("PRIVATE KEY-----") == key_pem.npos)
    return fault("key", cause::no_key,
                 fmt::format("{} holds certificates and no private key: nobody can prove with it "
                             "who they are",
                             path),
                 "make a new proxy: trellis proxy init; a delegated chain alone is no proxy");
  auto key = gsi::private_key::parse(key_pem);
  if (!key)
    return fault("key", cause::unreadable, fmt::format("{}: {}", path, key.why().text),
                 "make a proxy, which is not locked: trellis proxy init");
  if (!chain->front().belongs_to(*key))
    return fault("key", cause::wrong_key,
                 fmt::format("the key in {} is not that of its first certificate {}", path,
                             chain->front().subject()),
                 "make a new proxy: trellis proxy init");
  return {"key", cause::none, fmt::format("{} has its key", chain->front().subject()), {}};
}

finding examine_clock(gsi::instant now, std::optional<gsi::instant> their, const std::string& url,
                      const std::vector<gsi::certificate>& chain) {
  auto off = their ? now - *their : std::chrono::seconds{0};
  if (std::chrono::abs(off) > gsi::clock_skew)
    return fault("clock", cause::clock,
                 fmt::format("this machine's clock says {}, and that of {} {}: {} {}", shown(now),
                             url, shown(*their), span(off), off.count() > 0 ? "ahead" : "behind"),
                 "set the clock here (timedatectl, chronyc); if other servers agree with it, tell "
                 "that server's operator");
  for (const auto& x : chain)
    if (x.not_before() > now + gsi::clock_skew)
      return fault("clock", cause::clock,
                   fmt::format("{} begins at {}, {} from now ({}): {}", x.subject(),
                               shown(x.not_before()), span(x.not_before() - now), shown(now),
                               their
                                   ? "this clock agrees with the server's, so that of the machine "
                                     "where it was made is ahead"
                                   : "the clock here is behind, or that of the machine where it "
                                     "was made is ahead"),
                   "set the clocks, then make a new proxy: trellis proxy init");
  return {"clock",
          cause::none,
          their ? fmt::format("agrees with {}", url) : "nobody was asked for the time",
          {}};
}

finding examine_chain(const std::vector<gsi::certificate>& chain, const believed& by,
                      gsi::instant now) {
  auto x = gsi::judge_chain(chain, by.anchors, now);
  if (auto no = std::get_if<gsi::refused_chain>(&x))
    return refused("certificate", *no, chain, by, now);
  const auto& good = std::get<gsi::verified_chain>(x);
  return {"certificate",
          cause::none,
          fmt::format("{}{} until {}", good.identity.slash(), good.limited ? " (limited)" : "",
                      shown(good.ends)),
          {}};
}

finding examine_attributes(const std::vector<gsi::certificate>& chain, const believed& by,
                           gsi::instant now) {
  auto bytes = gsi::find_acs(chain);
  if (!bytes)
    return fault("attributes", cause::no_attributes,
                 "your proxy has no attributes of a VO: you are of no VO to those who ask",
                 "make one that has: trellis proxy init --voms VO");
  auto acs = gsi::parse_ac_sequence(*bytes);
  if (!acs)
    return fault("attributes", cause::attributes_refused, acs.why().text,
                 "make a new proxy: trellis proxy init --voms VO");
  for (const auto& ac : *acs)
    if (ac.not_after + gsi::clock_skew <= now)
      return fault("attributes", cause::attributes_expired,
                   fmt::format("the attributes of {} have expired at {}, before the proxy itself",
                               ac.vo, shown(ac.not_after)),
                   fmt::format("make a new proxy: trellis proxy init --voms {}", ac.vo));
  std::string names;
  for (const auto& ac : *acs)
    for (const auto& fqan : ac.fqans)
      names += (names.empty() ? "" : " ") + fqan.text();
  if (!by.voms)
    return {"attributes",
            cause::none,
            fmt::format("{}; not judged: there is no {}", names, by.voms_place),
            {}};
  for (const auto& ac : *acs)
    if (auto x = wrong_lsc(ac, by))
      return *x;
  auto who = gsi::verify_chain(chain, by.anchors, now);
  auto held = who ? gsi::verify_voms(*who, *by.voms, by.anchors, now)
                  : result<std::vector<gsi::voms_attributes>>{who.why()};
  if (!held)
    return fault("attributes", cause::attributes_refused, held.why().text,
                 "make a new proxy: trellis proxy init --voms VO");
  return {"attributes", cause::none, names, {}};
}

finding examine_server(const std::vector<gsi::certificate>& chain, const std::string& host,
                       const believed& by, gsi::instant now) {
  if (chain.empty())
    return fault("server", cause::host_untrusted, fmt::format("{} shows no certificate", host),
                 "tell the server's operator");
  auto x = gsi::judge_chain(chain, by.anchors, now, gsi::chain_use::server);
  if (auto no = std::get_if<gsi::refused_chain>(&x))
    return refused("server", *no, chain, by, now);
  const auto& leaf = chain.front();
  if (!gsi::is_for_host(leaf, host)) {
    std::string names;
    for (const auto& name : leaf.hosts())
      names += (names.empty() ? "" : ", ") + name.text();
    return fault("server", cause::host_name,
                 fmt::format("the certificate of {} is for {}, not for {}", leaf.subject(),
                             names.empty() ? "no host" : names, host),
                 fmt::format("use the name that it is for{}",
                             names.empty() ? "" : ", such as https://" + names));
  }
  return {"server",
          cause::none,
          fmt::format("{} until {}", leaf.subject(), shown(leaf.not_after())),
          {}};
}

finding examine_voms_refusal(const std::string& vo, const error& why) {
  if (why.text.find("uspended") != why.text.npos)
    return fault("VO", cause::suspended, why.text,
                 fmt::format("ask the administrators of {}: a new certificate or proxy would not "
                             "help",
                             vo));
  return fault("VO", cause::voms_refused, why.text,
               fmt::format("ask the administrators of {}", vo));
}

const finding* cause_of(const std::vector<finding>& all) {
  auto i = std::ranges::find_if(all, [](const auto& x) { return x.what != cause::none; });
  return i == all.end() ? nullptr : &*i;
}

} // namespace trellis::edge
