#pragma once
/// The new node's side of an invitation. The exchange itself is a parameter: TLS in production.
#include "runtime/node/invitation.hpp"
#include "runtime/node/node_directory.hpp"

#include <functional>

namespace trellis {

/// Dials the token's address, makes sure that the other end is `inviter` under the CA of the
/// token's fingerprint, sends the bytes and returns the answer's.
using join_exchange
    = std::function<result<std::string>(const invite_token& token, const std::string& request)>;

/// Makes the directory: the key is made here and stays here. The text says what to do next.
/// Errors: `expired` for an old token; the inviting node's refusal; those of files.
result<std::string> join_node(const new_node& x, const invite_token& token, gsi::instant now,
                              const join_exchange& exchange);

} // namespace trellis
