#include "protocols/gsi/proxy_facts.hpp"

#include "protocols/gsi/openssl.hpp"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

std::string type_of(const certificate& x) {
  auto info = proxy_info_of(x);
  if (!info)
    return "certificate";
  switch (policy_of(*info)) {
  case proxy_policy::inherit_all:
    return "RFC 3820 proxy";
  case proxy_policy::limited:
    return "limited RFC 3820 proxy";
  case proxy_policy::independent:
    return "independent RFC 3820 proxy";
  case proxy_policy::other:
    break;
  }
  return "RFC 3820 proxy of an unknown kind";
}

bool is_limited(const certificate& x) {
  auto info = proxy_info_of(x);
  return info && policy_of(*info) == proxy_policy::limited;
}

} // namespace

std::string strength_of(const certificate& x) {
  auto key = X509_get0_pubkey(x.handle());
  if (!key)
    return "unknown";
  auto kind = EVP_PKEY_get0_type_name(key);
  return fmt::format("{} {}", kind ? kind : "unknown", EVP_PKEY_get_bits(key));
}

bool is_for_host(const certificate& x, const std::string& host) {
  return X509_check_host(x.handle(), host.data(), host.size(), 0, nullptr) == 1;
}

proxy_facts facts_of(const std::vector<certificate>& chain) {
  proxy_facts out;
  const auto& leaf = chain.front();
  out.subject = leaf.subject();
  out.issuer = leaf.issuer();
  out.type = type_of(leaf);
  out.strength = strength_of(leaf);
  out.not_before = leaf.not_before();
  out.ends = leaf.not_after();
  for (const auto& x : chain) {
    out.ends = std::min(out.ends, x.not_after());
    out.limited |= is_limited(x);
  }
  auto user = std::ranges::find_if_not(chain, is_proxy);
  // Without its owner's certificate the names tell: a proxy is named after who made it.
  out.identity = user != chain.end() ? user->subject() : chain.back().issuer();
  if (auto acs = find_acs(chain)) {
    auto read = parse_ac_sequence(*acs);
    if (read)
      out.attributes = *std::move(read);
    else
      out.trouble = read.why().text;
  }
  return out;
}

} // namespace trellis::gsi
