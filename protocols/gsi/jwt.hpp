#pragma once
/// Bearer tokens: compact JWS (RFC 7515) by RS256 or ES256, keys as JWKS (RFC 7517), claims and
/// scopes of the WLCG Common JWT Profile 1.0. Issuers and their keys are configured beforehand: the
/// algorithm is the key's, never what the token's header wishes.
///
/// Errors: `malformed` for what cannot be read, `expired` for time, `unauthenticated` for the rest.
#include "protocols/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace trellis::gsi {

enum class token_right : std::uint8_t {
  storage_read = 0,
  storage_create, // also directories; neither overwrites nor deletes
  storage_modify, // create, and overwrite, rename, delete
  storage_stage,  // from tape; does not read
  storage_poll,   // where it is
  compute_read,
  compute_create,
  compute_modify,
  compute_cancel,
};

/// "storage.read"
std::string_view word(token_right x);

/// What one scope grants.
struct capability {
  token_right right = token_right::storage_read;
  std::vector<std::string> path; // of storage, by its components; empty: the root

  friend bool operator==(const capability&, const capability&) = default;
};

/// The components of a path: begins with a slash, no empty one but at the end, no "." or "..", with
/// %xx decoded. Errors: `malformed`.
result<std::vector<std::string>> path_components(std::string_view path);

/// "storage.read:/a/b"; nothing for scopes of other profiles. A storage scope without a path, or
/// with a path that leads upwards, is an error: the whole token is refused for it.
result<std::optional<capability>> parse_scope(std::string_view scope);

/// Whether some capability grants the right on a path of storage: /a covers /a and /a/b, not /ab.
bool grants(const std::vector<capability>& all, token_right right, std::string_view path);

/// Whether some capability grants a right of computing.
bool grants(const std::vector<capability>& all, token_right right);

/// Whether it may be seen that the path is there: by rights to read, create, modify or stage.
bool grants_stat(const std::vector<capability>& all, std::string_view path);

class jwk_set {
public:
  static constexpr std::size_t max_bytes = 256 * 1024, max_keys = 64;

  struct key {
    std::string id;
    std::string algorithm; // RS256 or ES256
    std::shared_ptr<evp_pkey_st> value;
  };

  /// Keys of other kinds or uses are passed over; weak ones and those with private parts are
  /// errors.
  static result<jwk_set> parse(std::string_view json);

  const std::vector<key>& keys() const { return keys_; }

  /// The one of this id; without an id, the only one.
  const key* find(const std::string& id) const;

private:
  std::vector<key> keys_;
};

struct token_issuer {
  std::string url; // as in `iss`, to the letter
  std::string vo;
  jwk_set keys;
};

struct token_settings {
  std::vector<token_issuer> issuers;
  std::vector<std::string> audiences; // our own names
  std::chrono::seconds max_lifetime = std::chrono::hours{6};
};

struct verified_token {
  std::string issuer, subject, id;
  std::string vo;
  std::vector<capability> capabilities;
  std::vector<std::string> groups; // in order; empty when there is any capability
  std::chrono::sys_seconds expires;
};

inline constexpr std::size_t max_token_bytes = 16 * 1024;
inline constexpr std::chrono::seconds token_skew{60}; // of iat and nbf; exp has no grace

/// `compact` is what stands behind "Bearer ".
result<verified_token> verify_token(std::string_view compact, const token_settings& settings,
                                    std::chrono::sys_seconds now);

} // namespace trellis::gsi
