#pragma once
/// What a peer may do here, and the checks at the gate: plain functions over a table and a peer's
/// rights. Rights come from the peer's certificate and our configuration; its hello can only narrow
/// them. Errors carry the sentence that the peer gets to read.
#include "protocols/link/frames.hpp"
#include "runtime/interfaces/base.hpp"

#include <optional>
#include <set>

namespace trellis::link {

struct peer_rights {
  host_name host; // as in its certificate
  std::string site;
  std::vector<role> roles;   // that it plays; it may send what these may send
  std::set<std::string> vos; // for whose members it may speak; "*": for everybody
  bool operators = false;    // operators of that node are operators here, too
};

/// The mask of `crossing::senders`.
std::uint32_t mask_of(const std::vector<role>& roles);

/// May this peer be talked to after this hello? Errors: `malformed`, `denied`.
std::optional<error> check_hello(const hello& said, const peer_rights& rights);

/// What is left of the rights once the hello has been heard.
peer_rights narrowed(const peer_rights& rights, const hello& said);

/// How a call may come in: as a message between roles, or as the act of a user of that node.
enum class passage { by_role, by_user };

/// Errors: `unknown_message`, `no_such_address`, `denied`.
result<passage> check_call(const call& in, const crossing* row, const host_name& here,
                           const peer_rights& rights);

std::optional<error> check_parcel(const parcel& in, const crossing* row, const host_name& here,
                                  const peer_rights& rights);

/// The principal of a message: the peer itself, or somebody of a VO that the peer may speak for,
/// and for a user's act nobody but a user of that node. Takes capabilities away that the peer
/// cannot give. Errors: `denied`, `unauthenticated`.
std::optional<error> admit(principal& who, passage how, const peer_rights& rights);

} // namespace trellis::link
