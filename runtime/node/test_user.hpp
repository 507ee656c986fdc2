#pragma once
/// A user for trying things out, on a node with a test CA: a certificate, and what programs of
/// users want beside it, in one directory that can be carried to another machine.
///
///   usercert.pem userkey.pem   the user; the key is 0600
///   certificates/              whom the user trusts: the test CA, with its signing policy
///   vomsdir/ vomses            where the node is the VOMS server of the VO
///   profile                    for `.` of a shell: where all that is, and the node's endpoint
///
/// The node gets certificates/ and vomsdir/ of its own and, unless it has one, an [edge] that names
/// them: from its next start it serves users over HTTPS.
///
/// Errors: `not_found` without a test CA, `exists` for a user that is there, `usage` for a node
/// that nobody can dial or for a name that is no plain word, those of files.
#include "runtime/node/node_directory.hpp"

namespace trellis {

struct test_user {
  std::string name; // a word; the certificate is for /DC=trellis/O=test/CN=<name>
  std::string vo;
  std::string directory; // empty: users/<name> of the node
};

inline constexpr std::chrono::days user_certificate_days{90};

/// The text says what to do next.
result<std::string> make_test_user(const config::node& node, const std::string& node_directory,
                                   const test_user& x, gsi::instant now);

} // namespace trellis
