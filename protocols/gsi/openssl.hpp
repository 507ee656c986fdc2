#pragma once
/// Inside this folder only: OpenSSL's things with an owner, its last error as a text.
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::gsi {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

template <class T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

using bio = owned<BIO, BIO_free_all>;

/// Reads from `text`, which must outlive it.
bio reader(std::string_view text);

/// Of a time in a certificate or CRL; nothing when it is none.
std::optional<std::chrono::sys_seconds> to_instant(const ASN1_TIME* x);

/// What was written to a memory BIO.
std::string contents(BIO* from);

/// The oldest error of this thread in words; the queue is empty after it.
std::string last_error();

} // namespace trellis::gsi
