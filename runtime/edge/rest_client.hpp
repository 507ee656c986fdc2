#pragma once
/// A grid behind the HTTPS front of a node: the operations of the table, in bytes of the wire as
/// over the control socket. One connection, kept; requests one after the other. The server's name
/// is verified against its certificate.
///
/// Errors: those of the role that answers; `unauthenticated` when either side does not accept the
/// other, with who refused whom; `site_unreachable` and `timed_out` of the connection.
#include "protocols/names/address.hpp"
#include "runtime/edge/delegations.hpp"
#include "runtime/interfaces/operations.hpp"

#include <memory>

namespace trellis::edge {

struct client_config {
  std::string url;          // https://host:port
  std::string cert, key;    // PEM; empty: none is shown
  std::string named;        // where they were read, for errors
  std::string anchors;      // a directory of CAs by hash links, or
  std::string anchors_file; // a file of CAs in PEM
};

class rest_client {
public:
  using milliseconds = std::chrono::milliseconds;

  /// Errors: `usage` for a URL that is none. It connects when it is asked.
  static result<rest_client> open(client_config config);

  rest_client(rest_client&& x) noexcept;
  rest_client& operator=(rest_client&& x) noexcept;
  ~rest_client();

  result<std::string> exchange(const address& to, std::uint16_t type, std::string_view body,
                               milliseconds limit);

  /// The node behind the URL.
  result<node::status> status(milliseconds limit);

  /// Gives the node a proxy of the credential that is shown: the node makes a key and a request,
  /// `wish` is signed here. An empty id stands for the usual one of this user and these FQANs.
  result<delegation> delegate(const std::string& id, const gsi::new_proxy& wish, gsi::instant now,
                              milliseconds limit);

  /// The id of the usual one, as the node will call it; empty when the credential cannot be read.
  std::string usual_delegation() const;

  /// One's own.
  result<delegation_list> delegations_there(milliseconds limit);

private:
  class connection;
  explicit rest_client(std::unique_ptr<connection> x);
  std::unique_ptr<connection> connection_;
};

} // namespace trellis::edge
