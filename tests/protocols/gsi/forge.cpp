#include "tests/protocols/gsi/forge.hpp"

#include "protocols/gsi/der.hpp"
#include "protocols/gsi/openssl.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cassert>

namespace trellis::gsi::forge {

namespace {

using x509_name = owned<X509_NAME, X509_NAME_free>;

const unsigned char* bytes(const std::string& x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

x509_name to_name(const dn& x) {
  auto at = bytes(x.der());
  return x509_name{d2i_X509_NAME(nullptr, &at, static_cast<long>(x.der().size()))};
}

private_key adopt(EVP_PKEY* key) {
  assert(key);
  bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  EVP_PKEY_free(key);
  return *private_key::parse(contents(out.get()));
}

owned<X509_EXTENSION, X509_EXTENSION_free> to_extension(const extension& x) {
  owned<ASN1_OBJECT, ASN1_OBJECT_free> type{OBJ_txt2obj(x.oid.c_str(), 1)};
  owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> octets{ASN1_OCTET_STRING_new()};
  ASN1_OCTET_STRING_set(octets.get(), bytes(x.der), static_cast<int>(x.der.size()));
  return owned<X509_EXTENSION, X509_EXTENSION_free>{
      X509_EXTENSION_create_by_OBJ(nullptr, type.get(), x.critical, octets.get())};
}

void set_serial(ASN1_INTEGER* to, const std::string& serial) {
  owned<BIGNUM, BN_free> number{BN_bin2bn(bytes(serial), static_cast<int>(serial.size()), nullptr)};
  BN_to_ASN1_INTEGER(number.get(), to);
}

} // namespace

private_key new_key() { return *private_key::generate(); }

private_key rsa_key(int bits) { return adopt(EVP_RSA_gen(static_cast<unsigned>(bits))); }

private_key curve_key(const std::string& curve) { return adopt(EVP_EC_gen(curve.c_str())); }

dn name(std::string_view slash) { return dn::parse_slash(slash)->front(); }

certificate sign(const recipe& x) {
  auto out = certificate::own(X509_new());
  auto cert = out.handle();
  X509_set_version(cert, X509_VERSION_3);
  set_serial(X509_get_serialNumber(cert), x.serial);
  ASN1_TIME_set(X509_getm_notBefore(cert), x.begin.time_since_epoch().count());
  ASN1_TIME_set(X509_getm_notAfter(cert), x.end.time_since_epoch().count());
  X509_set_subject_name(cert, to_name(x.subject).get());
  X509_set_issuer_name(cert, to_name(x.issuer).get());
  X509_set_pubkey(cert, x.key.handle());
  for (const auto& e : x.extensions)
    X509_add_ext(cert, to_extension(e).get(), -1);
  X509_sign(cert, x.signer.handle(), EVP_get_digestbyname(x.digest.c_str()));
  ERR_clear_error();
  // What was set above is cached by halves; what was read is not.
  return *certificate::from_der(out.der());
}

extension named(const std::string& name, const std::string& value) {
  owned<X509_EXTENSION, X509_EXTENSION_free> x{
      X509V3_EXT_conf(nullptr, nullptr, name.c_str(), value.c_str())};
  assert(x);
  char oid[80];
  OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(x.get()), 1);
  auto data = X509_EXTENSION_get_data(x.get());
  return {
      oid,
      X509_EXTENSION_get_critical(x.get()) == 1,
      {reinterpret_cast<const char*>(ASN1_STRING_get0_data(data)),
                      static_cast<std::size_t>(ASN1_STRING_length(data))}
  };
}

extension info(bool critical, const proxy_cert_info& x) {
  return {"1.3.6.1.5.5.7.1.14", critical, to_der(x)};
}

extension key_usage(bool critical, std::uint8_t bits) {
  return {
      "2.5.29.15", critical, {'\x03', '\x02', '\x00', static_cast<char>(bits)}
  };
}

extension alternative_name(const std::string& dns) { return named("subjectAltName", "DNS:" + dns); }

credential make_ca(std::string_view slash, std::vector<extension> more) {
  auto key = new_key();
  recipe x{name(slash), name(slash), key, key};
  x.begin = now - std::chrono::days{3650};
  x.end = now + std::chrono::days{3650};
  x.extensions = {named("basicConstraints", "critical,CA:TRUE"),
                  named("keyUsage", "critical,keyCertSign,cRLSign")};
  x.extensions.insert(x.extensions.end(), more.begin(), more.end());
  return alone(x);
}

recipe user_recipe(const credential& ca, std::string_view slash) {
  recipe x{name(slash), *ca.leaf().subject_name(), new_key(), ca.key};
  x.end = now + std::chrono::days{365};
  x.extensions = {named("basicConstraints", "critical,CA:FALSE"),
                  named("keyUsage", "critical,digitalSignature,keyEncipherment")};
  return x;
}

recipe proxy_recipe(const credential& from, const std::string& cn) {
  auto subject = *from.leaf().subject_name();
  recipe x{*subject.with_cn(cn), subject, new_key(), from.key};
  x.end = now + 12h;
  x.extensions = {info(true, {std::nullopt, std::string{inherit_all}, std::nullopt}),
                  named("keyUsage", "critical,digitalSignature,keyEncipherment")};
  return x;
}

credential below(const credential& from, const recipe& x) {
  credential out{{sign(x)}, x.key};
  out.chain.insert(out.chain.end(), from.chain.begin(), from.chain.end());
  return out;
}

credential alone(const recipe& x) { return {{sign(x)}, x.key}; }

std::string crl(const credential& ca, const std::vector<std::string>& serials, instant begin,
                instant end, bool critical) {
  owned<X509_CRL, X509_CRL_free> list{X509_CRL_new()};
  owned<ASN1_TIME, ASN1_STRING_free> from{ASN1_TIME_set(nullptr, begin.time_since_epoch().count())};
  owned<ASN1_TIME, ASN1_STRING_free> to{ASN1_TIME_set(nullptr, end.time_since_epoch().count())};
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(ca.leaf().handle()));
  X509_CRL_set1_lastUpdate(list.get(), from.get());
  X509_CRL_set1_nextUpdate(list.get(), to.get());
  for (const auto& serial : serials) {
    owned<ASN1_INTEGER, ASN1_INTEGER_free> number{ASN1_INTEGER_new()};
    set_serial(number.get(), serial);
    auto entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, number.get());
    X509_REVOKED_set_revocationDate(entry, from.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  if (critical) // issuingDistributionPoint: onlyContainsUserCerts
    X509_CRL_add_ext(list.get(), to_extension({"2.5.29.28", true, "\x30\x03\x81\x01\xFF"}).get(),
                     -1);
  X509_CRL_sort(list.get());
  X509_CRL_sign(list.get(), ca.key.handle(), EVP_sha256());
  bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509_CRL(out.get(), list.get());
  return contents(out.get());
}

std::string hash(const certificate& ca) {
  auto subject = X509_get_subject_name(ca.handle());
  return fmt::format("{:08x}", X509_NAME_hash_ex(subject, nullptr, nullptr, nullptr));
}

std::vector<named_bytes> files(const credential& ca, const std::string& subjects) {
  auto stem = hash(ca.leaf());
  auto policy = fmt::format("access_id_CA X509 '{}'\n"
                            "pos_rights globus CA:sign\n"
                            "cond_subjects globus '\"{}\"'\n",
                            ca.leaf().subject(), subjects);
  return {
      {stem + ".0",              ca.leaf().pem()},
      {stem + ".signing_policy", policy         },
  };
}

int openssl_verdict(const std::vector<certificate>& chain, const certificate& anchor, instant at) {
  owned<X509_STORE, X509_STORE_free> store{X509_STORE_new()};
  X509_STORE_add_cert(store.get(), anchor.handle());
  auto between = sk_X509_new_null();
  for (const auto& x : chain)
    sk_X509_push(between, x.handle());
  owned<X509_STORE_CTX, X509_STORE_CTX_free> check{X509_STORE_CTX_new()};
  X509_STORE_CTX_init(check.get(), store.get(), chain.front().handle(), between);
  X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_ALLOW_PROXY_CERTS);
  X509_STORE_CTX_set_time(check.get(), 0, at.time_since_epoch().count());
  X509_STORE_CTX_set_purpose(check.get(), X509_PURPOSE_SSL_CLIENT);
  auto ok = X509_verify_cert(check.get()) == 1;
  auto out = ok ? X509_V_OK : X509_STORE_CTX_get_error(check.get());
  sk_X509_free(between);
  ERR_clear_error();
  return out;
}

} // namespace trellis::gsi::forge
