#include "runtime/edge/http_visitor.hpp"

#include "protocols/voms/rest.hpp"
#include "runtime/edge/public_pages.hpp"
#include "runtime/edge/token_identity.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace trellis::edge {

namespace {

constexpr std::size_t buffered = 64 * 1024; // unread bytes that are kept; then the client waits
constexpr std::size_t drained_at_most = 256 * 1024;
constexpr milliseconds draining_time{1'000};

/// A page of another site may make a browser ask with its owner's certificate.
bool of_another_site(const http::request& x) {
  auto origin = x.field("origin"), host = x.field("host");
  if (!origin || x.method == "GET" || x.method == "HEAD")
    return false;
  return !host || *origin != "https://" + *host;
}

} // namespace

void http_visitor::begin() {
  enter(phase::head, house_->limits().head_time);
  stream_->read();
}

void http_visitor::enter(phase x, milliseconds limit) {
  phase_ = x;
  stream_->expire_after(limit);
}

// --- what comes ----------------------------------------------------------------------------------

void http_visitor::heard(std::string_view bytes) {
  if (phase_ == phase::draining) {
    drained_ += bytes.size();
    return drained_ > drained_at_most ? drop() : stream_->read();
  }
  in_ += bytes;
  step();
  if (stream_)
    read_on();
}

void http_visitor::read_on() {
  if (in_.size() < buffered)
    stream_->read();
}

void http_visitor::step() {
  if (phase_ == phase::body)
    return feed_body();
  if (phase_ != phase::head || in_.empty())
    return;
  if (!std::exchange(begun_, true))
    enter(phase::head, house_->limits().head_time);
  if (house_->voms() && !greeted())
    return;
  if (legacy_)
    return step_legacy();
  auto end = http::end_of_head(in_, scanned_);
  const auto& limits = house_->limits().head;
  if (end || in_.size() > limits.bytes)
    take_head(end.value_or(in_.size()));
}

void http_visitor::take_head(std::size_t size) {
  auto read = http::read_head(std::string_view{in_}.substr(0, size), house_->limits().head);
  in_.erase(0, size);
  scanned_ = 0;
  begun_ = false;
  ++requests_;
  what_ = {};
  body_ = {};
  continue_sent_ = false;
  if (auto bad = std::get_if<http::refused_request>(&read)) {
    what_.head.keep = false;
    error why{errc::malformed, bad->why};
    return refuse("edge-refused-request", http::failed(bad->status, why), why);
  }
  open(std::move(std::get<http::request>(read)));
}

void http_visitor::open(http::request head) {
  body_ = http::body_reader{head};
  what_.head = std::move(head);
  enter(phase::working, milliseconds{0});
  if (is_for_voms())
    return ask_voms(voms::parse_rest_request(what_.head.target));
  auto target = http::read_target(what_.head.target);
  if (!target)
    return refuse("edge-refused-request", http::failed(target.why()), target.why());
  what_.target = *std::move(target);
  if (answer_publicly())
    return;
  if (auto bearer = bearer_of(what_.head); bearer != shown_.bearer) {
    shown_.bearer = std::move(bearer);
    judged_.reset();
  }
  const auto& who = who_asks();
  if (!who)
    return refuse("edge-refused-certificate",
                  http::failed(who.why().code == errc::denied ? 403 : 401, who.why()), who.why());
  what_.who = *who;
  what_.who.request = fmt::format("{}/{}", tls_.remote, requests_);
  if (!house_->may_ask(what_.who.subject)) {
    error why{errc::busy, fmt::format("{} asks too often", what_.who.subject)};
    return refuse("edge-refused-rate", http::failed(429, why), why);
  }
  if (of_another_site(what_.head)) {
    error why{errc::denied, "the request comes from a page of another site"};
    return refuse("edge-refused-request", http::failed(why), why);
  }
  if (auto page = page_for(what_.head.method, what_.target.path, what_.who))
    return respond(*page);
  auto at = take_receiver(what_.target.query);
  if (!at)
    return respond(http::failed(at.why()));
  what_.at = *std::move(at);
  if (house_->delegations() && (work_ = delegation_for(what_)))
    return work_->begin(*this);
  auto route = find_route(what_.head.method, what_.target.path);
  if (auto none = std::get_if<http::response>(&route))
    return respond(*none);
  what_.to = std::get<edge::route>(std::move(route));
  if (auto permitted = token_permits(what_.who, *what_.to.what); !permitted)
    return respond(http::failed(permitted.why()));
  work_ = work_for(what_);
  work_->begin(*this);
}

/// Judged anew from time to time and when what is trusted has changed: a CRL, a suspension or the
/// end of a proxy counts on an open connection, too.
const result<principal>& http_visitor::who_asks() {
  if (!judged_ || !judged_->holds(house_->edition()))
    judged_ = house_->authenticate(shown_);
  return judged_->what;
}

bool http_visitor::answer_publicly() {
  auto page = public_page(what_.head.method, what_.target.path);
  if (page) {
    auto now = std::time(nullptr);
    page->headers.emplace_back("Date", fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                                                   fmt::gmtime(now))); // clients compare clocks
    respond(*page);
  }
  return page.has_value();
}

void http_visitor::refuse(std::string_view log_id, const http::response& x, const error& why) {
  house_->refused(log_id, tls_.remote, why);
  respond(x);
}

// --- the body ------------------------------------------------------------------------------------

void http_visitor::want_body(std::size_t most) {
  piece_.clear();
  piece_room_ = most;
  enter(phase::body, house_->limits().body_time);
  if (what_.head.expects && !std::exchange(continue_sent_, true)) {
    after_continue_ = true;
    return stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  feed_body();
}

void http_visitor::feed_body() {
  if (after_continue_)
    return;
  in_.erase(0, body_.read(in_, piece_, piece_room_ - piece_.size()));
  if (body_.bad()) {
    work_.reset();
    what_.head.keep = false;
    error why{errc::malformed, "the body of the request is not framed as HTTP says"};
    return refuse("edge-refused-request", http::failed(why), why);
  }
  if (!body_.done() && piece_.size() < piece_room_)
    return read_on();
  enter(phase::working, milliseconds{0});
  work_->body(*this, std::move(piece_), body_.done());
}

// --- what goes -----------------------------------------------------------------------------------

void http_visitor::ask(const std::optional<host_name>& at, std::string body,
                       std::function<void(result<std::string>)> then) {
  const auto& who = who_asks(); // a stream of news may last longer than a proxy
  if (!who)
    return then(who.why());
  auto to = house_->receiver(what_.to.what->to, at);
  if (!to)
    return then(to.why());
  link::call x;
  x.number = requests_;
  x.to = *to;
  x.type = what_.to.what->number;
  x.time_left = house_->limits().call_time;
  x.trace = what_.who.request;
  x.body = std::move(body);
  auto reply = [me = weak_from_this(), stream = stream_, number = requests_,
                then = std::move(then)](link::frame f) {
    stream->post([me, number, then, f = std::move(f)]() mutable {
      auto self = me.lock();
      if (!self || !self->stream_ || !self->work_ || self->requests_ != number)
        return;
      if (auto good = std::get_if<link::answer>(&f))
        then(std::move(good->body));
      else if (auto bad = std::get_if<link::failure>(&f))
        then(std::move(bad->why));
    });
  };
  house_->ask(what_.who, std::move(x), std::move(reply));
}

void http_visitor::in_background(std::function<http::response()> job) {
  auto taken = house_->in_background(
      [me = weak_from_this(), stream = stream_, number = requests_, job = std::move(job)] {
        stream->post([me, number, x = job()] {
          auto self = me.lock();
          if (self && self->stream_ && self->work_ && self->requests_ == number)
            self->respond(x);
        });
      });
  if (!taken)
    respond(http::failed({errc::busy, "too much is under way already"}));
}

void http_visitor::respond(const http::response& x) {
  keep_ = keeps();
  ++house_->counters().answers[static_cast<std::size_t>(x.status / 100)];
  auto bytes = http::text(x, keep_, what_.head.method == "HEAD");
  retired_ = std::move(work_);
  enter(phase::last, house_->limits().write_time);
  stream_->write(std::move(bytes));
}

void http_visitor::send(std::string bytes) {
  enter(phase::sending, house_->limits().write_time);
  stream_->write(std::move(bytes));
}

void http_visitor::finish(bool keep) {
  ++house_->counters().answers[2];
  retired_ = std::move(work_);
  keep_ = keep;
  phase_ = phase::last;
  written();
}

void http_visitor::written() {
  if (std::exchange(after_continue_, false))
    return feed_body();
  if (phase_ == phase::sending) {
    enter(phase::working, milliseconds{0});
    return work_->sent(*this);
  }
  if (phase_ != phase::last)
    return;
  if (keep_)
    return next_request();
  if (body_.done())
    return drop();
  enter(phase::draining, draining_time); // closing now would take the answer from the client
  stream_->read();
}

void http_visitor::next_request() {
  what_ = {};
  enter(phase::head, house_->limits().idle);
  step();
  if (stream_)
    read_on();
}

// --- the end -------------------------------------------------------------------------------------

void http_visitor::expired() {
  bool reads = (phase_ == phase::head && begun_) || phase_ == phase::body;
  if (!reads)
    return drop();
  work_.reset();
  what_.head.keep = false;
  error why{errc::timed_out, "the request did not come to its end in time"};
  if (legacy_)
    return refuse_legacy(why);
  refuse("edge-slow", http::failed(408, why), why);
}

void http_visitor::drop() {
  auto stream = std::exchange(stream_, nullptr);
  work_.reset();
  if (stream)
    stream->close();
}

void http_visitor::ended() {
  stream_.reset();
  work_.reset();
}

} // namespace trellis::edge
