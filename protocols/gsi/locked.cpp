#include "protocols/gsi/locked.hpp"

#include "protocols/gsi/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <cstring>

namespace trellis::gsi {

namespace {

int give_passphrase(char* to, int room, int, void* from) {
  const auto& text = *static_cast<const std::string*>(from);
  if (text.size() > static_cast<std::size_t>(room))
    return -1;
  std::memcpy(to, text.data(), text.size());
  return static_cast<int>(text.size());
}

} // namespace

bool is_locked(std::string_view pem) {
  auto from = pem.find("PRIVATE KEY-----");
  if (from == pem.npos)
    return false;
  auto line = pem.rfind("-----BEGIN", from);
  auto next_line = pem.find('\n', from);
  return (line != pem.npos && pem.substr(line, from - line).find("ENCRYPTED") != pem.npos)
         || (next_line != pem.npos
             && pem.substr(next_line + 1).starts_with("Proc-Type: 4,ENCRYPTED"));
}

result<private_key> unlock(std::string_view pem, const std::string& passphrase) {
  owned<EVP_PKEY, EVP_PKEY_free> key{PEM_read_bio_PrivateKey(
      reader(pem).get(), nullptr, give_passphrase, const_cast<std::string*>(&passphrase))};
  if (!key) {
    ERR_clear_error();
    return error{errc::unauthenticated, "the passphrase does not open the private key"};
  }
  bio out{BIO_new(BIO_s_secmem())};
  PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return private_key::parse(contents(out.get()));
}

result<credential> open_pkcs12(std::string_view bytes, const std::string& passphrase) {
  owned<PKCS12, PKCS12_free> file{d2i_PKCS12_bio(reader(bytes).get(), nullptr)};
  if (!file) {
    ERR_clear_error();
    return error{errc::malformed, "it is no PKCS #12 file"};
  }
  if (PKCS12_verify_mac(file.get(), passphrase.c_str(), static_cast<int>(passphrase.size())) != 1) {
    ERR_clear_error();
    return error{errc::unauthenticated, "the passphrase does not open the PKCS #12 file"};
  }
  EVP_PKEY* key = nullptr;
  X509* cert = nullptr;
  STACK_OF(X509)* others = nullptr;
  bool read = PKCS12_parse(file.get(), passphrase.c_str(), &key, &cert, &others) == 1;
  owned<EVP_PKEY, EVP_PKEY_free> own_key{key};
  std::vector<certificate> chain;
  if (cert)
    chain.push_back(certificate::own(cert));
  while (X509* x = others ? sk_X509_shift(others) : nullptr)
    if (auto one = certificate::own(x); one.subject() != one.issuer()) // not the root
      chain.push_back(std::move(one));
  sk_X509_free(others);
  if (!read || !cert || !key) {
    ERR_clear_error();
    return error{errc::malformed, "the PKCS #12 file has no certificate with its key"};
  }
  bio out{BIO_new(BIO_s_secmem())};
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return parse_credential(chain_pem(chain) + contents(out.get()));
}

} // namespace trellis::gsi
