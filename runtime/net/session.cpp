#include "runtime/net/session.hpp"

#include "protocols/link/frames.hpp"
#include "runtime/net/tls_stream.hpp"
#include "runtime/net/visit.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>

#include <atomic>
#include <deque>
#include <mutex>

namespace trellis::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr std::size_t frames_a_message = 4096;
constexpr milliseconds closing_limit{2'000};

/// Asio wants to own a context; this one shares it.
asio::ssl::context shared(SSL_CTX* x) {
  SSL_CTX_up_ref(x);
  return asio::ssl::context{x};
}

void put_number(std::string& out, std::uint64_t v) {
  for (; v > 127; v >>= 7)
    out += static_cast<char>(v | 128);
  out += static_cast<char>(v);
}

class websocket_session : public session, public std::enable_shared_from_this<websocket_session> {
public:
  websocket_session(asio::ip::tcp::socket socket, session_start how, session_owner& owner,
                    asio::ssl::context context)
      : how_(std::move(how)), owner_(&owner), ws_(beast::tcp_stream{std::move(socket)}, context),
        deadline_(ws_.get_executor()), work_buffer_(owner.config().work_buffer),
        owed_buffer_(owner.config().owed_buffer), unread_buffer_(owner.config().unread_buffer) {
    note_ = std::make_unique<handshake_note>();
  }

  void run();

  const session_start& how() const override { return how_; }

  const host_name& peer() const override { return peer_; }

  void start_reading() override {
    asio::post(*how_.io, [self = shared_from_this()] {
      if (!self->done_)
        self->read();
    });
  }

  void mute() override {
    std::lock_guard lock{hearing_};
    muted_ = true;
  }

  void abort() override {
    asio::post(*how_.io, [self = shared_from_this()] { self->end_unheard(); });
  }

  bool send(std::string frame, link::urgency how) override;
  void taken(std::size_t bytes) override;
  void close(std::string_view why) override;

private:
  bool dialled() const { return how_.dialled.has_value(); }

  SSL* ssl() { return ws_.next_layer().native_handle(); }

  void on_tls(failure_code ec);
  void upgrade();
  void on_upgraded(failure_code ec);
  void read();
  void on_read(failure_code ec);
  void write_next();
  void begin_close();
  void receive();
  void arm(milliseconds limit, refusal then);
  void hand_on(std::string bytes);
  void end_unheard();
  void finish(const refusal& why);
  std::optional<refusal> check_peer();
  refusal broken(failure_code ec, std::string_view doing) const;

  session_start how_;
  session_owner* owner_; // null once it has heard the last
  host_name peer_;
  std::unique_ptr<handshake_note> note_;
  websocket::stream<tls_stream, false> ws_; // without compression
  asio::steady_timer deadline_;
  beast::flat_buffer in_;
  std::string out_;              // the message being written
  std::size_t taking_ = 0;       // bytes of frames in it
  std::shared_ptr<visit> visit_; // it has the stream
  bool visiting_ = false;
  std::atomic<bool> done_ = false;
  bool closing_ = false;
  std::string close_why_;

  const std::size_t work_buffer_, owed_buffer_, unread_buffer_;
  std::mutex mutex_; // of what `send` and the writer share
  std::deque<std::string> queue_;
  std::size_t waiting_ = 0;
  bool writable_ = false, writing_ = false;

  std::mutex hearing_; // held while something arrives
  bool muted_ = false;
  std::atomic<std::size_t> unread_ = 0; // bytes that the gateway has not dealt with
  std::atomic<bool> paused_ = false;
};

// --- on the way to a link ----------------------------------------------------------------------

void websocket_session::run() {
  arm(owner_->config().handshake,
      {
          {errc::timed_out, "the handshake did not end in time"},
          "link-refused-slow"
  });
  auto& tcp = beast::get_lowest_layer(ws_).socket();
  failure_code ignored;
  tcp.set_option(asio::ip::tcp::no_delay{true}, ignored);
  if (dialled())
    prepare_client(ssl(), *how_.dialled, note_.get());
  else
    prepare_server(ssl(), note_.get());
  auto side = dialled() ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
  ws_.next_layer().async_handshake(
      side, completion{[self = shared_from_this()](failure_code ec) { self->on_tls(ec); }});
}

void websocket_session::arm(milliseconds limit, refusal then) {
  deadline_.expires_after(limit);
  deadline_.async_wait([self = shared_from_this(), then = std::move(then)](failure_code ec) {
    if (!ec)
      self->finish(then);
  });
}

refusal websocket_session::broken(failure_code ec, std::string_view doing) const {
  if (note_->refused)
    return *note_->refused;
  return {
      {errc::site_unreachable,
       fmt::format("the connection broke while {}: {}", doing, ec.message())},
      "link-refused-handshake"
  };
}

void websocket_session::on_tls(failure_code ec) {
  if (done_)
    return;
  if (ec) {
    auto code = ec.category() == asio::error::get_ssl_category()
                    ? static_cast<unsigned long>(static_cast<unsigned>(ec.value()))
                    : 0;
    return finish(why_refused(*note_, code, ec.message()));
  }
  if (!dialled() && chosen_protocol(ssl()) != link_protocol)
    return receive();
  if (auto bad = check_peer())
    return finish(*bad);
  upgrade();
}

std::optional<refusal> websocket_session::check_peer() {
  if (chosen_protocol(ssl()) != link_protocol) // of a node that was dialled
    return refusal{
        {errc::unknown_message, fmt::format("it does not speak {} there", link_protocol)},
        "link-refused-protocol"
    };
  if (dialled()) {
    peer_ = *how_.dialled; // TLS has verified the name
    return std::nullopt;
  }
  if (auto host = peer_of(ssl(), *owner_->peers())) {
    peer_ = *host;
    return std::nullopt;
  }
  return refusal{
      {errc::denied, fmt::format("no peer of ours has {}", describe_peer(ssl()))},
      "link-refused-host-name"
  };
}

void websocket_session::upgrade() {
  const auto& config = owner_->config();
  websocket::stream_base::timeout limits{};
  limits.handshake_timeout = config.handshake;
  limits.idle_timeout = config.idle;
  limits.keep_alive_pings = true;
  ws_.set_option(limits);
  ws_.read_message_max(
      0); // counted by us: the library would wait for the other end to say good-bye
  ws_.write_buffer_bytes(65'536);
  ws_.auto_fragment(false);
  ws_.binary(true);
  auto then = [self = shared_from_this()](failure_code ec) { self->on_upgraded(ec); };
  if (dialled())
    ws_.async_handshake(peer_.text(), "/trellis/1", std::move(then));
  else
    ws_.async_accept(std::move(then));
}

void websocket_session::on_upgraded(failure_code ec) {
  if (done_)
    return;
  if (ec)
    return finish(broken(ec, dialled() ? "it was asked for a link (are we its peer?)"
                                       : "it asked for a link"));
  deadline_.cancel();
  {
    std::lock_guard lock{mutex_};
    writable_ = true;
  }
  owner_->opened(how_.id);
}

// --- what is no link ----------------------------------------------------------------------------

/// From here on the visit has the stream, and this session only its place among the others.
void websocket_session::receive() {
  bool joins = chosen_protocol(ssl()) == join_protocol;
  const auto& callbacks = owner_->callbacks();
  if (joins ? !callbacks.join : !callbacks.front)
    return finish({
        {errc::denied, joins ? "nobody is invited here" : "nobody serves visitors here"},
        "link-refused-protocol"
    });
  if (!joins && !owner_->visited(how_.id))
    return finish({
        {errc::busy, "there is no room for one more visitor"},
        "edge-refused-connections"
    });
  deadline_.cancel();
  auto address = how_.remote.substr(0, how_.remote.rfind(':'));
  visit_start start{
      {how_.remote,         address, shown_chain(ssl())},
      std::move(note_),
      how_.io,
      owner_->config().handshake,
      [self = shared_from_this()](const refusal& why) { self->finish(why);                  }
  };
  auto stream = std::move(ws_.next_layer());
  visiting_ = true;
  auto begun = joins ? begin_join(std::move(stream), std::move(start), callbacks.join)
                     : begin_visit(std::move(stream), std::move(start), callbacks.front);
  if (!done_)
    visit_ = std::move(begun);
}

// --- the link ----------------------------------------------------------------------------------

void websocket_session::read() {
  auto room = link::message_limit_bytes + 1 - std::min(in_.size(), link::message_limit_bytes);
  ws_.async_read_some(in_, room, [self = shared_from_this()](failure_code ec, std::size_t) {
    if (!self->done_)
      self->on_read(ec);
  });
}

void websocket_session::on_read(failure_code ec) {
  if (ec == websocket::error::message_too_big)
    return finish({
        {errc::malformed, "it sent a message above 1 MiB"},
        "link-oversized"
    });
  if (ec == beast::error::timeout)
    return finish({
        {errc::timed_out, "it fell silent"},
        "link-silent"
    });
  if (ec == websocket::error::closed)
    return finish({
        {errc::site_unreachable,
         closing_ ? close_why_
                  : fmt::format("the other end closed it: {}", ws_.reason().reason.c_str())},
        "link-closed"
    });
  if (ec)
    return finish({
        {errc::site_unreachable, closing_ ? close_why_ : ec.message()},
        "link-lost"
    });
  if (in_.size() > link::message_limit_bytes)
    return finish({
        {errc::malformed, "it sent a message above 1 MiB"},
        "link-oversized"
    });
  if (!ws_.is_message_done())
    return read();
  if (!ws_.got_binary())
    return finish({
        {errc::malformed, "it sent a text"},
        "link-unreadable"
    });
  auto bytes = beast::buffers_to_string(in_.data());
  in_.consume(in_.size());
  unread_ += bytes.size();
  hand_on(std::move(bytes));
  if (done_)
    return;
  if (unread_ <= unread_buffer_)
    return read();
  paused_ = true;
  if (unread_ < unread_buffer_ / 2 && paused_.exchange(false)) // it was quicker than we
    read();
}

void websocket_session::hand_on(std::string bytes) {
  std::lock_guard lock{hearing_};
  if (!muted_)
    owner_->callbacks().arrived(peer_, how_.id, std::move(bytes));
}

void websocket_session::taken(std::size_t bytes) {
  auto left = unread_.fetch_sub(bytes) - bytes;
  if (left < unread_buffer_ / 2 && !done_ && paused_.exchange(false))
    asio::post(ws_.get_executor(), [self = shared_from_this()] {
      if (!self->done_)
        self->read();
    });
}

bool websocket_session::send(std::string frame, link::urgency how) {
  std::lock_guard lock{mutex_};
  if (!writable_)
    return false;
  auto limit = how == link::urgency::work ? work_buffer_ : owed_buffer_;
  if (waiting_ + frame.size() > limit)
    return false;
  waiting_ += frame.size();
  queue_.push_back(std::move(frame));
  if (!std::exchange(writing_, true))
    asio::post(ws_.get_executor(), [self = shared_from_this()] { self->write_next(); });
  return true;
}

/// All that waits goes into one message, up to its limits: a busy link batches by itself.
void websocket_session::write_next() {
  std::string frames;
  std::size_t count = 0;
  {
    std::lock_guard lock{mutex_};
    waiting_ -= std::exchange(taking_, 0);
    constexpr std::size_t room = link::message_limit_bytes - 16;
    while (!queue_.empty() && count < frames_a_message
           && (count == 0 || frames.size() + queue_.front().size() <= room)) {
      frames += queue_.front();
      queue_.pop_front();
      ++count;
    }
    taking_ = frames.size();
    writing_ = count > 0;
  }
  if (done_)
    return;
  if (count == 0) {
    if (closing_)
      begin_close();
    return;
  }
  out_.clear();
  put_number(out_, count);
  out_ += frames;
  ws_.async_write(asio::buffer(out_), [self = shared_from_this()](failure_code ec, std::size_t) {
    if (self->done_)
      return;
    if (ec)
      return self->finish({
          {errc::site_unreachable, ec.message()},
          "link-lost"
      });
    self->write_next();
  });
}

void websocket_session::close(std::string_view why) {
  bool writing = false;
  {
    std::lock_guard lock{mutex_};
    writable_ = false;
    writing = writing_;
  }
  if (done_)
    return;
  asio::post(ws_.get_executor(), [self = shared_from_this(), why = std::string{why}, writing] {
    if (self->done_ || std::exchange(self->closing_, true))
      return;
    self->close_why_ = why;
    self->arm(closing_limit, {
                                 {errc::site_unreachable, why},
                                 "link-closed"
    });
    std::lock_guard lock{self->mutex_};
    if (!writing || !self->writing_) // else the writer closes when all is said
      self->begin_close();
  });
}

void websocket_session::begin_close() {
  auto reason = close_why_.substr(0, 120); // what a close frame holds
  ws_.async_close({websocket::close_code::normal, reason},
                  [self = shared_from_this()](failure_code) {
                    if (!self->done_)
                      self->finish({
                          {errc::site_unreachable, self->close_why_},
                          "link-closed"
                      });
                  });
}

void websocket_session::end_unheard() {
  owner_ = nullptr;
  if (visit_)
    visit_->abort();
  finish({});
}

void websocket_session::finish(const refusal& why) {
  if (done_.exchange(true))
    return;
  {
    std::lock_guard lock{mutex_};
    writable_ = false;
    queue_.clear();
  }
  deadline_.cancel();
  if (!visiting_) {
    failure_code ignored;
    auto& tcp = beast::get_lowest_layer(ws_).socket();
    tcp.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    tcp.close(ignored);
  }
  visit_.reset();
  if (auto owner = std::exchange(owner_, nullptr))
    owner->closed(how_.id, why);
}

} // namespace

std::shared_ptr<session> session::begin(asio::ip::tcp::socket socket, session_start how,
                                        session_owner& owner) {
  auto context = shared(how.dialled ? how.tls->client() : how.tls->server());
  auto made = std::make_shared<websocket_session>(std::move(socket), std::move(how), owner,
                                                  std::move(context));
  asio::post(*made->how().io, [made] { made->run(); });
  return made;
}

} // namespace trellis::net
