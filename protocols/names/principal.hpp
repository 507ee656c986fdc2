#pragma once
/// Who asks. Authenticated once, at the boundary (control socket, HTTPS front, link), and immutable
/// after that: actors authorise on it, never on where a message came from.
#include "protocols/wire/codec.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace trellis {

enum class principal_kind : std::uint8_t {
  nobody = 0, // not authenticated: may do nothing
  local_user, // SO_PEERCRED of the control socket, through [[local_user]]
  x509,       // a certificate or proxy
  node,       // the host certificate of a linked node
  token,      // a bearer token
};

constexpr bool known(principal_kind x) { return x <= principal_kind::token; }

struct principal {
  principal_kind kind = principal_kind::nobody;
  std::string issuer;                            // who vouches: a CA's DN, a token's iss, a node
  std::string subject;                           // a DN in slash form, or a node's host name
  std::string vo;                                // empty: of no VO
  std::vector<std::string> fqans;                // the first is the primary one
  std::vector<std::string> capabilities;         // "operator" may act on everybody's jobs
  std::chrono::system_clock::time_point expires; // epoch: never
  std::string request;                           // its own id of this request, for the audit log

  friend bool operator==(const principal&, const principal&) = default;
};
TRELLIS_INSPECT(principal, kind, issuer, subject, vo, fqans, capabilities, expires, request)

/// An operator of the node.
bool is_operator(const principal& who);

} // namespace trellis
