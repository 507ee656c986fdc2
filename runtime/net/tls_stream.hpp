#pragma once
/// TLS over TCP, as the layer below a WebSocket. What Beast does above would otherwise be compiled
/// through all of TLS and TCP for each of its twenty reads and writes; here every handler has one
/// type, and the layers below are compiled once, in tls_stream.cpp. Handlers run on the thread of
/// the stream's context and never inside the function that they were given to.
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <array>
#include <memory>

namespace trellis::net {

using failure_code = boost::system::error_code;

/// Any handler of a read or a write: it is called once. A handler without a size ignores it.
class completion {
public:
  template <class Handler>
  explicit completion(Handler handler) : to_(std::make_unique<held<Handler>>(std::move(handler))) {}

  void operator()(failure_code ec, std::size_t n = 0) { std::exchange(to_, nullptr)->call(ec, n); }

private:
  struct callable {
    virtual ~callable() = default;
    virtual void call(failure_code ec, std::size_t n) = 0;
  };

  template <class Handler>
  struct held : callable {
    explicit held(Handler x) : handler(std::move(x)) {}

    void call(failure_code ec, std::size_t n) override {
      auto mine = std::move(handler);
      if constexpr (std::is_invocable_v<Handler&, failure_code, std::size_t>)
        mine(ec, n);
      else
        mine(ec);
    }

    Handler handler;
  };

  std::unique_ptr<callable> to_;
};

/// The first buffers of a sequence: a write of some bytes need not take all.
class first_buffers {
public:
  using value_type = boost::asio::const_buffer;
  using const_iterator = const value_type*;

  template <class Buffers>
  explicit first_buffers(const Buffers& x) {
    auto end = boost::asio::buffer_sequence_end(x);
    for (auto i = boost::asio::buffer_sequence_begin(x); i != end && count_ < parts_.size(); ++i)
      if (value_type part = *i; part.size() > 0)
        parts_[count_++] = part;
  }

  const_iterator begin() const { return parts_.data(); }

  const_iterator end() const { return parts_.data() + count_; }

private:
  std::array<value_type, 8> parts_;
  std::size_t count_ = 0;
};

class tls_stream {
public:
  using next_layer_type = boost::beast::ssl_stream<boost::beast::tcp_stream>;
  using executor_type = next_layer_type::executor_type;

  tls_stream(boost::beast::tcp_stream tcp, boost::asio::ssl::context& context);
  tls_stream(tls_stream&& x) noexcept;
  ~tls_stream();

  executor_type get_executor() noexcept;
  next_layer_type& next_layer();
  const next_layer_type& next_layer() const;
  SSL* native_handle();

  void async_handshake(boost::asio::ssl::stream_base::handshake_type side, completion then);
  void async_shutdown(completion then);

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& into, Handler&& then) {
    boost::asio::mutable_buffer first; // TLS fills one at a time
    auto end = boost::asio::buffer_sequence_end(into);
    for (auto i = boost::asio::buffer_sequence_begin(into); i != end && first.size() == 0; ++i)
      first = *i;
    read_some(first, completion{std::forward<Handler>(then)});
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& from, Handler&& then) {
    write_some(first_buffers{from}, completion{std::forward<Handler>(then)});
  }

private:
  void read_some(boost::asio::mutable_buffer into, completion then);
  void write_some(const first_buffers& from, completion then);

  std::unique_ptr<next_layer_type> tls_;
};

/// How a WebSocket ends the layer below it.
template <class Handler>
void async_teardown(boost::beast::role_type, tls_stream& stream, Handler&& then) {
  stream.async_shutdown(completion{std::forward<Handler>(then)});
}

} // namespace trellis::net
