#include "runtime/net/join_client.hpp"

#include "protocols/gsi/certificate.hpp"
#include "protocols/names/endpoint.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace trellis::net {

namespace {

using steady = std::chrono::steady_clock;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

/// One attempt: the socket, TLS over it, and when it must be over.
struct attempt {
  const join_server& to;
  steady::time_point until;
  int fd = -1;
  std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context;
  std::unique_ptr<SSL, freed_by<SSL_free>> tls;

  ~attempt() {
    tls.reset();
    if (fd >= 0)
      ::close(fd);
  }

  error late() const {
    return {errc::timed_out,
            fmt::format("{} at {} did not answer in time", to.host.text(), to.connect)};
  }

  error failed(std::string_view why) const {
    return {errc::site_unreachable,
            fmt::format("cannot join {} at {}: {}", to.host.text(), to.connect, why)};
  }

  /// False when the time is over.
  bool wait(short what) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count();
    pollfd x{fd, what, 0};
    return left > 0 && ::poll(&x, 1, static_cast<int>(left)) > 0;
  }

  result<done> dial();
  result<done> open(const addrinfo& at);
  result<done> greet();
  result<done> check_peer();

  template <class Step>
  result<done> repeat(Step step);
  result<done> write(const std::string& bytes);
  result<std::string> read(std::size_t size);
};

result<done> attempt::open(const addrinfo& at) {
  fd = ::socket(at.ai_family, at.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return failed(std::strerror(errno));
  int code = ::connect(fd, at.ai_addr, at.ai_addrlen) == 0 ? 0 : errno;
  if (code == EINPROGRESS) {
    if (!wait(POLLOUT))
      return late();
    socklen_t size = sizeof code;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
  }
  if (code == 0)
    return done{};
  ::close(fd);
  fd = -1;
  return failed(std::strerror(code));
}

result<done> attempt::dial() {
  auto at = parse_endpoint(to.connect);
  if (!at)
    return at.why();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  auto code = ::getaddrinfo(at->host.c_str(), std::to_string(at->port).c_str(), &hints, &found);
  if (code != 0)
    return failed(::gai_strerror(code));
  std::unique_ptr<addrinfo, freed_by<::freeaddrinfo>> all{found};
  result<done> last = failed("no address");
  for (auto x = found; x && !last; x = x->ai_next)
    last = open(*x);
  return last;
}

template <class Step>
result<done> attempt::repeat(Step step) {
  for (;;) {
    ERR_clear_error();
    auto n = step();
    if (n > 0)
      return done{};
    auto why = SSL_get_error(tls.get(), n);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
      if (!wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
        return late();
      continue;
    }
    auto words = ERR_reason_error_string(ERR_get_error());
    return failed(words ? words : "the connection ended");
  }
}

/// The chain must end in the CA of the invitation; what the machine trusts otherwise is nothing.
result<done> attempt::check_peer() {
  std::vector<gsi::certificate> chain, anchors;
  auto shown = SSL_get_peer_cert_chain(tls.get());
  for (int i = 0; shown && i < sk_X509_num(shown); ++i) {
    auto x = sk_X509_value(shown, i);
    X509_up_ref(x);
    chain.push_back(gsi::certificate::own(x));
    if (chain.back().fingerprint() == to.ca_fingerprint)
      anchors.push_back(chain.back());
  }
  if (anchors.empty())
    return error{errc::unauthenticated,
                 fmt::format("{} did not show the CA of the invitation; is this token from it?",
                             to.connect)};
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (auto r = gsi::verify(chain, anchors, now); !r)
    return r;
  for (const auto& name : chain.front().hosts())
    if (name == to.host)
      return done{};
  return error{errc::unauthenticated,
               fmt::format("{} showed the certificate {}, which is not for {}", to.connect,
                           chain.front().subject(), to.host.text())};
}

result<done> attempt::greet() {
  context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr); // done in check_peer
  tls.reset(SSL_new(context.get()));
  std::string alpn = join_alpn;
  alpn.insert(alpn.begin(), static_cast<char>(alpn.size()));
  SSL_set_alpn_protos(tls.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                      static_cast<unsigned>(alpn.size()));
  SSL_set_tlsext_host_name(tls.get(), to.host.text().c_str());
  SSL_set_fd(tls.get(), fd);
  if (auto r = repeat([&] { return SSL_connect(tls.get()); }); !r)
    return r;
  return check_peer();
}

result<done> attempt::write(const std::string& bytes) {
  return repeat([&] { return SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size())); });
}

result<std::string> attempt::read(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t have = 0; have < size;) {
    int n = 0;
    auto step
        = [&] { return n = SSL_read(tls.get(), out.data() + have, static_cast<int>(size - have)); };
    if (auto r = repeat(step); !r)
      return r.why();
    have += static_cast<std::size_t>(n);
  }
  return out;
}

std::string length_of(const std::string& bytes) {
  std::string out(4, '\0');
  for (int i = 0; i < 4; ++i)
    out[static_cast<std::size_t>(i)] = static_cast<char>(bytes.size() >> (8 * i));
  return out;
}

} // namespace

result<std::string> exchange_join(const join_server& to, const std::string& request,
                                  std::chrono::seconds limit) {
  attempt x{to, steady::now() + limit, -1, nullptr, nullptr};
  if (auto r = x.dial(); !r)
    return r.why();
  if (auto r = x.greet(); !r)
    return r.why();
  if (auto r = x.write(length_of(request) + request); !r)
    return r.why();
  auto head = x.read(4);
  if (!head)
    return head.why();
  std::size_t size = 0;
  for (std::size_t i = 4; i > 0; --i)
    size = (size << 8) | static_cast<unsigned char>((*head)[i - 1]);
  if (size > join_limit_bytes)
    return error{errc::malformed, fmt::format("{} sent an answer of {} bytes", to.connect, size)};
  return x.read(size);
}

} // namespace trellis::net
