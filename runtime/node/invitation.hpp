#pragma once
/// Invitations: how a node that knows nobody becomes a peer of ours, without files copied by hand.
///
/// `invite` writes DIR/invitations/<id> and prints a TOKEN. `join TOKEN` makes a key, dials the
/// address in the token, checks that the other end shows the CA certificate of the token's
/// fingerprint, and only then sends the secret with its certificate request. `accept_join` answers
/// with a signed certificate and writes both the peer and the fact that the token is used up. The
/// same request again gets the same answer, so that a lost answer costs nothing.
///
///   file <id>         wire of `invitation`; id = first 32 hex digits of SHA-256(secret)
///   file <id>.used    wire of `used_invitation`
#include "protocols/gsi/authority.hpp"
#include "runtime/node/config.hpp"

#include <array>

namespace trellis {

/// What travels in the token.
struct invite_token {
  std::string connect; // host:port of the inviting node
  host_name inviter;
  std::string ca; // SHA-256 of the test CA's certificate, hex
  std::string secret;
  std::chrono::sys_seconds expires{};
};
TRELLIS_INSPECT(invite_token, connect, inviter, ca, secret, expires)

/// trellis1.<base64url of its wire form>. Errors: `malformed`.
std::string text(const invite_token& x);
result<invite_token> parse_token(std::string_view text);

/// What the invited node may do here.
struct invitation {
  host_name host;
  std::vector<role> roles; // empty: what it asks for
  std::vector<std::string> vos;
  std::chrono::sys_seconds expires{};
};
TRELLIS_INSPECT(invitation, host, roles, vos, expires)

struct join_request {
  std::string secret;
  host_name host;
  std::vector<role> roles;
  std::string connect; // where the new node can be dialled; empty: it only dials
  std::string request; // PKCS #10 in PEM
};
TRELLIS_INSPECT(join_request, secret, host, roles, connect, request)

/// When `refused`, only `code` and `text` hold.
struct join_answer {
  bool refused = false;
  errc code = errc::internal;
  std::string text;
  std::string certificate, ca; // PEM
  host_name inviter;
  std::string connect;
  std::vector<role> roles; // of the inviting node
  std::vector<std::string> vos;
};
TRELLIS_INSPECT(join_answer, refused, code, text, certificate, ca, inviter, connect, roles, vos)

struct used_invitation {
  std::string request; // SHA-256 of the whole join_request, hex
  std::string answer;  // wire of join_answer
};
TRELLIS_INSPECT(used_invitation, request, answer)

/// Errors: `usage` when the node cannot be dialled; `not_found` without a test CA.
result<invite_token> invite(const config::node& node, invitation what,
                            const std::array<std::uint8_t, 16>& random);

/// The inviting node's side: request bytes in, answer bytes out. Never fails: errors are answers.
/// Called from one thread at a time. When `joined` is set, the configuration has a new peer.
std::string accept_join(const config::node& node, std::string_view request, gsi::instant now,
                        bool& joined);

/// `DIR/invitations/<id>` of a secret.
std::string invitation_file(const std::string& directory, std::string_view secret);

} // namespace trellis
