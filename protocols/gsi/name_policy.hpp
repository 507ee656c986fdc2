#pragma once
/// Which subjects a CA may sign, from its signing_policy (Globus EACL) or namespaces (EUGridPMA):
///
///   access_id_CA   X509    '/C=XX/O=Grid/CN=CA'
///   pos_rights     globus  CA:sign
///   cond_subjects  globus  '"/C=XX/O=Grid/*" "/C=XX/O=Other/*"'
///
///   TO Issuer "/C=XX/O=Grid/CN=CA" PERMIT Subject "/C=XX/O=Grid/.*"
///   TO Issuer SELF DENY Subject "/C=XX/O=Old/.*"
///
/// Patterns know only "anything" (`*`, in namespaces `.*`) and, in a signing_policy, "one byte"
/// (`?`); other operators of regular expressions are refused when the file is read. What is
/// permitted is meant to the letter: a dot is a dot. Matching takes time in proportion to pattern
/// times subject, whatever they are.
///
/// neg_rights are read and ignored, as by Globus. Errors: `malformed`, with the line.
#include "protocols/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace trellis::gsi {

class name_pattern {
public:
  static result<name_pattern> glob(std::string_view text);

  /// A dot is a dot, or, to deny, any byte.
  static result<name_pattern> regex(std::string_view text, bool to_permit = true);

  /// `slash` is a name in slash form.
  bool matches(std::string_view slash) const;

private:
  friend struct pattern_maker;
  std::u16string tokens_; // bytes, or one of the two wildcards
};

struct name_policy {
  struct rule {
    std::string issuer; // normal_slash; empty: the CA whose file this is
    bool permit = true;
    name_pattern subject;
  };

  std::vector<rule> rules;

  /// Whether `issuer` may sign `subject`, both in slash form: a rule permits and none denies.
  bool permits(std::string_view issuer, std::string_view subject) const;
};

result<name_policy> parse_signing_policy(std::string_view text);
result<name_policy> parse_namespaces(std::string_view text);

} // namespace trellis::gsi
