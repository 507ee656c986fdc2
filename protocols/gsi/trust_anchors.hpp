#pragma once
/// Whom we trust: the files of a hash-link directory such as /etc/grid-security/certificates
/// (`runtime` reads them), as one immutable value. Copies share it; replace it as a whole when the
/// directory changes, since nothing in it is reread.
///
///   NAME.0 .1 .. .pem .crt     CA certificates in PEM
///   NAME.r0 .r1 .. .crl        their CRLs, PEM or DER
///   NAME.signing_policy        which subjects the CA may sign (Globus EACL)
///   NAME.namespaces            the same in EUGridPMA's form; where it exists it wins
///
/// NAME is the CA's subject hash, its old (MD5) hash, or the stem of a certificate file of the CA.
/// A file that cannot be read is a problem and does not stop the others; a CA whose policy or CRL
/// cannot be read or does not fit signs nothing (never a silent downgrade).
///
/// The self-signature of an anchor is not judged (many are SHA-1); its key and all below it are.
#include "protocols/gsi/certificate.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::gsi {

/// A file's name without directory, and what is in it.
struct named_bytes {
  std::string name;
  std::string bytes;
};

enum class crl_rule : std::uint8_t {
  require_if_present = 0, // a CA without a CRL is taken; one with an outdated CRL is not
  require,
  off,
};

enum class namespace_rule : std::uint8_t {
  require = 0, // a CA without signing_policy or namespaces signs nothing
  if_present,
};

struct trust_settings {
  crl_rule crl = crl_rule::require_if_present;
  namespace_rule namespaces = namespace_rule::require;
};

/// What is wrong with a file, in one sentence that names it.
struct anchor_problem {
  std::string file;
  std::string text;
};

/// What is known of a CA.
struct anchor_facts {
  certificate cert;
  std::vector<std::string> files; // that hold it
  bool has_namespaces = false, has_crl = false;
  std::optional<instant> crl_ends; // nextUpdate of the newest
};

struct trust_store; // inside this folder

class trust_anchors {
public:
  struct loaded;

  static constexpr std::size_t max_files = 20'000, max_file_bytes = 32 * 1024 * 1024;

  /// Trusts nobody.
  trust_anchors();

  static loaded load(const std::vector<named_bytes>& files, trust_settings settings);

  /// Just these, without CRLs and namespaces: the CA of a node's own links, tests.
  static trust_anchors of(const std::vector<certificate>& cas);

  std::size_t size() const;
  std::vector<anchor_facts> facts() const;

  const trust_store& inside() const { return *store_; }

private:
  std::shared_ptr<const trust_store> store_;
};

struct trust_anchors::loaded {
  trust_anchors anchors;
  std::vector<anchor_problem> problems;
};

} // namespace trellis::gsi
