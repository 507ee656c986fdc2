#include "protocols/gsi/private_key.hpp"

#include "protocols/gsi/openssl.hpp"

#include <fmt/core.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace trellis::gsi {

bio reader(std::string_view text) {
  return bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::string contents(BIO* from) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(from, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string last_error() {
  auto code = ERR_get_error();
  ERR_clear_error();
  auto words = ERR_reason_error_string(code);
  return words ? words : fmt::format("OpenSSL error {}", code);
}

result<private_key> private_key::generate() {
  auto key = EVP_EC_gen("P-256");
  if (!key)
    return error{errc::internal, fmt::format("cannot make a key: {}", last_error())};
  return private_key{
      std::shared_ptr<EVP_PKEY>{key, EVP_PKEY_free}
  };
}

result<private_key> private_key::parse(std::string_view pem) {
  // Without this, OpenSSL asks the terminal for the passphrase.
  auto no_passphrase = [](char*, int, int, void*) { return -1; };
  auto key = PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr);
  if (!key)
    return error{errc::malformed, fmt::format("cannot read a private key: {}", last_error())};
  return private_key{
      std::shared_ptr<EVP_PKEY>{key, EVP_PKEY_free}
  };
}

std::string private_key::pem() const {
  bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return contents(out.get());
}

} // namespace trellis::gsi
