#include "tests/bench/tls_crowd.hpp"

#include <openssl/ssl.h>

#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace trellis::bench {
namespace {

sockaddr_in here(std::uint16_t port) {
  sockaddr_in x{};
  x.sin_family = AF_INET;
  x.sin_port = htons(port);
  x.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return x;
}

sockaddr* raw(sockaddr_in& x) { return reinterpret_cast<sockaddr*>(&x); }

void no_delay(int fd) {
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool ended(const std::string& request) { return request.find("\r\n\r\n") != request.npos; }

void serve(ssl_ctx_st* by, int listener, const std::string& answer) {
  for (;;) {
    int fd = ::accept(listener, nullptr, nullptr);
    if (fd < 0)
      continue;
    no_delay(fd);
    SSL* tls = SSL_new(by);
    SSL_set_fd(tls, fd);
    if (SSL_accept(tls) == 1) {
      std::string request;
      char buffer[2048];
      for (int n = 1; n > 0 && !ended(request);)
        if ((n = SSL_read(tls, buffer, sizeof buffer)) > 0)
          request.append(buffer, static_cast<std::size_t>(n));
      SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(tls);
    }
    SSL_free(tls);
    ::close(fd);
  }
}

} // namespace

void free_tls::operator()(ssl_ctx_st* x) const { SSL_CTX_free(x); }

std::unique_ptr<ssl_ctx_st, free_tls> tls_of(const tls_party& x, bool server) {
  std::unique_ptr<ssl_ctx_st, free_tls> out{
      SSL_CTX_new(server ? TLS_server_method() : TLS_client_method())};
  SSL_CTX_set_num_tickets(out.get(), 0);
  SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(out.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  if (SSL_CTX_load_verify_file(out.get(), x.ca.c_str()) != 1
      || SSL_CTX_use_certificate_chain_file(out.get(), x.cert.c_str()) != 1
      || SSL_CTX_use_PrivateKey_file(out.get(), x.key.c_str(), SSL_FILETYPE_PEM) != 1)
    out.reset();
  return out;
}

tls_client::tls_client(ssl_ctx_st* by, std::uint16_t port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), tls_(SSL_new(by)) {
  auto at = here(port);
  no_delay(fd_);
  auto tls = static_cast<SSL*>(tls_);
  SSL_set_fd(tls, fd_);
  good_ = ::connect(fd_, raw(at), sizeof at) == 0 && SSL_connect(tls) == 1;
}

tls_client::~tls_client() {
  SSL_free(static_cast<SSL*>(tls_));
  ::close(fd_);
}

bool tls_client::say(const std::string& text) {
  return good_
         && SSL_write(static_cast<SSL*>(tls_), text.data(), static_cast<int>(text.size())) > 0;
}

std::string tls_client::hear(const std::function<bool(const std::string&)>& whole) {
  std::string out;
  char buffer[8192];
  while (good_ && !whole(out)) {
    int n = SSL_read(static_cast<SSL*>(tls_), buffer, sizeof buffer);
    if (n <= 0)
      return {};
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

crowd_count crowd(unsigned clients, std::chrono::milliseconds time,
                  const std::function<bool(unsigned client)>& one) {
  std::atomic<std::uint64_t> good = 0, bad = 0;
  auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> all;
  for (unsigned i = 0; i < clients; ++i)
    all.emplace_back([&, i] {
      while (std::chrono::steady_clock::now() < began + time)
        ++(one(i) ? good : bad);
    });
  for (auto& x : all)
    x.join();
  auto took = std::chrono::steady_clock::now() - began;
  return {good, bad, std::chrono::duration<double>(took).count()};
}

bare_server::bare_server(const tls_party& as, const std::string& answer) {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = here(0);
  socklen_t size = sizeof at;
  if (::bind(listener, raw(at), sizeof at) == 0 && ::listen(listener, 1024) == 0
      && ::getsockname(listener, raw(at), &size) == 0)
    port_ = ntohs(at.sin_port);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_IGN);
    auto by = tls_of(as, true);
    std::vector<std::thread> all;
    for (unsigned i = 0; by && i < std::max(1u, std::thread::hardware_concurrency()); ++i)
      all.emplace_back([&] { serve(by.get(), listener, answer); });
    for (auto& x : all)
      x.join();
    ::_exit(1);
  }
  ::close(listener);
}

bare_server::~bare_server() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

} // namespace trellis::bench
