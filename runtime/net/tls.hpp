#pragma once
/// TLS contexts of a node: its certificate and key, the CAs it trusts, their CRLs; and what a
/// handshake found out about the other end. OpenSSL stays behind this header.
///
/// A link (ALPN `trellis/1`) needs TLS 1.3 and certificates at both ends; proxies (RFC 3820) are
/// refused. Other connections to the same port need none; those that they show are handed on as
/// they are, for whoever serves them to judge. Sessions are not resumed: a resumed one would skip
/// the look at CRLs. A CRL is enforced for each CA that has one.
#include "protocols/base/result.hpp"
#include "protocols/names/host_name.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace trellis::net {

inline constexpr std::string_view link_protocol = "trellis/1";
inline constexpr std::string_view join_protocol = "trellis-join/1";

struct tls_files {
  std::string ca, cert, key; // PEM
  std::string crl;           // PEM, may hold several; empty: none
};

/// Contexts made from one reading of the files. Connections keep the one they began with.
class tls_contexts {
public:
  /// Errors: `storage` when a file cannot be read, `malformed` with what does not fit.
  static result<std::shared_ptr<const tls_contexts>> load(const tls_files& files);

  ssl_ctx_st* server() const { return server_.get(); }

  ssl_ctx_st* client() const { return client_.get(); }

private:
  struct free_context {
    void operator()(ssl_ctx_st* x) const;
  };

  std::unique_ptr<ssl_ctx_st, free_context> server_, client_;
};

/// Notices that the files have changed.
class file_watch {
public:
  explicit file_watch(tls_files files);

  enum class change { none, key, trust }; // trust: the CAs or CRLs, whatever else

  change look();

private:
  std::vector<std::string> stamps() const;

  tls_files files_;
  std::vector<std::string> last_;
};

/// Why a handshake was refused, and the log id of it.
struct refusal {
  error why;
  std::string_view log_id;
};

/// What the certificate check of one connection found. Lives as long as the connection's SSL.
struct handshake_note {
  std::optional<refusal> refused;
};

/// Before the handshake.
void prepare_server(ssl_st* ssl, handshake_note* note);

/// `peer` is whose name must stand in the certificate, whatever address was dialled.
void prepare_client(ssl_st* ssl, const host_name& peer, handshake_note* note);

/// The protocol that ALPN settled; empty: none.
std::string chosen_protocol(ssl_st* ssl);

/// After the server's handshake: which of `peers` the certificate names.
std::optional<host_name> peer_of(ssl_st* ssl, const std::set<host_name>& peers);

/// What a visitor showed, as DER, the leaf first. Nothing of it is judged but that the leaf's key
/// is there.
std::vector<std::string> shown_chain(ssl_st* ssl);

/// Subject, issuer and dates of the other end's certificate in one phrase.
std::string describe_peer(ssl_st* ssl);

/// Why a handshake failed, after everything that is known: `note`, the library's error queue.
refusal why_refused(const handshake_note& note, unsigned long library_error,
                    const std::string& text);

} // namespace trellis::net
