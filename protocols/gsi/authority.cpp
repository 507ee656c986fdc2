#include "protocols/gsi/authority.hpp"

#include "protocols/gsi/openssl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

namespace trellis::gsi {

namespace {

using x509_name = owned<X509_NAME, X509_NAME_free>;

error broken(std::string_view what) {
  return {errc::internal, fmt::format("cannot {}: {}", what, last_error())};
}

/// /DC=trellis/O=test/CN=<name>. A common name has at most 64 bytes (RFC 5280, appendix A).
x509_name test_name(std::string_view name) {
  x509_name out{X509_NAME_new()};
  auto add = [&](const char* field, std::string_view value) {
    X509_NAME_add_entry_by_txt(out.get(), field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  };
  add("DC", "trellis");
  add("O", "test");
  add("CN", name.substr(0, 64));
  return out;
}

bool add_extension(X509* to, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  owned<X509_EXTENSION, X509_EXTENSION_free> x{
      X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())};
  return x && X509_add_ext(to, x.get(), -1) == 1;
}

/// Version 3 with a random serial number of 127 bits and its dates; no extensions yet.
certificate blank(EVP_PKEY* key, X509_NAME* subject, X509_NAME* issuer, instant now,
                  std::chrono::days valid) {
  auto x = certificate::own(X509_new());
  auto cert = x.handle();
  X509_set_version(cert, X509_VERSION_3);
  std::array<unsigned char, 16> random{};
  RAND_bytes(random.data(), random.size());
  random[0] = static_cast<unsigned char>((random[0] & 0x7F) | 0x40);
  owned<BIGNUM, BN_free> serial{BN_bin2bn(random.data(), random.size(), nullptr)};
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(cert));
  auto begin = (now - std::chrono::minutes{5}).time_since_epoch().count();
  ASN1_TIME_set(X509_getm_notBefore(cert), begin);
  ASN1_TIME_set(X509_getm_notAfter(cert), (now + valid).time_since_epoch().count());
  X509_set_subject_name(cert, subject);
  X509_set_issuer_name(cert, issuer);
  X509_set_pubkey(cert, key);
  return x;
}

/// What tells an end entity, of a host or a user: what it is for, its names, who signed.
bool finish(X509* x, const authority& by, const std::string& uses, const std::string& names) {
  auto ca = by.cert.handle();
  return add_extension(x, ca, NID_basic_constraints, "critical,CA:FALSE")
         && add_extension(x, ca, NID_key_usage, "critical,digitalSignature")
         && add_extension(x, ca, NID_ext_key_usage, uses)
         && (names.empty() || add_extension(x, ca, NID_subject_alt_name, names))
         && add_extension(x, ca, NID_subject_key_identifier, "hash")
         && add_extension(x, ca, NID_authority_key_identifier, "keyid:always")
         && X509_sign(x, by.key.handle(), EVP_sha256()) > 0;
}

bool strong(EVP_PKEY* key) {
  auto kind = EVP_PKEY_get_base_id(key);
  auto bits = EVP_PKEY_get_bits(key);
  return (kind == EVP_PKEY_EC && bits >= 256) || (kind == EVP_PKEY_RSA && bits >= 2048);
}

} // namespace

result<authority> make_authority(std::string_view name, instant now, std::chrono::days valid,
                                 std::optional<private_key> given) {
  auto key = given ? result<private_key>{*std::move(given)} : private_key::generate();
  if (!key)
    return key.why();
  auto subject = test_name(name);
  auto cert = blank(key->handle(), subject.get(), subject.get(), now, valid);
  auto x = cert.handle();
  bool made = add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
              && add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign")
              && add_extension(x, x, NID_subject_key_identifier, "hash")
              && X509_sign(x, key->handle(), EVP_sha256()) > 0;
  if (!made)
    return broken("make a CA certificate");
  return authority{cert, *key};
}

result<std::string> make_request(const private_key& key, const host_name& host) {
  owned<X509_REQ, X509_REQ_free> request{X509_REQ_new()};
  auto subject = test_name(host.text());
  X509_REQ_set_subject_name(request.get(), subject.get());
  X509_REQ_set_pubkey(request.get(), key.handle());
  bio out{BIO_new(BIO_s_mem())};
  if (X509_REQ_sign(request.get(), key.handle(), EVP_sha256()) <= 0
      || PEM_write_bio_X509_REQ(out.get(), request.get()) != 1)
    return broken("make a certificate request");
  return contents(out.get());
}

result<certificate> sign_host(const authority& ca, std::string_view request, const host_name& host,
                              instant now, std::chrono::days valid) {
  owned<X509_REQ, X509_REQ_free> asked{
      PEM_read_bio_X509_REQ(reader(request).get(), nullptr, nullptr, nullptr)};
  if (!asked)
    return error{errc::malformed, fmt::format("cannot read the certificate request for {}: {}",
                                              host.text(), last_error())};
  auto key = X509_REQ_get0_pubkey(asked.get());
  if (!key || X509_REQ_verify(asked.get(), key) != 1) {
    ERR_clear_error();
    return error{errc::malformed, fmt::format("the certificate request for {} is not signed by its "
                                              "own key",
                                              host.text())};
  }
  if (!strong(key))
    return error{errc::denied, fmt::format("the certificate request for {} has a weak key: 256 "
                                           "bits on a curve or RSA with 2048 are needed",
                                           host.text())};
  auto subject = test_name(host.text());
  auto issuer = X509_get_subject_name(ca.cert.handle());
  auto cert = blank(key, subject.get(), issuer, now, valid);
  if (!finish(cert.handle(), ca, "serverAuth,clientAuth", "DNS:" + host.text()))
    return broken("sign a host certificate");
  return cert;
}

result<certificate> sign_user(const authority& ca, const private_key& key, std::string_view name,
                              instant now, std::chrono::days valid) {
  auto cert = blank(key.handle(), test_name(name).get(), X509_get_subject_name(ca.cert.handle()),
                    now, valid);
  if (!finish(cert.handle(), ca, "clientAuth", ""))
    return broken("sign a user's certificate");
  return cert;
}

std::vector<std::pair<std::string, std::string>> anchor_files(const certificate& ca) {
  auto policy = fmt::format("access_id_CA X509 '{}'\npos_rights globus CA:sign\n"
                            "cond_subjects globus '\"/DC=trellis/O=test/*\"'\n",
                            ca.subject());
  std::vector<std::pair<std::string, std::string>> out;
  for (auto hash : {X509_subject_name_hash(ca.handle()), X509_subject_name_hash_old(ca.handle())}) {
    out.emplace_back(fmt::format("{:08x}.0", hash), ca.pem());
    out.emplace_back(fmt::format("{:08x}.signing_policy", hash), policy);
  }
  return out;
}

} // namespace trellis::gsi
