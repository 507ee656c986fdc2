#include "runtime/net/tls.hpp"

#include "protocols/gsi/certificate.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace trellis::net {

namespace {

/// Certificates of a visitor: more is no chain of this world.
constexpr int most_shown = 20;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

using bio = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using crl_ptr = std::unique_ptr<X509_CRL, freed_by<X509_CRL_free>>;
using context = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;

/// Where a connection's SSL keeps its note.
int note_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

std::string library_says() {
  auto code = ERR_get_error();
  ERR_clear_error();
  const char* text = code ? ERR_reason_error_string(code) : nullptr;
  return text ? text : "no reason given";
}

result<std::string> read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in || text.empty())
    return error{errc::storage, fmt::format("cannot read {}", path)};
  return text;
}

std::string describe(X509* cert) {
  if (!cert)
    return "no certificate";
  X509_up_ref(cert);
  auto x = gsi::certificate::own(cert);
  return fmt::format("certificate {} of {}, valid {:%Y-%m-%d %H:%M} to {:%Y-%m-%d %H:%M} UTC",
                     x.subject(), x.issuer(),
                     fmt::gmtime(x.not_before().time_since_epoch().count()),
                     fmt::gmtime(x.not_after().time_since_epoch().count()));
}

std::string_view log_id_of(int verify_error) {
  switch (verify_error) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return "link-refused-expired";
  case X509_V_ERR_CERT_REVOKED:
    return "link-refused-revoked";
  case X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED:
    return "link-refused-proxy";
  case X509_V_ERR_HOSTNAME_MISMATCH:
    return "link-refused-host-name";
  default:
    return "link-refused-certificate";
  }
}

/// The verdict stays OpenSSL's, but for one: a CA without a CRL is taken as it is.
int note_verdict(int ok, X509_STORE_CTX* store) {
  int code = X509_STORE_CTX_get_error(store);
  if (!ok && code == X509_V_ERR_UNABLE_TO_GET_CRL) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  auto ssl
      = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto note = static_cast<handshake_note*>(SSL_get_ex_data(ssl, note_slot()));
  if (ok || !note || note->refused)
    return ok;
  auto cert = X509_STORE_CTX_get0_cert(store), at = X509_STORE_CTX_get_current_cert(store);
  auto where = at && at != cert ? fmt::format(" at {}", describe(at)) : "";
  note->refused = refusal{
      {errc::unauthenticated, fmt::format("{} is refused: {}{}", describe(cert),
       X509_verify_cert_error_string(code), where)},
      log_id_of(code)
  };
  return ok;
}

/// A link's certificates are judged during the handshake. Those of a visitor are bounded here and
/// judged by who serves it, by other rules: they may be proxies, and of any CA.
int judge_client(X509_STORE_CTX* store, void*) {
  auto ssl
      = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (chosen_protocol(ssl) == link_protocol)
    return X509_verify_cert(store);
  bool bounded = sk_X509_num(X509_STORE_CTX_get0_untrusted(store)) <= most_shown;
  X509_STORE_CTX_set_error(store, bounded ? X509_V_OK : X509_V_ERR_CERT_CHAIN_TOO_LONG);
  return bounded ? 1 : 0;
}

/// ALPN names stand with their length before them.
std::string wire_names(std::initializer_list<std::string_view> names) {
  std::string out;
  for (auto name : names) {
    out += static_cast<char>(name.size());
    out += name;
  }
  return out;
}

int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
  static const auto ours = wire_names({link_protocol, join_protocol, "http/1.1"});
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), in, in_size)
      != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  std::string_view name{reinterpret_cast<const char*>(chosen), *out_size};
  if (name == link_protocol) {
    if (SSL_version(ssl) < TLS1_3_VERSION)
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, note_verdict);
  }
  return SSL_TLSEXT_ERR_OK;
}

result<done> add_trust(SSL_CTX* to, const std::vector<gsi::certificate>& anchors,
                       const std::string& crl) {
  auto store = SSL_CTX_get_cert_store(to);
  for (const auto& ca : anchors)
    X509_STORE_add_cert(store, ca.handle());
  if (crl.empty())
    return done{};
  bio in{BIO_new_mem_buf(crl.data(), static_cast<int>(crl.size()))};
  int count = 0;
  while (auto one = crl_ptr{PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_crl(store, one.get());
    ++count;
  }
  ERR_clear_error(); // the end of the file is an error to the reader
  if (count == 0)
    return error{errc::malformed, "the file of CRLs holds none in PEM"};
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return done{};
}

result<done> add_identity(SSL_CTX* to, const tls_files& files) {
  if (SSL_CTX_use_certificate_chain_file(to, files.cert.c_str()) != 1)
    return error{errc::malformed,
                 fmt::format("cannot use the certificate {}: {}", files.cert, library_says())};
  if (SSL_CTX_use_PrivateKey_file(to, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return error{errc::malformed,
                 fmt::format("cannot use the key {}: {}", files.key, library_says())};
  if (SSL_CTX_check_private_key(to) != 1)
    return error{errc::malformed, fmt::format("the key {} is not that of the certificate {}",
                                              files.key, files.cert)};
  return done{};
}

context made(const SSL_METHOD* method, int least_version) {
  context x{SSL_CTX_new(method)};
  SSL_CTX_set_min_proto_version(x.get(), least_version);
  SSL_CTX_set_options(x.get(), SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(x.get(), 0);
  SSL_CTX_set_session_cache_mode(x.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_security_level(x.get(), 2);
  SSL_CTX_set_mode(x.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                                | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return x;
}

} // namespace

void tls_contexts::free_context::operator()(ssl_ctx_st* x) const { SSL_CTX_free(x); }

result<std::shared_ptr<const tls_contexts>> tls_contexts::load(const tls_files& files) {
  auto ca = read_file(files.ca);
  if (!ca)
    return ca.why();
  auto anchors = gsi::certificate::parse_all(*ca);
  if (!anchors)
    return error{errc::malformed,
                 fmt::format("cannot use the CAs {}: {}", files.ca, anchors.why().text)};
  std::string crl;
  if (!files.crl.empty()) {
    auto read = read_file(files.crl);
    if (!read)
      return read.why();
    crl = std::move(*read);
  }
  auto server = made(TLS_server_method(), TLS1_2_VERSION);
  auto client = made(TLS_client_method(), TLS1_3_VERSION);
  for (auto x : {server.get(), client.get()}) {
    if (auto ok = add_trust(x, *anchors, crl); !ok)
      return ok.why();
    if (auto ok = add_identity(x, files); !ok)
      return ok.why();
  }
  SSL_CTX_set_alpn_select_cb(server.get(), choose_protocol, nullptr);
  // No CAs are named to clients: visitors come with those of the whole grid.
  SSL_CTX_set_verify(server.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(server.get(), judge_client, nullptr);
  auto out = std::make_shared<tls_contexts>();
  out->server_.reset(server.release());
  out->client_.reset(client.release());
  return std::shared_ptr<const tls_contexts>{std::move(out)};
}

// --- files -------------------------------------------------------------------------------------

file_watch::file_watch(tls_files files) : files_(std::move(files)), last_(stamps()) {}

std::vector<std::string> file_watch::stamps() const {
  std::vector<std::string> out;
  for (const auto& path : {files_.ca, files_.crl, files_.cert, files_.key}) {
    struct stat x {};

    if (!path.empty() && ::stat(path.c_str(), &x) == 0)
      out.push_back(
          fmt::format("{} {} {} {}", x.st_ino, x.st_size, x.st_mtim.tv_sec, x.st_mtim.tv_nsec));
    else
      out.emplace_back();
  }
  return out;
}

file_watch::change file_watch::look() {
  auto now = stamps();
  auto before = std::exchange(last_, now);
  if (now[0] != before[0] || now[1] != before[1])
    return change::trust;
  return now == before ? change::none : change::key;
}

// --- one connection ----------------------------------------------------------------------------

void prepare_server(SSL* ssl, handshake_note* note) { SSL_set_ex_data(ssl, note_slot(), note); }

void prepare_client(SSL* ssl, const host_name& peer, handshake_note* note) {
  SSL_set_ex_data(ssl, note_slot(), note);
  SSL_set_tlsext_host_name(ssl, peer.text().c_str());
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  SSL_set1_host(ssl, peer.text().c_str());
  SSL_set_verify(ssl, SSL_VERIFY_PEER, note_verdict);
  static const auto offered = wire_names({link_protocol});
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offered.data()),
                      static_cast<unsigned>(offered.size()));
}

std::string chosen_protocol(SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::optional<host_name> peer_of(SSL* ssl, const std::set<host_name>& peers) {
  auto cert = SSL_get1_peer_certificate(ssl);
  if (!cert)
    return std::nullopt;
  for (const auto& host : gsi::certificate::own(cert).hosts())
    if (peers.contains(host))
      return host;
  return std::nullopt;
}

std::vector<std::string> shown_chain(SSL* ssl) {
  std::vector<std::string> out;
  auto add = [&](X509* cert) {
    auto size = i2d_X509(cert, nullptr);
    std::string der(static_cast<std::size_t>(std::max(size, 0)), '\0');
    auto at = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(cert, &at);
    out.push_back(std::move(der));
  };
  std::unique_ptr<X509, freed_by<X509_free>> leaf{SSL_get1_peer_certificate(ssl)};
  if (!leaf)
    return out;
  add(leaf.get());
  auto rest = SSL_get_peer_cert_chain(ssl); // of a client: without the leaf
  for (int i = 0; rest && i < sk_X509_num(rest); ++i)
    add(sk_X509_value(rest, i));
  return out;
}

std::string describe_peer(SSL* ssl) {
  std::unique_ptr<X509, freed_by<X509_free>> cert{SSL_get1_peer_certificate(ssl)};
  return describe(cert.get());
}

refusal why_refused(const handshake_note& note, unsigned long library_error,
                    const std::string& text) {
  if (note.refused)
    return *note.refused;
  if (ERR_GET_LIB(library_error) == ERR_LIB_SSL
      && ERR_GET_REASON(library_error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    return {
        {errc::unauthenticated, "it shows no certificate"},
        "link-refused-no-certificate"
    };
  return {
      {errc::malformed, fmt::format("the TLS handshake failed: {}", text)},
      "link-refused-handshake"
  };
}

} // namespace trellis::net
