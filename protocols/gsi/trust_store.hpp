#pragma once
/// Inside this folder only: what is in `trust_anchors`.
#include "protocols/gsi/name_policy.hpp"
#include "protocols/gsi/openssl.hpp"
#include "protocols/gsi/trust_anchors.hpp"

#include <map>
#include <set>

namespace trellis::gsi {

/// A revocation list. It counts for the keys that signed it.
struct revocation_list {
  std::shared_ptr<X509_CRL> list;
  std::string file;
  instant begins, ends;
  std::string unusable;              // why not to judge by it, or empty
  std::set<std::string> verified_by; // fingerprints of the anchors that signed it
};

/// One of the two policy files of a CA.
struct policy_file {
  std::string file;
  name_policy policy;
  std::string unusable; // why it cannot be read, or empty
};

struct trust_store {
  trust_settings settings;
  owned<X509_STORE, X509_STORE_free> store{X509_STORE_new()};
  std::vector<anchor_facts> anchors;
  std::map<std::string, std::set<std::string>> stems;          // by the CA's normal subject
  std::map<std::string, policy_file> namespaces, eacls;        // by stem
  std::map<std::string, std::vector<revocation_list>> revoked; // by the CA's normal subject

  /// The file that says what this CA may sign; none when there is none.
  const policy_file* policy_of(const certificate& ca) const;
};

/// Why `x`, signed by `ca`, is revoked or cannot be told; empty when it holds.
std::string why_revoked(const trust_store& trust, const certificate& x, const certificate& ca,
                        instant now);

/// Why `ca` may not sign a certificate of this subject; empty when it may.
std::string why_outside(const trust_store& trust, const certificate& x, const certificate& ca);

} // namespace trellis::gsi
