#include "protocols/gsi/proxy.hpp"

#include "protocols/gsi/der.hpp"
#include "protocols/gsi/openssl.hpp"
#include "protocols/gsi/strength.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

constexpr std::string_view inherit_all_oid = "1.3.6.1.5.5.7.21.1";
constexpr std::string_view independent_oid = "1.3.6.1.5.5.7.21.2";
constexpr std::string_view limited_oid = "1.3.6.1.4.1.3536.1.1.1.9";
constexpr const char* proxy_cert_info_oid = "1.3.6.1.5.5.7.1.14";
constexpr const char* acs_oid = "1.3.6.1.4.1.8005.100.100.5";

error broken(std::string_view what) {
  return {errc::internal, fmt::format("cannot {}: {}", what, last_error())};
}

bool add_extension(X509* to, const char* oid, bool critical, std::string_view value) {
  owned<ASN1_OBJECT, ASN1_OBJECT_free> type{OBJ_txt2obj(oid, 1)};
  owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> octets{ASN1_OCTET_STRING_new()};
  ASN1_OCTET_STRING_set(octets.get(), reinterpret_cast<const unsigned char*>(value.data()),
                        static_cast<int>(value.size()));
  owned<X509_EXTENSION, X509_EXTENSION_free> x{
      X509_EXTENSION_create_by_OBJ(nullptr, type.get(), critical, octets.get())};
  return x && X509_add_ext(to, x.get(), -1) == 1;
}

/// What an issuer's chain lets a new proxy be.
struct inherited {
  instant ends;
  bool limited = false;
  int proxies = 0;
};

result<inherited> inherited_from(const std::vector<certificate>& chain, instant now) {
  inherited out{chain.front().not_after(), false, 0};
  bool above = false; // an end entity was reached
  for (const auto& x : chain) {
    out.ends = std::min(out.ends, x.not_after());
    if (x.not_after() <= now)
      return error{errc::expired, fmt::format("cannot make a proxy: {} has ended", x.subject())};
    auto info = above ? std::nullopt : proxy_info_of(x);
    above = above || !info;
    if (!info)
      continue;
    auto policy = policy_of(*info);
    if (policy != proxy_policy::inherit_all && policy != proxy_policy::limited)
      return error{errc::denied,
                   fmt::format("cannot make a proxy: {} has no rights to pass on", x.subject())};
    out.limited = out.limited || policy == proxy_policy::limited;
    if (info->path_length && *info->path_length <= static_cast<std::uint32_t>(out.proxies))
      return error{errc::denied, fmt::format("cannot make a proxy: {} allows only {} below it",
                                             x.subject(), *info->path_length)};
    ++out.proxies;
  }
  if (out.proxies >= max_chain_proxies || chain.size() >= max_chain_certificates)
    return error{errc::denied, fmt::format("cannot make a proxy of {}: its chain has {} "
                                           "certificates already",
                                           chain.front().subject(), chain.size())};
  return out;
}

/// A random serial number of 31 bits; the name ends with it, as other tools do.
std::uint32_t random_serial() {
  std::uint32_t x = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&x), sizeof x);
  return (x & 0x7FFFFFFF) | 0x40000000;
}

result<certificate> sign_proxy(const credential& from, EVP_PKEY* key, const new_proxy& x,
                               instant now) {
  auto rights = inherited_from(from.chain, now);
  if (!rights)
    return rights.why();
  auto subject = from.leaf().subject_name();
  if (!subject)
    return subject.why();
  auto serial = random_serial();
  auto name = subject->with_cn(std::to_string(serial));
  if (!name)
    return name.why();
  auto out = certificate::own(X509_new());
  auto cert = out.handle();
  auto at = reinterpret_cast<const unsigned char*>(name->der().data());
  owned<X509_NAME, X509_NAME_free> owner{
      d2i_X509_NAME(nullptr, &at, static_cast<long>(name->der().size()))};
  X509_set_version(cert, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial);
  auto begin = std::max(now - clock_skew, from.leaf().not_before());
  auto end = std::min(now + x.lifetime, rights->ends);
  ASN1_TIME_set(X509_getm_notBefore(cert), begin.time_since_epoch().count());
  ASN1_TIME_set(X509_getm_notAfter(cert), end.time_since_epoch().count());
  X509_set_subject_name(cert, owner.get());
  X509_set_issuer_name(cert, X509_get_subject_name(from.leaf().handle()));
  X509_set_pubkey(cert, key);
  bool limited = rights->limited || x.policy == proxy_policy::limited;
  proxy_cert_info info{x.path_length, std::string{limited ? limited_oid : inherit_all_oid},
                       std::nullopt};
  // keyUsage: digitalSignature and keyEncipherment, the bits 0 and 2 of a BIT STRING.
  bool made = add_extension(cert, proxy_cert_info_oid, true, to_der(info))
              && add_extension(cert, "2.5.29.15", true, {"\x03\x02\x05\xA0", 4})
              && (x.acs.empty() || add_extension(cert, acs_oid, false, x.acs))
              && X509_sign(cert, from.key.handle(), EVP_sha256()) > 0;
  if (!made)
    return broken(fmt::format("sign a proxy of {}", from.leaf().subject()));
  return out;
}

result<done> check_new(const new_proxy& x) {
  if (x.lifetime <= std::chrono::seconds{0})
    return error{errc::usage, "a proxy needs a lifetime of a second or more"};
  if (x.policy != proxy_policy::inherit_all && x.policy != proxy_policy::limited)
    return error{errc::usage, "only full and limited proxies are made"};
  return done{};
}

result<std::string> within_bounds(std::string_view pem, std::string_view what) {
  if (pem.size() > max_credential_bytes)
    return error{errc::malformed, fmt::format("{} of {} bytes is too long: at most {}", what,
                                              pem.size(), max_credential_bytes)};
  return std::string{pem};
}

} // namespace

result<proxy_cert_info> parse_proxy_cert_info(std::string_view der) {
  auto bad = [](std::string_view why) {
    return error{errc::malformed, fmt::format("cannot read a ProxyCertInfo: {}", why)};
  };
  auto whole = der::only(der, der::sequence);
  if (!whole)
    return bad("it is not one SEQUENCE");
  proxy_cert_info out;
  der::cursor in{whole->body};
  if (auto length = in.next(der::integer)) {
    out.path_length = der::small(*length);
    if (!out.path_length)
      return bad("its path length is no number of 32 bits");
  }
  auto policy = in.next(der::sequence);
  if (!policy || !in.at_end())
    return bad("it has no proxy policy, or something behind it");
  der::cursor parts{policy->body};
  auto language = parts.next(der::oid);
  auto oid = language ? der::oid_text(language->body) : std::nullopt;
  if (!oid)
    return bad("its policy has no language");
  out.language = *oid;
  if (auto octets = parts.next(der::octet_string))
    out.policy = std::string{octets->body};
  if (!parts.at_end())
    return bad("its policy has something behind it");
  return out;
}

std::string to_der(const proxy_cert_info& x) {
  auto policy = der::oid_of(x.language);
  if (x.policy)
    policy += der::wrap(der::octet_string, *x.policy);
  auto length = x.path_length ? der::integer_of(*x.path_length) : std::string{};
  return der::wrap(der::sequence, length + der::wrap(der::sequence, policy));
}

proxy_policy policy_of(const proxy_cert_info& x) {
  if (x.language == inherit_all_oid)
    return proxy_policy::inherit_all;
  if (x.language == limited_oid)
    return proxy_policy::limited;
  return x.language == independent_oid ? proxy_policy::independent : proxy_policy::other;
}

result<std::vector<certificate>> parse_chain(std::string_view pem) {
  if (auto r = within_bounds(pem, "a chain"); !r)
    return r.why();
  auto all = certificate::parse_all(pem);
  if (all && all->size() > max_chain_certificates)
    return error{errc::malformed, fmt::format("a chain of {} certificates is too long: at most {}",
                                              all->size(), max_chain_certificates)};
  return all;
}

std::string chain_pem(const std::vector<certificate>& chain) {
  std::string out;
  for (const auto& x : chain)
    out += x.pem();
  return out;
}

result<credential> parse_credential(std::string_view pem) {
  auto chain = parse_chain(pem);
  if (!chain)
    return chain.why();
  auto key = private_key::parse(pem);
  if (!key)
    return error{errc::malformed, fmt::format("the credential of {} has no usable key: {}",
                                              chain->front().subject(), key.why().text)};
  if (!chain->front().belongs_to(*key))
    return error{errc::malformed,
                 fmt::format("the key does not belong to the first certificate, {}",
                             chain->front().subject())};
  return credential{*std::move(chain), *std::move(key)};
}

std::string credential_pem(const credential& x) {
  return x.leaf().pem() + x.key.pem()
         + chain_pem(std::vector<certificate>(x.chain.begin() + 1, x.chain.end()));
}

result<credential> make_proxy(const credential& from, const new_proxy& x, instant now) {
  if (auto r = check_new(x); !r)
    return r.why();
  auto key = private_key::generate();
  if (!key)
    return key.why();
  auto leaf = sign_proxy(from, key->handle(), x, now);
  if (!leaf)
    return leaf.why();
  credential out{{*std::move(leaf)}, *std::move(key)};
  out.chain.insert(out.chain.end(), from.chain.begin(), from.chain.end());
  return out;
}

result<delegation_request> request_delegation() {
  auto key = private_key::generate();
  if (!key)
    return key.why();
  owned<X509_REQ, X509_REQ_free> request{X509_REQ_new()};
  // Some signers refuse an empty subject, all ignore what it says.
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("proxy"), -1, -1, 0);
  X509_REQ_set_pubkey(request.get(), key->handle());
  bio out{BIO_new(BIO_s_mem())};
  if (X509_REQ_sign(request.get(), key->handle(), EVP_sha256()) <= 0
      || PEM_write_bio_X509_REQ(out.get(), request.get()) != 1)
    return broken("make a request for a delegation");
  return delegation_request{*std::move(key), contents(out.get())};
}

result<std::vector<certificate>> sign_delegation(const credential& from, std::string_view csr,
                                                 const new_proxy& x, instant now) {
  if (auto r = check_new(x); !r)
    return r.why();
  if (auto r = within_bounds(csr, "a request for a delegation"); !r)
    return r.why();
  owned<X509_REQ, X509_REQ_free> asked{
      PEM_read_bio_X509_REQ(reader(csr).get(), nullptr, nullptr, nullptr)};
  if (!asked)
    return error{errc::malformed,
                 fmt::format("cannot read the request for a delegation: {}", last_error())};
  auto key = X509_REQ_get0_pubkey(asked.get());
  if (auto weak = key ? weakness(key) : "its key cannot be read"; !weak.empty())
    return error{errc::denied, fmt::format("the request for a delegation is refused: {}", weak)};
  if (X509_REQ_verify(asked.get(), key) != 1) {
    ERR_clear_error();
    return error{errc::malformed, "the request for a delegation is not signed by its own key"};
  }
  auto leaf = sign_proxy(from, key, x, now);
  if (!leaf)
    return leaf.why();
  std::vector<certificate> out{*std::move(leaf)};
  out.insert(out.end(), from.chain.begin(), from.chain.end());
  return out;
}

result<credential> accept_delegation(const private_key& key, std::string_view chain_pem) {
  auto chain = parse_chain(chain_pem);
  if (!chain)
    return chain.why();
  if (!is_proxy(chain->front()))
    return error{errc::malformed,
                 fmt::format("the delegated certificate {} is no proxy", chain->front().subject())};
  if (!chain->front().belongs_to(key))
    return error{errc::malformed,
                 fmt::format("the delegated proxy {} is not for the key that was asked for",
                             chain->front().subject())};
  return credential{*std::move(chain), key};
}

std::optional<proxy_cert_info> proxy_info_of(const certificate& x) {
  auto value = extension_of(x, proxy_cert_info_oid);
  if (!value)
    return std::nullopt;
  auto info = parse_proxy_cert_info(*value);
  return info ? *std::move(info) : proxy_cert_info{};
}

bool is_proxy(const certificate& x) { return extension_of(x, proxy_cert_info_oid).has_value(); }

} // namespace trellis::gsi
