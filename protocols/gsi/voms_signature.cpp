#include "protocols/gsi/voms_signature.hpp"

#include "protocols/gsi/der.hpp"
#include "protocols/gsi/openssl.hpp"
#include "protocols/gsi/strength.hpp"
#include "protocols/gsi/voms_oids.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <array>

namespace trellis::gsi {

namespace {

/// What an attribute certificate may be signed with.
struct algorithm_row {
  std::string_view oid;
  int key; // of OpenSSL
  const char* digest;
  bool has_null; // RSA's AlgorithmIdentifier ends with NULL
};

constexpr algorithm_row algorithms[] = {
    {"1.2.840.113549.1.1.11", EVP_PKEY_RSA, "SHA256", true },
    {"1.2.840.10045.4.3.2",   EVP_PKEY_EC,  "SHA256", false},
    {"1.2.840.113549.1.1.12", EVP_PKEY_RSA, "SHA384", true },
    {"1.2.840.113549.1.1.13", EVP_PKEY_RSA, "SHA512", true },
    {"1.2.840.10045.4.3.3",   EVP_PKEY_EC,  "SHA384", false},
    {"1.2.840.10045.4.3.4",   EVP_PKEY_EC,  "SHA512", false},
};

constexpr std::string_view null_parameter{"\x05\x00", 2};

const algorithm_row* row_of(std::string_view der) {
  auto whole = der::only(der, der::sequence);
  der::cursor in{whole ? whole->body : std::string_view{}};
  auto oid = in.next(der::oid);
  auto type = oid ? der::oid_text(oid->body) : std::nullopt;
  if (!type)
    return nullptr;
  auto null = in.next(der::null);
  for (const auto& x : algorithms)
    if (x.oid == *type && in.at_end() && (!null || (x.has_null && null->whole == null_parameter)))
      return &x;
  return nullptr;
}

using context = owned<EVP_MD_CTX, EVP_MD_CTX_free>;

const unsigned char* raw(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

} // namespace

result<std::string> signature_algorithm(const private_key& key) {
  for (const auto& x : algorithms)
    if (x.key == EVP_PKEY_get_base_id(key.handle()))
      return der::wrap(der::sequence,
                       der::oid_of(x.oid) + std::string{x.has_null ? null_parameter : ""});
  return error{errc::internal, "attribute certificates are signed by RSA or a curve, and the "
                               "server's key is neither"};
}

result<std::string> sign_bytes(const private_key& key, std::string_view bytes) {
  context sign{EVP_MD_CTX_new()};
  std::size_t size = 0;
  std::string out;
  if (EVP_DigestSignInit(sign.get(), nullptr, EVP_sha256(), nullptr, key.handle()) == 1
      && EVP_DigestSign(sign.get(), nullptr, &size, raw(bytes), bytes.size()) == 1) {
    out.resize(size);
    if (EVP_DigestSign(sign.get(), reinterpret_cast<unsigned char*>(out.data()), &size, raw(bytes),
                       bytes.size())
        == 1) {
      out.resize(size);
      return out;
    }
  }
  return error{errc::internal, fmt::format("cannot sign: {}", last_error())};
}

result<done> check_signature(const certificate& signer, std::string_view algorithm,
                             std::string_view bytes, std::string_view signature) {
  auto refuse = [&](std::string_view why) {
    return error{errc::unauthenticated, std::string{why}};
  };
  auto row = row_of(algorithm);
  if (!row)
    return refuse("its signature is not by RSA or a curve with SHA-256 or longer");
  auto key = X509_get0_pubkey(signer.handle());
  if (!key || EVP_PKEY_get_base_id(key) != row->key)
    return refuse("its signature is of another kind than its server's key");
  context verify{EVP_MD_CTX_new()};
  auto ok
      = EVP_DigestVerifyInit(verify.get(), nullptr, EVP_get_digestbyname(row->digest), nullptr, key)
            == 1
        && EVP_DigestVerify(verify.get(), raw(signature), signature.size(), raw(bytes),
                            bytes.size())
               == 1;
  ERR_clear_error();
  if (!ok)
    return refuse(fmt::format("its signature is not by the key of {}", signer.subject()));
  return done{};
}

std::string key_digest_of(const certificate& x) {
  auto bits = X509_get0_pubkey_bitstr(x.handle());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits)),
             digest.data(), &size, EVP_sha1(), nullptr);
  return {digest.begin(), digest.begin() + size};
}

std::string key_id_of(const certificate& x) {
  if (auto value = extension_of(x, voms_oid::subject_key.data()))
    if (auto id = der::only(*value, der::octet_string))
      return std::string{id->body};
  return key_digest_of(x);
}

} // namespace trellis::gsi
