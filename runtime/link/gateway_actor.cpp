#include "runtime/link/gateway_actor.hpp"

#include "runtime/interfaces/crossings.hpp"
#include "runtime/link/deliveries.hpp"
#include "runtime/log/log.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

namespace trellis::link {

using namespace std::chrono_literals;

namespace {

/// What one frame may have, so that it fits a message with its head.
constexpr std::size_t body_limit_bytes = message_limit_bytes - 4096;

constexpr auto post_limit = 10s; // for the marks of a hello

} // namespace

void gateway_shell::start(self_ptr self, node_context ctx, gateway_config config, post_actor post) {
  self_ = self;
  ctx_ = std::move(ctx);
  config_ = std::move(config);
  post_ = std::move(post);
  since_ = self_->clock().now();
}

// --- the connection ----------------------------------------------------------------------------

void gateway_shell::up(link_up& x) {
  if (stage_ != stage::down)
    end("a new connection took its place");
  connection_ = x.connection;
  via_ = std::move(x.via);
  stage_ = stage::greeting;
  said_hello_ = false;
  peer_.reset();
  rights_ = std::make_shared<const peer_rights>(config_.peer);
  direction_ = std::move(x.direction);
  remote_ = std::move(x.remote);
  since_ = self_->clock().now();
  log::info("link-up", "connection {} to {} is open ({}, {})", connection_,
            config_.peer.host.text(), direction_, remote_);
  self_->delayed_send(self_, config_.hello_limit, link::hello_due{connection_});
  if (!post_) {
    post::marks none;
    return say_hello(none);
  }
  auto still = [this, c = connection_] { return c == connection_ && stage_ != stage::down; };
  self_->request(post_, post_limit, post::get_marks{config_.peer.host})
      .then(
          [this, still](post::marks& x) {
            if (still())
              say_hello(x);
          },
          [this, still](const caf::error& e) {
            if (still())
              close("the post does not answer: " + from_caf(e).text);
          });
}

void gateway_shell::say_hello(post::marks& of_peer) {
  hello mine;
  mine.host = ctx_.host;
  mine.site = ctx_.site;
  mine.roles = config_.roles;
  mine.birth = ctx_.birth;
  mine.incarnation = ctx_.incarnation;
  mine.marks = std::move(of_peer.of_peer);
  mine.message_types = known_types();
  mine.wall = ctx_.clock.wall(self_->clock().now());
  mine.credit = config_.credit;
  said_hello_ = true;
  say(std::move(mine), urgency::owed);
  become_ready();
}

void gateway_shell::down(const link_down& x) {
  if (x.connection != connection_ || stage_ == stage::down)
    return;
  end(x.why);
}

/// Our own decision; what was said before still goes out.
void gateway_shell::close(const std::string& why) {
  via_->close(why);
  end(why);
}

void gateway_shell::end(const std::string& why) {
  log::info("link-down", "connection {} to {} has ended: {}", connection_, config_.peer.host.text(),
            why);
  bool was_ready = stage_ == stage::ready;
  stage_ = stage::down;
  last_error_ = why;
  since_ = self_->clock().now();
  via_.reset();
  forget_calls(why);
  if (was_ready && post_)
    self_->send(post_, post::peer_down{config_.peer.host, connection_});
}

/// They may have arrived. Only a call that never left is `site_unreachable`: a WMS counts on it
/// that such a renewal of leases did not reach the CE.
void gateway_shell::forget_calls(const std::string& why) {
  for (auto& [number, open] : std::exchange(open_, {}))
    open.promise.deliver(
        to_caf({errc::timed_out, fmt::format("the link to {} was lost before its answer came: {}",
                                             config_.peer.host.text(), why)}));
}

bool gateway_shell::say(const frame& f, urgency how) {
  if (!via_ || !via_->send(wire::encode(f), how))
    return false;
  ++frames_out_;
  return true;
}

// --- out ---------------------------------------------------------------------------------------

error gateway_shell::unreachable() const {
  return {errc::site_unreachable,
          fmt::format("there is no link to {}{}{}", config_.peer.host.text(),
                      last_error_.empty() ? "" : ": ", last_error_)};
}

std::optional<error> gateway_shell::may_go(const outgoing& x) const {
  const auto& host = config_.peer.host.text();
  if (stage_ != stage::ready)
    return unreachable();
  if (x.what.body.size() > body_limit_bytes)
    return error{errc::usage, fmt::format("a message of {} bytes to {} is too large for the link",
                                          x.what.body.size(), host)};
  const auto& types = peer_->message_types;
  if (!types.empty() && std::ranges::find(types, x.what.type) == types.end())
    return error{errc::unknown_message,
                 fmt::format("{} runs another version and does not know message {:#06x}", host,
                             x.what.type)};
  if (x.read && open_.size() >= std::min<std::size_t>(peer_credit_, config_.max_open))
    return error{errc::busy,
                 fmt::format("{} calls to {} wait for their answers already", open_.size(), host)};
  return std::nullopt;
}

caf::result<carried> gateway_shell::ask(outgoing& x) {
  auto promise = self_->make_response_promise<carried>();
  caf::response_promise& untyped
      = promise; // the answer has the type that the stub's caller expects
  if (auto bad = may_go(x)) {
    untyped.deliver(to_caf(*bad));
    return promise;
  }
  if (x.read)
    x.what.number = ++last_number_;
  x.what.time_left = config_.call_limit;
  if (!say(std::move(x.what), urgency::work)) {
    untyped.deliver(to_caf(
        {errc::busy, fmt::format("too much waits to be sent to {}", config_.peer.host.text())}));
    return promise;
  }
  if (x.read) {
    open_[last_number_] = {untyped, x.read, self_->clock().now() + config_.call_limit};
    arm();
  }
  return promise;
}

void gateway_shell::carry(post::carry& x) {
  for (auto& f : x.frames)
    if (stage_ != stage::ready)
      return; // the post sends again after the next hello
    else if (!say(f, urgency::owed))
      return close("the peer takes no more letters");
}

void gateway_shell::arm() {
  if (armed_ || open_.empty())
    return;
  armed_ = true;
  auto left = open_.begin()->second.until - self_->clock().now();
  self_->delayed_send(self_, std::max<caf::timespan>(left, 1ms), sweep{});
}

/// All calls have the same limit, so the oldest number is the first to be over.
void gateway_shell::expire() {
  armed_ = false;
  while (!open_.empty() && open_.begin()->second.until <= self_->clock().now()) {
    open_.begin()->second.promise.deliver(to_caf(
        {errc::timed_out, fmt::format("{} did not answer within {} s", config_.peer.host.text(),
                                      config_.call_limit.count())}));
    open_.erase(open_.begin());
  }
  arm();
}

// --- in ----------------------------------------------------------------------------------------

void gateway_shell::hear(const arrived& x) {
  if (x.connection != connection_ || stage_ == stage::down)
    return;
  auto frames = wire::decode<message>(x.bytes);
  via_->taken(x.bytes.size());
  if (!frames) {
    log::warn("link-unreadable", "{} sent {} bytes that are no frames; the connection is closed",
              config_.peer.host.text(), x.bytes.size());
    say(failure{0, frames.why()}, urgency::owed);
    return close("it sent what cannot be read");
  }
  for (auto& f : *frames) {
    if (connection_ != x.connection || stage_ == stage::down)
      return;
    ++frames_in_;
    if (!peer_ && !std::holds_alternative<hello>(f) && !std::holds_alternative<failure>(f)) {
      log::warn("link-no-hello", "{} spoke before its hello; the connection is closed",
                config_.peer.host.text());
      say(
          failure{
              0, {errc::denied, "the first word must be a hello"}
      },
          urgency::owed);
      return close("it spoke before its hello");
    }
    std::visit([this](auto& y) { take(y); }, f);
  }
  hand_to_post();
}

void gateway_shell::take(hello& in) {
  const auto& host = config_.peer.host.text();
  auto bad = peer_ ? std::optional<error>{{errc::denied, "a second hello"}}
                   : check_hello(in, config_.peer);
  if (bad) {
    log::warn("hello-refused", "the hello of {} is refused: {}", host, bad->text);
    say(failure{0, *bad}, urgency::owed);
    return close("its hello was refused: " + bad->text);
  }
  rights_ = std::make_shared<const peer_rights>(narrowed(config_.peer, in));
  peer_credit_ = in.credit;
  check_clocks(in);
  peer_ = std::move(in);
  become_ready();
}

void gateway_shell::check_clocks(const hello& in) {
  auto difference = in.wall - ctx_.clock.wall(self_->clock().now());
  clock_difference_ = std::chrono::duration_cast<std::chrono::milliseconds>(difference);
  auto apart = std::chrono::abs(clock_difference_);
  clocks_apart_ = apart > config_.clocks_refused;
  if (clocks_apart_) {
    log::error("clocks-refused",
               "the clock of {} is {} ms off ours; no new work is taken until it is right",
               config_.peer.host.text(), clock_difference_.count());
    self_->delayed_send(self_, 60s, link::measure_again{connection_});
  } else if (apart > config_.clocks_shown)
    log::warn("clocks-differ", "the clock of {} is {} ms off ours", config_.peer.host.text(),
              clock_difference_.count());
}

void gateway_shell::measure_again(const link::measure_again& x) {
  if (x.connection == connection_ && stage_ != stage::down)
    close("the clocks are measured again");
}

void gateway_shell::look_for_hello(const link::hello_due& x) {
  if (x.connection != connection_ || stage_ != stage::greeting)
    return;
  log::warn("hello-missing", "{} did not say who it is on connection {}", config_.peer.host.text(),
            connection_);
  close("no hello came in time");
}

void gateway_shell::become_ready() {
  if (stage_ != stage::greeting || !said_hello_ || !peer_)
    return;
  stage_ = stage::ready;
  last_error_.clear();
  log::info("link-ready", "{} ({}) and we know each other", config_.peer.host.text(), peer_->site);
  if (post_)
    self_->send(post_,
                post::peer_up{config_.peer.host, connection_, caf::actor_cast<carrier_actor>(self_),
                              peer_->birth, peer_->incarnation, peer_->marks});
}

void gateway_shell::take(call& in) {
  auto how = check_call(in, crossing_by(in.type), ctx_.host, *rights_);
  if (!how)
    return refuse(in.number, how.why(), "call-refused");
  if (clocks_apart_)
    return refuse(
        in.number,
        {errc::denied, fmt::format("the clocks of {} and {} are {} s apart", ctx_.host.text(),
                                   config_.peer.host.text(), clock_difference_.count() / 1000)},
        "clocks-refused");
  auto target = served_.find({in.to.to, in.to.instance});
  if (target == served_.end())
    return refuse(in.number,
                  {errc::no_such_address, fmt::format("{} is not served here", text(in.to))},
                  "call-refused");
  if (serving_ >= config_.credit)
    return refuse(in.number,
                  {errc::busy, fmt::format("{} works on {} calls of yours already",
                                           ctx_.host.text(), serving_)},
                  "call-refused-credit");
  deliver(in, *how, target->second);
}

void gateway_shell::deliver(call& in, passage how, const caf::strong_actor_ptr& target) {
  auto row = call_delivery_of(in.type);
  if (!row || (how == passage::by_user && !row->by_somebody))
    return refuse(
        in.number,
        {errc::unknown_message, fmt::format("message {:#06x} is no request here", in.type)},
        "call-refused");
  auto x = row->open(in.body, [&](principal& who) { return admit(who, how, *rights_); });
  if (!x)
    return refuse(in.number, x.why(), "call-refused");
  auto to = caf::actor_cast<caf::actor>(target);
  if (row->told) {
    caf::anon_send(to, std::move(*x));
    return;
  }
  ++serving_;
  auto limit = std::clamp<std::chrono::milliseconds>(in.time_left, 1ms, config_.call_limit);
  auto done = [this, n = in.number, c = connection_](result<std::string> y) {
    --serving_;
    if (c != connection_ || stage_ != stage::ready || n == 0)
      return; // the answer belongs to the connection of its call
    if (y && y->size() > body_limit_bytes)
      y = error{errc::usage,
                fmt::format("the answer has {} bytes, too many for the link", y->size())};
    bool said = y ? say(answer{n, std::move(*y)}, urgency::owed)
                  : say(failure{n, y.why()}, urgency::owed);
    if (!said)
      close("the peer takes no more answers");
  };
  auto sent = self_->request(to, limit, std::move(*x));
  self_->add_multiplexed_response_handler(sent.id(), row->listen(std::move(done)));
}

void gateway_shell::take(answer& in) {
  auto open = open_.find(in.number);
  if (open == open_.end())
    return; // too late
  auto x = open->second.read(in.body);
  if (x)
    open->second.promise.deliver(std::move(*x));
  else
    open->second.promise.deliver(to_caf(x.why()));
  open_.erase(open);
}

void gateway_shell::take(failure& in) {
  if (in.number == 0) {
    log::warn("peer-refuses", "{} says: {}", config_.peer.host.text(), in.why.text);
    last_error_ = in.why.text;
    return;
  }
  auto open = open_.find(in.number);
  if (open == open_.end())
    return;
  open->second.promise.deliver(to_caf(in.why));
  open_.erase(open);
}

void gateway_shell::take(parcel& in) {
  auto bad = check_parcel(in, crossing_by(in.type), ctx_.host, *rights_);
  if (!bad && clocks_apart_)
    bad = error{errc::denied, "the clocks are too far apart: letters have to wait"};
  if (bad) // it stays in the sender's outbox, where its operator sees it
    return refuse(0, *bad, "letter-refused");
  for_post_.parcels.push_back(std::move(in));
}

void gateway_shell::take(ack& in) { for_post_.acks.push_back(std::move(in)); }

void gateway_shell::take(credit& in) { peer_credit_ = in.calls; }

void gateway_shell::hand_to_post() {
  if (for_post_.parcels.empty() && for_post_.acks.empty())
    return;
  auto x = std::exchange(for_post_, {});
  x.peer = config_.peer.host;
  x.connection = connection_;
  x.rights = rights_;
  if (post_)
    self_->send(post_, std::move(x));
}

void gateway_shell::refuse(std::uint64_t number, const error& why, std::string_view log_id) {
  say(failure{number, why}, urgency::owed);
  auto now = self_->clock().now();
  if (now - lines_since_ >= 1s) {
    if (unsaid_lines_ > 0)
      log::warn("refusals-unlogged", "{} more frames of {} were refused within a second",
                unsaid_lines_, config_.peer.host.text());
    lines_since_ = now;
    lines_ = unsaid_lines_ = 0;
  }
  if (lines_++ < config_.refusal_lines)
    log::warn(log_id, "a frame of {} is refused: {}", config_.peer.host.text(), why.text);
  else
    ++unsaid_lines_;
}

void gateway_shell::serve(serves& x) { served_[{x.which, x.instance}] = std::move(x.handle); }

node::link_row gateway_shell::row() const {
  node::link_row out;
  out.peer = config_.peer.host;
  out.up = stage_ == stage::ready;
  out.direction = direction_;
  out.remote = remote_;
  out.clock_difference_ms = clock_difference_.count();
  out.frames_in = frames_in_;
  out.frames_out = frames_out_;
  out.open_calls = static_cast<std::uint32_t>(open_.size());
  out.last_error = last_error_;
  out.since = std::chrono::duration_cast<std::chrono::seconds>(self_->clock().now() - since_);
  if (peer_)
    out.roles = rights_->roles;
  return out;
}

gateway_actor::behavior_type gateway(gateway_shell::self_ptr self, node_context ctx,
                                     gateway_config config, post_actor post) {
  auto& shell = self->state;
  shell.start(self, std::move(ctx), std::move(config), std::move(post));
  return {
      [&shell](post::carry& x) { shell.carry(x); },
      [&shell](link_up& x) { shell.up(x); },
      [&shell](link_down& x) { shell.down(x); },
      [&shell](const arrived& x) { shell.hear(x); },
      [&shell](link::dial_failed& x) { shell.dial_failed(x); },
      [&shell](serves& x) { shell.serve(x); },
      [&shell](sweep) { shell.expire(); },
      [&shell](const link::measure_again& x) { shell.measure_again(x); },
      [&shell](const link::hello_due& x) { shell.look_for_hello(x); },
      [&shell](outgoing& x) { return shell.ask(x); },
      [&shell](get_row) { return shell.row(); },
  };
}

} // namespace trellis::link
