#pragma once
/// A private key. It cannot be printed by accident: its text leaves only through `pem`, which is
/// for files of mode 0600. Copies share the same key. Errors: `malformed`, `internal`.
#include "protocols/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace trellis::gsi {

class private_key {
public:
  /// A new one, on the curve P-256.
  static result<private_key> generate();

  /// The first key of a PEM text; one that is locked by a passphrase is refused.
  static result<private_key> parse(std::string_view pem);

  std::string pem() const;

  evp_pkey_st* handle() const { return key_.get(); }

private:
  explicit private_key(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

} // namespace trellis::gsi
