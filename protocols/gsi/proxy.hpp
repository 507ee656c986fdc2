#pragma once
/// Proxy certificates (RFC 3820): making, delegating, and reading the files they live in. How a
/// chain is judged stands in verify.hpp. Only RFC proxies are made and taken; those of GT2 and GT3
/// are refused by name.
///
/// Errors: `malformed` for what cannot be read, `denied` for what may not be, `expired` for a
/// credential whose time is over, each in a sentence that names the certificate.
#include "protocols/gsi/certificate.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::gsi {

inline constexpr std::size_t max_credential_bytes = 64 * 1024;
inline constexpr std::size_t max_chain_certificates = 20;
inline constexpr int max_chain_proxies = 10;

/// A notBefore may be this far ahead; notAfter has no grace.
inline constexpr std::chrono::seconds clock_skew{300};

enum class proxy_policy : std::uint8_t {
  inherit_all = 0, // all rights of its issuer
  limited,         // the same, but may not submit jobs, store credentials or delegate to others
  independent,     // no rights of its issuer
  other,           // a language that we do not know
};

/// The extension that makes a certificate a proxy.
///   ProxyCertInfo ::= SEQUENCE { pCPathLenConstraint INTEGER OPTIONAL,
///                                SEQUENCE { policyLanguage OID, policy OCTET STRING OPTIONAL } }
struct proxy_cert_info {
  std::optional<std::uint32_t> path_length;
  std::string language;              // an OID with dots
  std::optional<std::string> policy; // its octets

  friend bool operator==(const proxy_cert_info&, const proxy_cert_info&) = default;
};

result<proxy_cert_info> parse_proxy_cert_info(std::string_view der);
std::string to_der(const proxy_cert_info& x);
proxy_policy policy_of(const proxy_cert_info& x);

/// Certificates in PEM, the leaf first. Bounds come before parsing; keys and text between are
/// skipped.
result<std::vector<certificate>> parse_chain(std::string_view pem);
std::string chain_pem(const std::vector<certificate>& chain);

/// A certificate, its private key, and the certificates between it and a CA.
struct credential {
  std::vector<certificate> chain; // its own first
  private_key key;

  const certificate& leaf() const { return chain.front(); }
};

/// A proxy file (leaf, key, rest of the chain), or a certificate and a key in any order. The key
/// must be the leaf's.
result<credential> parse_credential(std::string_view pem);

/// As a proxy file, for mode 0600.
std::string credential_pem(const credential& x);

struct new_proxy {
  std::chrono::seconds lifetime{std::chrono::hours{12}}; // cut to what the chain has left
  proxy_policy policy = proxy_policy::inherit_all;       // `limited` if the issuer is
  std::optional<std::uint32_t> path_length;
  std::string acs; // DER of the VOMS attribute certificates (voms_ac.hpp), or none
};

/// A proxy with a new key, signed by `from`, which may be a proxy itself.
result<credential> make_proxy(const credential& from, const new_proxy& x, instant now);

/// Delegation: the receiver makes a key and a request, the owner signs, the receiver joins both.
struct delegation_request {
  private_key key;
  std::string csr; // PKCS #10 in PEM; its subject means nothing
};

result<delegation_request> request_delegation();

/// The new proxy and the chain of `from`. Takes nothing from the request but its public key.
result<std::vector<certificate>> sign_delegation(const credential& from, std::string_view csr,
                                                 const new_proxy& x, instant now);

result<credential> accept_delegation(const private_key& key, std::string_view chain_pem);

/// Whether it has a ProxyCertInfo.
bool is_proxy(const certificate& x);

/// Its ProxyCertInfo, with an empty language when that cannot be read; nothing: it is no proxy.
std::optional<proxy_cert_info> proxy_info_of(const certificate& x);

} // namespace trellis::gsi
