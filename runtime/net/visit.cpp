#include "runtime/net/visit.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <array>

namespace trellis::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::size_t join_limit_bytes = 65'536;
constexpr std::size_t read_bytes = 8'192;
constexpr std::chrono::milliseconds closing_limit{500};

const refusal good_end{
    {errc::none, ""},
    "visit-ended"
};

/// What all visits have: a stream, a deadline and one end.
class any_visit : public visit, public std::enable_shared_from_this<any_visit> {
public:
  any_visit(tls_stream stream, visit_start how)
      : how_(std::move(how)), stream_(std::move(stream)), deadline_(stream_.get_executor()) {}

  void abort() override {
    how_.ended = nullptr;
    finish(good_end);
  }

protected:
  template <class Self>
  std::shared_ptr<Self> self() {
    return std::static_pointer_cast<Self>(shared_from_this());
  }

  /// Says goodbye and does not wait for the other end's: some never say it.
  void shut(const refusal& end) {
    SSL_set_shutdown(stream_.native_handle(), SSL_RECEIVED_SHUTDOWN);
    arm(closing_limit, [this, end] { finish(end); });
    auto me = shared_from_this();
    stream_.async_shutdown(
        completion{[me, end](failure_code) { static_cast<any_visit&>(*me).finish(end); }});
  }

  void arm(std::chrono::milliseconds limit, std::function<void()> then) {
    deadline_.expires_after(limit);
    deadline_.async_wait([me = shared_from_this(), then = std::move(then)](failure_code ec) {
      if (!ec && !static_cast<any_visit&>(*me).done_)
        then();
    });
  }

  void finish(const refusal& why) {
    if (std::exchange(done_, true))
      return;
    deadline_.cancel();
    failure_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
    if (auto ended = std::exchange(how_.ended, nullptr))
      ended(why);
  }

  visit_start how_;
  tls_stream stream_;
  asio::steady_timer deadline_;
  bool done_ = false;
};

// --- a node that wants to join -----------------------------------------------------------------

class join_visit : public any_visit {
public:
  join_visit(tls_stream stream, visit_start how,
             std::function<std::string(std::string request)> answer)
      : any_visit(std::move(stream), std::move(how)), answer_(std::move(answer)) {}

  void run() {
    arm(how_.limit, [this] {
      finish({
          {errc::timed_out, "the handshake did not end in time"},
          "link-refused-slow"
      });
    });
    read(asio::buffer(head_), &join_visit::on_head);
  }

private:
  void read(asio::mutable_buffer into, void (join_visit::*then)()) {
    asio::async_read(stream_, into, [me = self<join_visit>(), then](failure_code ec, std::size_t) {
      if (!me->done_ && ec)
        me->finish({
            {errc::site_unreachable,
             fmt::format("the connection broke while it asked to join: {}", ec.message())},
            "link-refused-handshake"
        });
      else if (!me->done_)
        ((*me).*then)();
    });
  }

  void on_head() {
    std::size_t size = 0;
    for (std::size_t i = 0; i < head_.size(); ++i)
      size |= std::size_t{head_[i]} << (8 * i);
    if (size > join_limit_bytes)
      return finish({
          {errc::malformed, fmt::format("a request to join of {} bytes", size)},
          "link-oversized"
      });
    body_.resize(size);
    read(asio::buffer(body_), &join_visit::on_body);
  }

  void on_body() {
    auto body = answer_(std::move(body_));
    for (std::size_t i = 0; i < head_.size(); ++i)
      out_ += static_cast<char>(body.size() >> (8 * i));
    out_ += body;
    asio::async_write(stream_, asio::buffer(out_),
                      [me = self<join_visit>()](failure_code, std::size_t) {
                        if (!me->done_)
                          me->shut({
                              {errc::none, "the request to join was answered"},
                              "join-answered"
                          });
                      });
  }

  std::function<std::string(std::string request)> answer_;
  std::array<unsigned char, 4> head_{};
  std::string body_, out_;
};

// --- a visitor ---------------------------------------------------------------------------------

class visitors_stream : public any_visit, public byte_stream {
public:
  using any_visit::any_visit;

  void run(const reception& receive) {
    auto met = receive(self<visitors_stream>(), std::move(how_.who));
    if (!met)
      return close();
    if (!closed())
      visitor_ = std::move(met);
  }

  void abort() override {
    closing_ = true;
    visitor_.reset();
    any_visit::abort();
  }

  void read() override {
    if (closed() || std::exchange(reading_, true))
      return;
    in_.resize(read_bytes);
    stream_.async_read_some(asio::buffer(in_),
                            [me = self<visitors_stream>()](failure_code ec, std::size_t n) {
                              me->reading_ = false;
                              if (me->closed())
                                return;
                              if (ec)
                                return me->lost();
                              auto keep = me->visitor_; // it may close from within
                              keep->heard({me->in_.data(), n});
                            });
  }

  void write(std::string bytes) override {
    if (closed())
      return;
    out_ = std::move(bytes);
    writing_ = true;
    asio::async_write(stream_, asio::buffer(out_),
                      [me = self<visitors_stream>()](failure_code ec, std::size_t) {
                        me->writing_ = false;
                        if (me->done_)
                          return;
                        if (me->closing_)
                          return me->shut(good_end);
                        if (ec)
                          return me->lost();
                        auto keep = me->visitor_;
                        keep->written();
                      });
  }

  void close() override {
    closing_ = true;
    visitor_.reset();
    if (!done_ && !writing_)
      shut(good_end);
    else if (!done_)
      arm(closing_limit, [this] { finish(good_end); });
  }

  void expire_after(std::chrono::milliseconds limit) override {
    if (closed())
      return;
    if (limit.count() == 0) {
      deadline_.cancel();
      return;
    }
    arm(limit, [this] {
      if (auto keep = visitor_)
        keep->expired();
    });
  }

  void post(std::function<void()> what) override {
    asio::post(*how_.io, [me = self<visitors_stream>(), what = std::move(what)] {
      if (!me->closed())
        what();
    });
  }

private:
  bool closed() const { return done_ || closing_; }

  void lost() {
    closing_ = true;
    auto last = std::exchange(visitor_, nullptr);
    finish(good_end);
    if (last)
      last->ended();
  }

  std::shared_ptr<visitor> visitor_;
  std::string in_, out_;
  bool reading_ = false, writing_ = false, closing_ = false;
};

} // namespace

std::shared_ptr<visit> begin_join(tls_stream stream, visit_start how,
                                  std::function<std::string(std::string request)> answer) {
  auto x = std::make_shared<join_visit>(std::move(stream), std::move(how), std::move(answer));
  x->run();
  return x;
}

std::shared_ptr<visit> begin_visit(tls_stream stream, visit_start how, const reception& receive) {
  auto x = std::make_shared<visitors_stream>(std::move(stream), std::move(how));
  x->run(receive);
  return x;
}

} // namespace trellis::net
