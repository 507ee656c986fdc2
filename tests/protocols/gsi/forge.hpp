#pragma once
/// Certificates of any kind, right and wrong, made on the fly. Keys are on P-256 unless said.
#include "protocols/gsi/proxy.hpp"
#include "protocols/gsi/trust_anchors.hpp"

#include <string>
#include <vector>

namespace trellis::gsi::forge {

using namespace std::chrono_literals;

#ifdef FORGE_AT_THIS_TIME // beside libraries that ask the system for the time
const instant now
    = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
#else
const instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};
#endif

struct extension {
  std::string oid;
  bool critical = false;
  std::string der;
};

struct recipe {
  dn subject, issuer;
  private_key key, signer;
  instant begin = now - 1h, end = now + 24h;
  std::vector<extension> extensions = {};
  std::string digest = "SHA256";
  std::string serial = "\x11\x22\x33";
};

private_key new_key();
private_key rsa_key(int bits);
private_key curve_key(const std::string& curve);

dn name(std::string_view slash);
certificate sign(const recipe& x);

/// Extensions in the words of OpenSSL's configuration files, and such in DER.
extension named(const std::string& name, const std::string& value);
extension info(bool critical, const proxy_cert_info& x);
extension key_usage(bool critical, std::uint8_t bits); // bit 7 is digitalSignature
extension alternative_name(const std::string& dns);

inline constexpr std::string_view inherit_all = "1.3.6.1.5.5.7.21.1";
inline constexpr std::string_view independent = "1.3.6.1.5.5.7.21.2";
inline constexpr std::string_view limited = "1.3.6.1.4.1.3536.1.1.1.9";

/// A CA of that name, valid for ten years around `now`.
credential make_ca(std::string_view slash, std::vector<extension> more = {});

/// What the CA would give to a user of that name; to be changed and signed.
recipe user_recipe(const credential& ca, std::string_view slash);

/// As OpenSSL and the RFC would make a proxy of `from`; to be changed and signed.
recipe proxy_recipe(const credential& from, const std::string& cn = "4711");

/// `chain.front()` of the result is the recipe's.
credential below(const credential& from, const recipe& x);
credential alone(const recipe& x);

/// A CRL in PEM, of these serial numbers.
std::string crl(const credential& ca, const std::vector<std::string>& serials,
                instant begin = now - 1h, instant end = now + 24h, bool critical = false);

/// The subject's hash, as in names of files.
std::string hash(const certificate& ca);

/// HASH.0 and a signing_policy for `subjects`.
std::vector<named_bytes> files(const credential& ca, const std::string& subjects);

/// What X509_verify_cert says, with proxies allowed, at `at`: 0 for all is well.
int openssl_verdict(const std::vector<certificate>& chain, const certificate& anchor, instant at);

} // namespace trellis::gsi::forge
