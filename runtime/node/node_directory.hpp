#pragma once
/// The directory of a node, and how it comes to be.
///
///   node.toml            the configuration
///   ca.pem               whom the node trusts
///   host.pem host.key    its certificate with the chain, its key (0600)
///   test-ca.pem .key     the test CA, on the node that began it
///   invitations/         one file a token: runtime/node/invitation.hpp
///   store/ sessions/ sandboxes/ node.sock   made by the running node
///
/// Errors: `exists` for a directory that has a node already; those of files and certificates.
#include "protocols/gsi/authority.hpp"
#include "runtime/node/config.hpp"

namespace trellis {

/// What `trellis-node init` and `join` are told.
struct new_node {
  std::string directory;
  host_name host;
  std::string site;
  std::vector<role> roles;
  std::vector<endpoint> listen;
  std::string socket;        // empty: node.sock in the directory
  std::string vo = "test";   // of the user who makes the node
  std::string cert, key, ca; // given files; all three or none
  std::string user;          // who makes the node, for [[local_user]]
  std::uint32_t uid = 0;
};

/// Whether it will be a VOMS server.
bool signs_attributes(const new_node& x);

/// Valid this long; the end is announced 21, 7 and 1 days before.
inline constexpr std::chrono::days host_certificate_days{365};
inline constexpr std::chrono::days test_ca_days{3650};

/// Others pass through to the control socket, and payloads to their sessions; they list nothing.
inline constexpr unsigned directory_mode = 0711;

/// Makes the directory with a test CA, or with the given certificates. The text says what to do
/// next.
result<std::string> init_node(const new_node& x, gsi::instant now);

/// The first node.toml, with comments.
std::string first_config(const new_node& x, const std::vector<config::peer>& peers);

/// The text of one [[peer]].
std::string peer_section(const config::peer& x);

/// Appends a peer to the configuration; one that is there already stays as it is.
result<done> add_peer(const std::string& config_file, const config::peer& x);

/// Refuses a directory that has a node, or whose socket path would be too long.
result<done> check_new(const new_node& x);

/// The test CA of a node. `not_found` when it has none.
result<gsi::authority> load_test_ca(const std::string& directory);

/// Certificates of a file in PEM, or of all .pem, .crt and .0 files of a directory.
result<std::vector<gsi::certificate>> load_certificates(const std::string& path);

} // namespace trellis
