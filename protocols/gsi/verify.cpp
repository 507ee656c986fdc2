#include "protocols/gsi/verify.hpp"

#include "protocols/gsi/openssl.hpp"
#include "protocols/gsi/strength.hpp"
#include "protocols/gsi/trust_store.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

constexpr const char* info_oid = "1.3.6.1.5.5.7.1.14";
constexpr const char* gt3_info_oid = "1.3.6.1.4.1.3536.1.222";
constexpr const char* subject_names_oid = "2.5.29.17";
constexpr const char* issuer_names_oid = "2.5.29.18";

struct rule_row {
  chain_rule rule;
  std::string_view word;
};

constexpr rule_row rule_rows[] = {
    {chain_rule::issued_by_signer,    "issued_by_signer"   },
    {chain_rule::subject_adds_one_cn, "subject_adds_one_cn"},
    {chain_rule::signer_is_no_ca,     "signer_is_no_ca"    },
    {chain_rule::no_other_names,      "no_other_names"     },
    {chain_rule::info_is_critical,    "info_is_critical"   },
    {chain_rule::path_length,         "path_length"        },
    {chain_rule::signer_may_sign,     "signer_may_sign"    },
    {chain_rule::known_language,      "known_language"     },
    {chain_rule::no_policy,           "no_policy"          },
    {chain_rule::limited_stays,       "limited_stays"      },
    {chain_rule::ends_first,          "ends_first"         },
    {chain_rule::bounds,              "bounds"             },
    {chain_rule::identity_is_no_ca,   "identity_is_no_ca"  },
    {chain_rule::strength,            "strength"           },
    {chain_rule::purpose,             "purpose"            },
    {chain_rule::time,                "time"               },
    {chain_rule::anchored,            "anchored"           },
    {chain_rule::revoked,             "revoked"            },
    {chain_rule::name_space,          "name_space"         },
};

/// What OpenSSL's verdicts are called here. Those that are not listed mean `anchored`.
struct verdict_row {
  int verdict;
  chain_rule rule;
};

constexpr verdict_row verdict_rows[] = {
    {X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION, chain_rule::subject_adds_one_cn},
    {X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED,   chain_rule::path_length        },
    {X509_V_ERR_INVALID_PURPOSE,              chain_rule::purpose            },
    {X509_V_ERR_CERT_REJECTED,                chain_rule::purpose            },
    {X509_V_ERR_CERT_UNTRUSTED,               chain_rule::purpose            },
};

struct free_stack {
  void operator()(STACK_OF(X509) * x) const { sk_X509_free(x); }
};

std::string shown(instant x) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(x.time_since_epoch().count()));
}

using finding = std::optional<refused_chain>;

finding refuse(const certificate& x, chain_rule rule, std::string_view why) {
  auto kind = is_proxy(x) ? "proxy" : x.is_ca() ? "CA" : "certificate";
  auto code = rule == chain_rule::time ? errc::expired : errc::unauthenticated;
  return refused_chain{
      {code, fmt::format("the {} {} is not accepted: {}", kind, x.subject(), why)},
      rule
  };
}

/// The path as OpenSSL found it, perhaps not up to an anchor, and what it says of it.
struct built {
  std::vector<certificate> path;
  int verdict = X509_V_OK;
  std::size_t depth = 0; // of the certificate that the verdict is about
};

/// Times are judged apart, with their grace.
built build(const std::vector<certificate>& chain, const trust_store& trust, chain_use use) {
  std::unique_ptr<STACK_OF(X509), free_stack> between{sk_X509_new_null()};
  for (const auto& x : chain)
    sk_X509_push(between.get(), x.handle());
  owned<X509_STORE_CTX, X509_STORE_CTX_free> check{X509_STORE_CTX_new()};
  X509_STORE_CTX_init(check.get(), trust.store.get(), chain.front().handle(), between.get());
  X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_ALLOW_PROXY_CERTS | X509_V_FLAG_NO_CHECK_TIME);
  if (use != chain_use::any)
    X509_STORE_CTX_set_purpose(check.get(), use == chain_use::client ? X509_PURPOSE_SSL_CLIENT
                                                                     : X509_PURPOSE_SSL_SERVER);
  X509_STORE_CTX_set_depth(check.get(), static_cast<int>(max_chain_certificates) + 2);
  built out;
  auto holds = X509_verify_cert(check.get()) == 1;
  out.verdict = X509_STORE_CTX_get_error(check.get());
  if (!holds && out.verdict == X509_V_OK)
    out.verdict = X509_V_ERR_UNSPECIFIED;
  auto path = X509_STORE_CTX_get0_chain(check.get());
  for (int i = 0; path && i < sk_X509_num(path); ++i) {
    X509_up_ref(sk_X509_value(path, i));
    out.path.push_back(certificate::own(sk_X509_value(path, i)));
  }
  if (out.path.empty())
    out.path.push_back(chain.front());
  auto depth = std::max(X509_STORE_CTX_get_error_depth(check.get()), 0);
  out.depth = std::min(static_cast<std::size_t>(depth), out.path.size() - 1);
  ERR_clear_error();
  return out;
}

finding check_bounds(const std::vector<certificate>& chain) {
  std::size_t bytes = 0;
  for (const auto& x : chain)
    bytes += x.der().size();
  if (chain.empty())
    return refused_chain{
        {errc::unauthenticated, "there is no certificate"},
        chain_rule::bounds
    };
  if (chain.size() > max_chain_certificates || bytes > max_credential_bytes)
    return refuse(chain.front(), chain_rule::bounds,
                  fmt::format("its chain has {} certificates and {} bytes; {} and {} are taken",
                              chain.size(), bytes, max_chain_certificates, max_credential_bytes));
  return std::nullopt;
}

/// GT2 marked a proxy by its last CN, GT3 by an extension before the RFC.
finding check_old_forms(const certificate& x, const certificate* signer) {
  if (extension_of(x, gt3_info_oid))
    return refuse(x, chain_rule::info_is_critical, "it is a proxy of GT3; only RFC 3820 is taken");
  auto name = x.subject();
  if (signer && !is_proxy(x) && !signer->is_ca()
      && (name.ends_with("/CN=proxy") || name.ends_with("/CN=limited proxy")))
    return refuse(x, chain_rule::info_is_critical, "it is a proxy of GT2; only RFC 3820 is taken");
  return std::nullopt;
}

/// What a proxy says of itself. `below` is how many proxies stand below it.
finding check_info(const certificate& x, std::size_t below) {
  auto info = *proxy_info_of(x);
  if (count_extensions(x, info_oid) != 1 || !is_critical(x, info_oid) || info.language.empty())
    return refuse(x, chain_rule::info_is_critical,
                  "it needs one ProxyCertInfo that is critical and can be read");
  if (extension_of(x, subject_names_oid) || extension_of(x, issuer_names_oid))
    return refuse(x, chain_rule::no_other_names, "a proxy has no alternative names");
  if ((X509_get_extension_flags(x.handle()) & EXFLAG_CA) != 0)
    return refuse(x, chain_rule::no_other_names, "a proxy is no CA");
  if (info.path_length && *info.path_length < below)
    return refuse(
        x, chain_rule::path_length,
        fmt::format("it allows {} proxies below it, there are {}", *info.path_length, below));
  switch (policy_of(info)) {
  case proxy_policy::inherit_all:
  case proxy_policy::limited:
    break;
  case proxy_policy::independent:
    return refuse(x, chain_rule::known_language, "an independent proxy has no rights here");
  case proxy_policy::other:
    return refuse(x, chain_rule::known_language,
                  fmt::format("its policy language {} is unknown", info.language));
  }
  if (info.policy)
    return refuse(x, chain_rule::no_policy, "its policy language takes no policy");
  return std::nullopt;
}

/// A proxy and who signed it.
finding check_signer(const certificate& x, const certificate& signer) {
  if (!is_proxy(signer) && signer.is_ca())
    return refuse(x, chain_rule::signer_is_no_ca,
                  fmt::format("it is signed by the CA {}, not by a user", signer.subject()));
  auto subject = x.subject_name(), base = signer.subject_name();
  if (!subject || !base || !subject->is_proxy_name_of(*base))
    return refuse(
        x, chain_rule::subject_adds_one_cn,
        fmt::format("its name is not that of its signer {} and one CN", signer.subject()));
  auto usage = X509_get_key_usage(signer.handle());
  if (usage != UINT32_MAX && (usage & KU_DIGITAL_SIGNATURE) == 0)
    return refuse(
        x, chain_rule::signer_may_sign,
        fmt::format("its signer {} has a keyUsage without digitalSignature", signer.subject()));
  return std::nullopt;
}

/// The proxies of a path, the lowest first.
finding check_proxies(const std::vector<certificate>& path, std::size_t proxies) {
  for (std::size_t i = 0; i < std::min(proxies + 1, path.size()); ++i) {
    auto signer = i + 1 < path.size() ? &path[i + 1] : nullptr;
    if (auto r = check_old_forms(path[i], signer))
      return r;
    if (i == proxies)
      break;
    if (auto r = check_info(path[i], i))
      return r;
    if (auto r = signer ? check_signer(path[i], *signer) : finding{})
      return r;
  }
  if (proxies > static_cast<std::size_t>(max_chain_proxies))
    return refuse(path.front(), chain_rule::bounds,
                  fmt::format("it stands on {} proxies; {} are taken", proxies, max_chain_proxies));
  if (proxies < path.size() && path[proxies].is_ca())
    return refuse(path[proxies], chain_rule::identity_is_no_ca, "a CA is nobody");
  return std::nullopt;
}

/// OpenSSL's verdict in our words.
finding check_verdict(const built& x, const std::vector<certificate>& chain) {
  if (x.verdict == X509_V_OK)
    return std::nullopt;
  const auto& at = x.path[x.depth];
  auto found = std::ranges::find(verdict_rows, x.verdict, &verdict_row::verdict);
  auto rule = found != std::end(verdict_rows) ? found->rule : chain_rule::anchored;
  switch (x.verdict) {
  case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    return refuse(at, is_proxy(at) ? chain_rule::issued_by_signer : chain_rule::anchored,
                  fmt::format("the key of {} did not sign it", at.issuer()));
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    const auto& top = x.path.back();
    if (is_proxy(top))
      return refuse(top, chain_rule::issued_by_signer,
                    fmt::format("no certificate of its signer {} is in the chain", top.issuer()));
    auto sent = std::ranges::any_of(
        chain, [&](const auto& y) { return y.is_ca() && y.subject() == top.issuer(); });
    return refuse(top, chain_rule::anchored,
                  fmt::format("its issuer {} is {}", top.issuer(),
                              sent ? "sent along, but no trust anchor" : "no trust anchor"));
  }
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    return refuse(x.path.back(), chain_rule::anchored, "it is no trust anchor");
  default:
    return refuse(at, rule, X509_verify_cert_error_string(x.verdict));
  }
}

/// The anchor's own signature is not judged, its key is.
finding check_strength(const std::vector<certificate>& path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto key = X509_get0_pubkey(path[i].handle());
    auto weak = key ? weakness(key) : "a key that cannot be read";
    if (weak.empty() && i + 1 < path.size())
      weak = signature_weakness(path[i]);
    ERR_clear_error();
    if (!weak.empty())
      return refuse(path[i], chain_rule::strength, "it has " + weak);
  }
  return std::nullopt;
}

finding check_times(const std::vector<certificate>& path, instant now) {
  for (const auto& x : path) {
    if (!to_instant(X509_get0_notBefore(x.handle())) || !to_instant(X509_get0_notAfter(x.handle())))
      return refuse(x, chain_rule::time, "its times cannot be read");
    if (x.not_before() > now + clock_skew)
      return refuse(
          x, chain_rule::time,
          fmt::format("it begins at {}, now it is {}", shown(x.not_before()), shown(now)));
    if (x.not_after() <= now)
      return refuse(x, chain_rule::time,
                    fmt::format("it ended at {}, now it is {}", shown(x.not_after()), shown(now)));
  }
  return std::nullopt;
}

/// What each CA says of what it signed: CRL and name space.
finding check_issued(const std::vector<certificate>& path, std::size_t first,
                     const trust_store& trust, instant now) {
  for (auto i = first; i + 1 < path.size(); ++i) {
    if (auto why = why_revoked(trust, path[i], path[i + 1], now); !why.empty())
      return refuse(path[i], chain_rule::revoked, why);
    if (auto why = why_outside(trust, path[i], path[i + 1]); !why.empty())
      return refuse(path[i], chain_rule::name_space, why);
  }
  return std::nullopt;
}

/// All rules, in the order in which they say most.
finding check_all(const built& x, const std::vector<certificate>& chain, std::size_t proxies,
                  const trust_store& trust, instant now) {
  if (auto r = check_proxies(x.path, proxies))
    return r;
  if (auto r = check_times(x.path, now))
    return r;
  if (auto r = check_verdict(x, chain))
    return r;
  if (auto r = check_strength(x.path))
    return r;
  return check_issued(x.path, proxies, trust, now);
}

} // namespace

std::string_view word(chain_rule x) {
  auto row = std::ranges::find(rule_rows, x, &rule_row::rule);
  return row == std::end(rule_rows) ? "unknown" : row->word;
}

std::variant<verified_chain, refused_chain> judge_chain(const std::vector<certificate>& chain,
                                                        const trust_anchors& anchors, instant now,
                                                        chain_use use) {
  if (auto r = check_bounds(chain))
    return *r;
  auto found = build(chain, anchors.inside(), use);
  const auto& path = found.path;
  auto end_entity = std::ranges::find_if_not(path, is_proxy);
  auto proxies = static_cast<std::size_t>(end_entity - path.begin());
  if (auto r = check_all(found, chain, proxies, anchors.inside(), now))
    return *r;
  auto identity = end_entity->subject_name(), issuer = end_entity->issuer_name();
  if (!identity || !issuer || identity->empty())
    return *refuse(*end_entity, chain_rule::bounds, "its name cannot be read");
  verified_chain out{*identity, *issuer, *end_entity, path.front(), proxies, false, {}, path};
  out.limited = std::any_of(path.begin(), end_entity, [](const auto& x) {
    return policy_of(*proxy_info_of(x)) == proxy_policy::limited;
  });
  out.ends = std::ranges::min(path, {}, &certificate::not_after).not_after();
  return out;
}

result<verified_chain> verify_chain(const std::vector<certificate>& chain,
                                    const trust_anchors& anchors, instant now, chain_use use) {
  auto x = judge_chain(chain, anchors, now, use);
  if (auto no = std::get_if<refused_chain>(&x))
    return no->why;
  return std::get<verified_chain>(std::move(x));
}

} // namespace trellis::gsi
