#pragma once
/// One visitor of the front: bytes in, requests one after the other, bytes out. It lives on the
/// thread of its stream.
#include "protocols/http/body.hpp"
#include "runtime/edge/exchange.hpp"

namespace trellis::edge {

class http_visitor : public net::visitor,
                     public exchange,
                     public std::enable_shared_from_this<http_visitor> {
public:
  http_visitor(std::shared_ptr<front> house, std::shared_ptr<net::byte_stream> stream,
               net::tls_visitor who)
      : house_(std::move(house)), stream_(std::move(stream)),
        tls_(std::move(who)), shown_{std::move(tls_.chain), std::nullopt} {
    ++house_->counters().visitors;
  }

  ~http_visitor() override { --house_->counters().visitors; }

  http_visitor(const http_visitor&) = delete;
  http_visitor& operator=(const http_visitor&) = delete;

  /// After the constructor: from now on it reads.
  void begin();

  void heard(std::string_view bytes) override;
  void written() override;
  void expired() override;
  void ended() override;

  const asked_for& what() const override { return what_; }

  const front& house() const override { return *house_; }

  void ask(const std::optional<host_name>& at, std::string body,
           std::function<void(result<std::string>)> then) override;
  void in_background(std::function<http::response()> job) override;
  void want_body(std::size_t most) override;
  void respond(const http::response& x) override;
  void send(std::string bytes) override;
  void finish(bool keep) override;

  bool keeps() const override { return what_.head.keep && body_.done(); }

private:
  enum class phase : std::uint8_t {
    head,    // waits for a request
    working, // for the one that carries it out
    body,    // for bytes of the body
    sending, // for the client to take what was written
    last,    // the same, and then the connection ends
    draining // says no more; reads what comes, so that the last answer arrives
  };

  void step();
  const result<principal>& who_asks();
  void take_head(std::size_t size);
  void open(http::request head);
  void refuse(std::string_view log_id, const http::response& x, const error& why);
  bool answer_publicly();
  void feed_body();
  bool greeted();
  void step_legacy();
  void refuse_legacy(const error& why);
  bool is_for_voms() const;
  const result<voms_visitor>& at_counter();
  void ask_voms(result<voms::request> what);
  void answer_voms(const voms::reply& x);
  void read_on();
  void next_request();
  void enter(phase x, milliseconds limit);
  void drop();

  std::shared_ptr<front> house_;
  std::shared_ptr<net::byte_stream> stream_;
  net::tls_visitor tls_; // without the chain
  shown shown_;          // with the present request
  phase phase_ = phase::head;
  std::string in_;
  std::size_t scanned_ = 0, drained_ = 0;
  bool greeted_ = false, legacy_ = false; // VOMS before HTTP
  bool begun_ = false;                    // bytes of the next request are there
  asked_for what_;
  http::body_reader body_;
  std::string piece_;
  std::size_t piece_room_ = 0;
  bool continue_sent_ = false, after_continue_ = false;
  bool keep_ = false;
  std::uint64_t requests_ = 0; // an answer to an older one is dropped
  std::unique_ptr<work> work_;
  std::unique_ptr<work> retired_; // it may be the one that is speaking
  std::optional<verdict<result<principal>>> judged_;
  std::optional<verdict<result<voms_visitor>>> at_counter_;
};

} // namespace trellis::edge
