#pragma once
/// A distinguished name (X.501 Name). Its DER is what it is; everything else is a view of it.
///
/// Forms   slash     /C=XX/O=Grid/CN=Alice   as grid-mapfiles, LSC files and Globus tools write it
///         RFC 4514  CN=Alice,O=Grid,C=XX    the reverse order, as Argus and Java write it
///
/// The slash form is ambiguous: a value may hold a slash, and the types of strings are lost. Names
/// of certificates are therefore compared by their normal form: per attribute the OID and the value
/// in UTF-8, runs of blanks as one blank, case kept. A configured slash form is turned into all the
/// names that it may mean (`parse_slash`) when it is loaded.
///
/// Bounds: 64 attributes, 8 KiB. Errors: `malformed`.
#include "protocols/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

struct X509_name_st;

namespace trellis::gsi {

struct name_attribute {
  std::string type;  // an OID with dots: 2.5.4.3
  std::string value; // UTF-8

  friend auto operator<=>(const name_attribute&, const name_attribute&) = default;
};

class dn {
public:
  static constexpr std::size_t max_attributes = 64, max_bytes = 8 * 1024;

  using rdn = std::vector<name_attribute>; // nearly always of one attribute

  /// The empty name.
  dn() = default;

  static result<dn> from_der(std::string_view der);
  static result<dn> of(const X509_name_st* name);

  /// Values become UTF8String; DC and emailAddress IA5String; C PrintableString.
  static result<dn> from_rdns(std::vector<rdn> rdns);

  /// CN=Alice\, the first,O=Grid+OU=x,C=XX. Escapes and `#hex` values of RFC 4514, 2.4.
  static result<dn> parse_rfc4514(std::string_view text);

  /// What a slash form may mean: first that each `/TYPE=` begins an attribute, then that one or
  /// more of them belong to the value before; at most `max_candidates`.
  static constexpr std::size_t max_candidates = 64;
  static result<std::vector<dn>> parse_slash(std::string_view text);

  const std::string& der() const { return der_; }

  const std::vector<rdn>& rdns() const { return rdns_; }

  bool empty() const { return rdns_.empty(); }

  /// Bytes other than printable ASCII are \xHH. A slash in a value is written as it is, as in
  /// grid-mapfiles and LSC files; \/ is read as one.
  std::string slash() const;
  std::string rfc4514() const;

  /// Equal for names that are the same: what sets and maps are keyed with.
  const std::string& normal() const { return normal_; }

  /// SHA-256 of the DER in hex.
  std::string der_digest() const;

  /// `*this` with one more RDN of one CN.
  result<dn> with_cn(std::string_view cn) const;

  /// Whether `*this` is `base` and exactly one more RDN of one CN (RFC 3820, 3.4).
  bool is_proxy_name_of(const dn& base) const;

  friend bool operator==(const dn& a, const dn& b) { return a.normal_ == b.normal_; }

private:
  std::string der_{"\x30\x00", 2}, normal_;
  std::vector<rdn> rdns_;
};

/// Whether a configured slash form may mean `name`. Spellings of types are equal: E, Email and
/// emailAddress; UID and USERID.
bool may_mean(std::string_view slash, const dn& name);

/// The slash form with blanks folded and one spelling for each type: equal for texts that
/// libvomsapi and Globus take as the same.
std::string normal_slash(std::string_view slash);

} // namespace trellis::gsi
