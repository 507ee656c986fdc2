#include "protocols/gsi/strength.hpp"

#include "protocols/gsi/openssl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace trellis::gsi {

namespace {

constexpr int least_rsa_bits = 2048;
constexpr int most_rsa_bits = 8192; // verifying longer ones costs too much time

constexpr std::string_view curves[] = {"prime256v1", "secp384r1", "secp521r1"};

constexpr int digests[]
    = {NID_sha256, NID_sha384, NID_sha512, NID_sha3_256, NID_sha3_384, NID_sha3_512};

bool strong_digest(int nid) { return std::ranges::count(digests, nid) > 0; }

int find(const certificate& x, const char* oid, int after) {
  owned<ASN1_OBJECT, ASN1_OBJECT_free> type{OBJ_txt2obj(oid, 1)};
  return X509_get_ext_by_OBJ(x.handle(), type.get(), after);
}

} // namespace

std::string weakness(EVP_PKEY* key) {
  auto bits = EVP_PKEY_get_bits(key);
  switch (EVP_PKEY_get_base_id(key)) {
  case EVP_PKEY_RSA:
  case EVP_PKEY_RSA_PSS:
    if (bits < least_rsa_bits || bits > most_rsa_bits)
      return fmt::format("an RSA key of {} bits; {} to {} are taken", bits, least_rsa_bits,
                         most_rsa_bits);
    return {};
  case EVP_PKEY_EC: {
    std::array<char, 64> name{};
    std::size_t size = 0;
    auto named = EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1;
    ERR_clear_error();
    if (!named || std::ranges::count(curves, std::string_view{name.data(), size}) == 0)
      return "a key on a curve other than P-256, P-384 and P-521";
    return {};
  }
  case EVP_PKEY_ED25519:
    return {};
  default:
    return "a key that is neither RSA, nor on a curve of NIST, nor Ed25519";
  }
}

std::string signature_weakness(const certificate& x) {
  int digest = NID_undef, key = NID_undef, bits = 0;
  X509_get_signature_info(x.handle(), &digest, &key, &bits, nullptr);
  ERR_clear_error();
  if (key == NID_ED25519 || (key != NID_dsa && strong_digest(digest)))
    return {};
  auto name = OBJ_nid2ln(X509_get_signature_nid(x.handle()));
  return fmt::format("a signature by {}; SHA-256 or longer is needed",
                     name ? name : "an unknown algorithm");
}

std::optional<std::string> extension_of(const certificate& x, const char* oid) {
  auto at = find(x, oid, -1);
  if (at < 0)
    return std::nullopt;
  auto octets = X509_EXTENSION_get_data(X509_get_ext(x.handle(), at));
  return std::string{reinterpret_cast<const char*>(ASN1_STRING_get0_data(octets)),
                     static_cast<std::size_t>(ASN1_STRING_length(octets))};
}

int count_extensions(const certificate& x, const char* oid) {
  int out = 0;
  for (auto at = find(x, oid, -1); at >= 0; at = find(x, oid, at))
    ++out;
  return out;
}

bool is_critical(const certificate& x, const char* oid) {
  auto at = find(x, oid, -1);
  return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(x.handle(), at)) == 1;
}

} // namespace trellis::gsi
