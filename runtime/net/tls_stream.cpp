#include "runtime/net/tls_stream.hpp"

namespace trellis::net {

tls_stream::tls_stream(boost::beast::tcp_stream tcp, boost::asio::ssl::context& context)
    : tls_(std::make_unique<next_layer_type>(std::move(tcp), context)) {}

tls_stream::tls_stream(tls_stream&& x) noexcept = default;

tls_stream::~tls_stream() = default;

tls_stream::executor_type tls_stream::get_executor() noexcept { return tls_->get_executor(); }

tls_stream::next_layer_type& tls_stream::next_layer() { return *tls_; }

const tls_stream::next_layer_type& tls_stream::next_layer() const { return *tls_; }

SSL* tls_stream::native_handle() { return tls_->native_handle(); }

void tls_stream::async_handshake(boost::asio::ssl::stream_base::handshake_type side,
                                 completion then) {
  tls_->async_handshake(side, std::move(then));
}

void tls_stream::async_shutdown(completion then) { tls_->async_shutdown(std::move(then)); }

void tls_stream::read_some(boost::asio::mutable_buffer into, completion then) {
  tls_->async_read_some(into, std::move(then));
}

void tls_stream::write_some(const first_buffers& from, completion then) {
  tls_->async_write_some(from, std::move(then));
}

} // namespace trellis::net
