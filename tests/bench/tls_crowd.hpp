#pragma once
/// Bare OpenSSL at both ends of a benchmark: a crowd of clients with a certificate, a thread each,
/// and a server that does nothing but the handshake.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace trellis::bench {

struct tls_party {
  std::string ca, cert, key; // PEM files
};

struct free_tls {
  void operator()(ssl_ctx_st* x) const;
};

/// Both ends verify each other; no session is resumed. Null when a file cannot be read.
std::unique_ptr<ssl_ctx_st, free_tls> tls_of(const tls_party& x, bool server);

/// One connection to 127.0.0.1 after its handshake.
class tls_client {
public:
  tls_client(ssl_ctx_st* by, std::uint16_t port);
  ~tls_client();
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  bool good() const { return good_; }

  bool say(const std::string& text);

  /// What comes next, until `whole` says that it is enough; empty when the connection ends before.
  std::string hear(const std::function<bool(const std::string& so_far)>& whole);

private:
  int fd_ = -1;
  void* tls_ = nullptr;
  bool good_ = false;
};

struct crowd_count {
  std::uint64_t good = 0, bad = 0;
  double seconds = 0;

  double rate() const { return static_cast<double>(good) / seconds; }
};

/// `clients` threads do `one` again and again for `time`; it tells whether it went well.
crowd_count crowd(unsigned clients, std::chrono::milliseconds time,
                  const std::function<bool(unsigned client)>& one);

/// A process that answers every request on a new connection with `answer` and closes. A thread for
/// each core accepts. It ends with this object.
class bare_server {
public:
  bare_server(const tls_party& as, const std::string& answer);
  ~bare_server();
  bare_server(const bare_server&) = delete;
  bare_server& operator=(const bare_server&) = delete;

  std::uint16_t port() const { return port_; }

private:
  std::uint16_t port_ = 0;
  int pid_ = -1;
};

} // namespace trellis::bench
