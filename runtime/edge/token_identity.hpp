#pragma once
/// Users who come with a token of the WLCG profile in place of a certificate. A token's subject is
/// known by issuer and name together, so that it can never be taken for a DN. Where a token has
/// capabilities they alone say what it may do; one with groups acts as a member of its VO.
#include "protocols/gsi/jwt.hpp"
#include "protocols/http/request.hpp"
#include "protocols/names/principal.hpp"
#include "runtime/interfaces/operations.hpp"

namespace trellis::edge {

/// What stands behind "Authorization: Bearer ", or nothing.
std::optional<std::string> bearer_of(const http::request& x);

/// Errors: `unauthenticated` and `expired`.
result<principal> principal_of_token(std::string_view bearer, const gsi::token_settings& by,
                                     std::chrono::sys_seconds now);

/// Errors: `denied`, with the scope that is missing. Nothing for principals of other kinds.
result<done> token_permits(const principal& who, const operation& what);

/// An issuer's file: its keys as JWKS (RFC 7517), with two more members.
///
///   {"issuer": "https://iam.example/", "vo": "biomed", "keys": [...]}
///
/// Errors: `malformed`.
result<gsi::token_issuer> read_issuer(std::string_view json);

} // namespace trellis::edge
