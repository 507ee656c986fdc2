#include "protocols/gsi/host_key.hpp"

#include "protocols/gsi/openssl.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace trellis::gsi {

result<private_key> make_host_key(bool signs_attributes) {
  if (!signs_attributes)
    return private_key::generate();
  owned<EVP_PKEY, EVP_PKEY_free> key{EVP_RSA_gen(2048)};
  bio out{BIO_new(BIO_s_mem())};
  if (!key
      || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr)
             != 1)
    return error{errc::internal, fmt::format("cannot make a key: {}", last_error())};
  return private_key::parse(contents(out.get()));
}

} // namespace trellis::gsi
