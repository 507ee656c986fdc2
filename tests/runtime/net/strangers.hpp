#pragma once
/// Other ends that keep to no rule: a bare TCP connection, and one with TLS.
#include "runtime/net/tls.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace trellis::net {

/// A TCP connection that does as it likes. Reads give up after 20 s.
struct stranger {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool there = false;

  explicit stranger(std::uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval limit{20, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    there = ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }

  stranger(stranger&& x) noexcept : fd(std::exchange(x.fd, -1)), there(x.there) {}

  ~stranger() {
    if (fd >= 0)
      ::close(fd);
  }

  bool say(std::string_view bytes) {
    return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
  }

  /// True once the node has closed the connection.
  bool closed() {
    char buffer[4096];
    ssize_t n = 0;
    while ((n = ::recv(fd, buffer, sizeof buffer, 0)) > 0)
      ;
    return n == 0 || errno == ECONNRESET;
  }
};

/// The same with TLS, and a certificate or none.
struct tls_stranger : stranger {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;

  tls_stranger(std::uint16_t port, const tls_files* files,
               std::string_view protocol = link_protocol, int version = TLS1_3_VERSION)
      : stranger(port) {
    SSL_CTX_set_max_proto_version(context, version);
    if (files) {
      SSL_CTX_use_certificate_chain_file(context, files->cert.c_str());
      SSL_CTX_use_PrivateKey_file(context, files->key.c_str(), SSL_FILETYPE_PEM);
    }
    ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    std::string offer;
    offer += static_cast<char>(protocol.size());
    offer += protocol;
    if (!protocol.empty())
      SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned>(offer.size()));
    there = there && SSL_connect(ssl) == 1;
  }

  ~tls_stranger() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }

  tls_stranger(const tls_stranger&) = delete;
  tls_stranger& operator=(const tls_stranger&) = delete;

  bool write(std::string_view bytes) {
    return SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())) > 0;
  }

  std::string read() {
    char buffer[65536];
    errno = 0;
    int n = SSL_read(ssl, buffer, sizeof buffer);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
  }

  /// The node has closed it, and not our patience ended.
  bool ended() {
    while (!read().empty())
      ;
    return errno != EAGAIN;
  }

  /// Becomes a WebSocket; what follows are its frames.
  void upgrade() {
    write("GET /trellis/1 HTTP/1.1\r\nHost: cern.example\r\nUpgrade: websocket\r\n"
          "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
          "Sec-WebSocket-Version: 13\r\n\r\n");
    BOOST_REQUIRE(read().find("101") != std::string::npos);
  }
};

} // namespace trellis::net
