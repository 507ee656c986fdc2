#pragma once
/// An X.509 certificate (RFC 5280): what a node and its operator want to know of it. Immutable;
/// copies share it. Errors: `malformed`.
#include "protocols/base/result.hpp"
#include "protocols/gsi/dn.hpp"
#include "protocols/gsi/private_key.hpp"
#include "protocols/names/host_name.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace trellis::gsi {

using instant = std::chrono::sys_seconds;

class certificate {
public:
  /// The first certificate of a PEM text.
  static result<certificate> parse(std::string_view pem);

  /// All of them, in order; at least one.
  static result<std::vector<certificate>> parse_all(std::string_view pem);

  /// Takes over the reference.
  static certificate own(x509_st* handle);

  /// Exactly one, with nothing behind it.
  static result<certificate> from_der(std::string_view der);

  std::string pem() const;
  std::string der() const;

  result<dn> subject_name() const;
  result<dn> issuer_name() const;

  /// Big-endian bytes without leading zeros.
  std::string serial() const;

  std::string subject() const; // in slash form: /DC=example/CN=alice
  std::string issuer() const;
  std::string fingerprint() const; // SHA-256 in lower-case hex

  /// A time that cannot be read is never: not_before at the end of time, not_after at its begin.
  instant not_before() const;
  instant not_after() const;

  /// The host names of its subjectAltName, in lower case; names with a wildcard are left out.
  std::vector<host_name> hosts() const;

  bool is_ca() const;
  bool belongs_to(const private_key& key) const;
  bool signed_by(const certificate& ca) const;

  x509_st* handle() const { return cert_.get(); }

private:
  explicit certificate(std::shared_ptr<x509_st> cert) : cert_(std::move(cert)) {}

  std::shared_ptr<x509_st> cert_;
};

/// Whether `chain` (the host's own certificate first) leads to one of `anchors` and is valid at
/// `now`. Errors: `expired` with the dates, `unauthenticated` with subject, issuer and reason.
result<done> verify(const std::vector<certificate>& chain, const std::vector<certificate>& anchors,
                    instant now);

} // namespace trellis::gsi
